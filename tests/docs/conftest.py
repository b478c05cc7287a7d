"""The programs that build the site, loaded from where they lie, and the site itself."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "docs" / "site"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a test import ``staging``, ``derived``, ``links`` and ``build_site``."""
    monkeypatch.syspath_prepend(str(PROGRAMS))
    return PROGRAMS


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site as ``make docs`` builds it, once for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    out = base / "site"
    with (base / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.is_dir():
            command = [sys.executable, str(PROGRAMS / "build_site.py"), "--out", str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
            assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return out
