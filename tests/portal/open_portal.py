"""A portal in a process of its own, whose grader is made up: ``… COURSE PORT [DB]``."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from autograder.course.folder import Course
from autograder.portal.app import make_app
from autograder.portal.serve import opened
from tests.portal.conftest import MadeUp


def main(folder: str, port: str, db: str | None = None) -> None:
    course, base = Course(Path(folder)), f"http://127.0.0.1:{port}"
    with opened(course, db=db, base=base, bench=lambda _: MadeUp()) as site:
        uvicorn.Server(uvicorn.Config(make_app(site), port=int(port), log_level="error")).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
