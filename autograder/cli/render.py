"""What ``grade`` shows: progress on stderr while it runs, a table or JSON lines on stdout."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from autograder.grading.grade import Grade, to_json

if TYPE_CHECKING:
    from autograder.grading.session import Session

GOOD, PART = 1.0, 0.5


class GradingDisplay:
    """A progress bar with an estimate of the time left; then the results."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._as_json = as_json
        self._grades: list[Grade] = []
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
        """Count a grade; with ``--json`` print it at once."""
        self._progress.advance(self._task)
        if self._as_json:
            sys.stdout.buffer.write(to_json(grade) + b"\n")
            sys.stdout.buffer.flush()
        else:
            self._grades.append(grade)

    def finish(self, session: Session) -> None:
        """Print the table and where everything is stored."""
        self._progress.stop()
        if not self._as_json:
            Console(highlight=False).print(results_table(self._grades, session.level))
        reused = f", {session.reused} judged from stored traces" if session.reused else ""
        self.say(f"results: {session.results_path}{reused}")
        if session.sandbox_errors:
            self.say(f"{session.sandbox_errors} could not be graded: the sandbox failed; run again")


def results_table(grades: list[Grade], level: str) -> Table:
    """Return the table at the end: student, status, score, and what did not pass."""
    scores = [grade.score for grade in grades if grade.score is not None]
    mean = f", mean {sum(scores) / len(scores):.1f}" if scores else ""
    table = Table(title=f"{len(grades)} submissions{mean}, isolation: {level}")
    table.add_column("student", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("not passed", overflow="fold")
    for grade in grades:
        failed = ", ".join(check.id for check in grade.checks if not check.passed)
        table.add_row(
            Text(grade.student),
            Text(grade.status, style="" if grade.status == "graded" else "yellow"),
            _score(grade),
            Text(failed or ("" if grade.checks else grade.message)),
        )
    return table


def _score(grade: Grade) -> Text:
    if grade.score is None:
        return Text("-", style="magenta")
    share = grade.score / grade.max_score
    style = "green" if share >= GOOD else "yellow" if share >= PART else "red"
    return Text(f"{grade.score:g}/{grade.max_score:g}", style=style)
