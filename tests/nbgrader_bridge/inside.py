"""Run nbgrader in this process: what it imports is imported once for all tests."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from jupyter_core.application import NoStart
from nbgrader.apps.nbgraderapp import NbGraderApp

from autograder.engines.pool import LocalEngine


class Finished(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def run_nbgrader(
    *arguments: str, folder: Path, engine: LocalEngine, variables: dict[str, str] | None = None
) -> Finished:
    """Run ``nbgrader ARGUMENTS`` in a course folder, with an engine that runs already."""
    out, err = io.StringIO(), io.StringIO()
    app, code = NbGraderApp.instance(), 0
    with (
        patch("autograder.nbgrader_bridge.engine._engine", lambda *_, **__: engine),
        patch.dict(os.environ, variables or {}),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # as in a process of its own
        try:
            app.initialize(list(arguments))
            app.start()
        except NoStart:
            pass
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            app.reset()
    return Finished(code, out.getvalue(), err.getvalue())
