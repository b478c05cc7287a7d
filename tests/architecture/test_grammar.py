"""Commands do not wait for parsers that nothing uses."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from autograder.cli.main import main
main(["show", "student-01", "--course", "."])
import nbformat
nbformat.validate(nbformat.v4.new_notebook())
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("lark", "nbformat")))
"""


def test_notebooks_are_read_without_grammars_of_addresses() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert "'nbformat'" in done.stdout
    assert "lark" not in done.stdout
