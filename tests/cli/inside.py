"""Run the command line in this process: what it imports is imported once for all tests."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from unittest.mock import patch

from autograder.cli.main import main

from .command import Finished


def run_inside(*arguments: str, folder: Path, encoding: str = "utf-8") -> Finished:
    """Run ``autograder ARGUMENTS`` in a folder, on a console that speaks ``encoding``."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, newline="") for _ in range(2))
    with (
        patch.dict(os.environ, COLUMNS="120"),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main(arguments)
        except SystemExit as end:  # wrong usage, or --help
            code = end.code if isinstance(end.code, int) else 1
    return Finished(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    written = stream.buffer.getvalue()  # type: ignore[attr-defined]  # it is a BytesIO
    return written.decode(stream.encoding)
