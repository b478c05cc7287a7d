"""A bare container, as far as root can make one here: another root, a clean environment.

What the container's kernel would refuse is refused by a filter of system calls, set before the
place's own script starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from autograder.package.wheel import wheel_bytes
from autograder.sandbox.message import Level

SCRIPT = """
set -e
new="$1"; inside="$2"; shift 2
mount -t tmpfs tmpfs "$new"
while [ "$1" != -- ]; do
    mkdir -p "$new$1"; mount --rbind "$1" "$new$1"; shift
done
shift
mkdir -p "$new/tmp" "$new/opt/autograder" "$new/old" "$new/proc" "$new$inside"
mount -t proc proc "$new/proc"
chmod 1777 "$new/tmp"
mount --bind "$TREE" "$new$inside"
mount --bind "$VENV" "$new/opt/autograder"
cd "$new"
pivot_root . old
cd /
umount -l /old
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""
REFUSED: dict[Level, tuple[str, ...]] = {
    "namespaces": (),
    "landlock": ("unshare", "setns"),
    "uid": ("unshare", "setns", "landlock_create_ruleset"),
}
REFUSE = """
import errno, os, sys, pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for name in filter(None, sys.argv[1].split(",")):
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
rules.load()
os.execv(sys.argv[2], sys.argv[2:])
"""
FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/sys")


def install(place: Path) -> Path:
    """Install the wheel below a folder as ``setup.sh`` does, but for what it would download."""
    venv = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", venv], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = venv / "lib" / version / "site-packages"
    archive = place / "autograder.whl"
    archive.write_bytes(wheel_bytes())
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(site)
    archive.unlink()
    (site / "further.pth").write_text("\n".join(packages()) + "\n")
    subprocess.run(["chmod", "-R", "a+rX", place], check=True)
    return place


def packages() -> list[str]:
    """Return where the packages lie that the grader needs."""
    return sorted({path for path in sys.path if path.endswith("site-packages")})


def run_contained(
    tree: Path, inside: str, installed: Path, level: Level, *command: str, new: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command where ``tree`` lies at ``inside`` and no better level than this one works."""
    new.mkdir()
    bound = [*FOLDERS, sysconfig.get_config_var("prefix") or "", sys.base_prefix, *packages()]
    bound = [path for path in dict.fromkeys(bound) if path and os.path.isdir(path)]
    bound = [one for one in bound if not any(one.startswith(f"{other}/") for other in bound)]
    python = "/opt/autograder/venv/bin/python"
    refused = ",".join(REFUSED[level])
    return subprocess.run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--propagation", "private"),
            *("bash", "-c", SCRIPT, "bash", str(new), inside, *bound, "--"),
            *(python, "-I", "-c", REFUSE, refused, *command),
        ],
        env={"PATH": os.environ["PATH"], "TREE": str(tree), "VENV": str(installed)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
