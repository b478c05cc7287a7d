"""Imports go one way, and what need not be loaded is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "matplotlib", "rich", "numpy", "IPython", "nbformat", "msgspec"}


def python(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed last."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.splitlines()[-1]


def loaded(code: str) -> set[str]:
    """Return the top-level modules that code loads."""
    return set(
        python(f"{code}\nimport sys\nprint(*{{n.split('.')[0] for n in sys.modules}})").split()
    )


def test_the_contracts_of_import_linter_hold() -> None:
    code = (
        "from importlinter.cli import lint_imports\n"
        "import sys\n"
        "sys.exit(lint_imports(no_cache=True))\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "from autograder.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
    )
    assert not loaded(code) & {"torch", "matplotlib", "rich"}


def test_the_check_can_fail() -> None:
    assert loaded("import rich") >= {"rich"}


def test_version_and_errors_load_nothing_at_all() -> None:
    assert not loaded("import autograder, autograder.errors") & HEAVY


def test_the_open_phase_of_a_run_loads_no_torch() -> None:
    """The zygote starts first, and both load side by side."""
    assert "torch" not in loaded("import autograder.grading.setup")


def test_the_worker_loads_no_module_that_knows_answers() -> None:
    code = (
        "import autograder.worker.entry, sys\n"
        "print(*{n.split('.')[1] for n in sys.modules if n.startswith('autograder.')})"
    )
    assert set(python(code).split()) == {"errors", "protocol", "worker"}
