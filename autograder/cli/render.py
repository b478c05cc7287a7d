"""What ``grade`` shows: progress on stderr while it runs, a table or JSON lines on stdout.

Grades are shown as they are read; none is kept, so that ten thousand take no more memory than ten.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.errors import CourseError
from autograder.grading.record import Grade, to_json

if TYPE_CHECKING:
    from autograder.grading.session import Session

GOOD, PART = 1.0, 0.5


class GradingDisplay:
    """A progress bar with an estimate of the time left; then the results."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._as_json = as_json
        self._widest = 0
        self._count = 0
        self._scored, self._sum = 0, 0.0
        self._errors = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("elapsed"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._errors,
            transient=True,
            disable=not self._errors.is_terminal,
        )
        self._task = self._progress.add_task("grading", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print a line on stderr."""
        self._errors.print(Text(text))

    def add(self, grade: Grade) -> None:
        """Count a grade; with ``--json`` print it at once. Raises CourseError where that fails."""
        self._progress.advance(self._task)
        self._count += 1
        self._widest = max(self._widest, cell_len(grade.student))
        if grade.score is not None:
            self._scored += 1
            self._sum += grade.score
        if self._as_json:
            _print(to_json(grade) + b"\n")

    def finish(self, session: Session) -> None:
        """Print the table and where everything is stored."""
        self._progress.stop()
        if not self._as_json:
            mean = f", mean {self._sum / self._scored:.1f}" if self._scored else ""
            title = f"{self._count} submissions{mean}, isolation: {session.level}"
            output = Console(highlight=False, soft_wrap=True)
            for line in table(session.stored(), title, self._widest):
                output.print(line)
        reused = session.reused + session.judged_again
        again = f" ({session.judged_again} judged again)" if session.judged_again else ""
        self.say(
            f"results: {session.results_path}" + (f", {reused} reused{again}" if reused else "")
        )
        if session.sandbox_errors:
            self.say(f"{session.sandbox_errors} could not be graded: the sandbox failed; run again")


def _print(line: bytes) -> None:
    """Write a line to standard output, all of it, now."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with Path(os.devnull).open("wb") as nowhere:  # what is still in the buffer fails no more
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        problem = f"cannot be written: {error.strerror}; what is graded is kept"
        raise CourseError(f"standard output: {problem}") from error


def table(grades: Iterable[Grade], title: str, widest: int) -> Iterator[Text]:
    """Yield the lines of the table: student, status, score, and what did not pass."""
    yield Text(title, style="italic")
    width = max(widest, len("student"))
    head = f"{'student':{width}}  {'status':13}  {'score':>9}  not passed"
    yield Text(head, style="bold")
    for grade in grades:
        failed = ", ".join(check.id for check in grade.checks if not check.passed)
        line = Text(grade.student + " " * (width - cell_len(grade.student) + 2))
        line.append(f"{grade.status:13}", "" if grade.status == "graded" else "yellow")
        line.append("  ").append(*_score(grade))
        line.append("  " + (failed or ("" if grade.checks else grade.message)))
        line.rstrip()
        yield line


def _score(grade: Grade) -> tuple[str, str]:
    if grade.score is None:
        return f"{'-':>9}", "magenta"
    share = grade.score / grade.max_score
    style = "green" if share >= GOOD else "yellow" if share >= PART else "red"
    return f"{f'{grade.score:g}/{grade.max_score:g}':>9}", style
