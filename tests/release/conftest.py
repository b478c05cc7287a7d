"""A release, built as it would be published, without a network."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Release:
    """A wheel, and the source archive that it was built from."""

    wheel: Path
    sdist: Path

    def wheel_names(self) -> set[str]:
        """Return the paths in the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def wheel_text(self, suffix: str) -> str:
        """Return the text of the wheel's one file whose path ends so."""
        with zipfile.ZipFile(self.wheel) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(suffix)]
            return archive.read(name).decode()

    def sdist_names(self) -> set[str]:
        """Return the paths in the source archive, below its one folder."""
        with tarfile.open(self.sdist) as archive:
            return {name.partition("/")[2] for name in archive.getnames()}


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Source archive and, out of it, the wheel."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Release(wheel=wheel, sdist=sdist)
