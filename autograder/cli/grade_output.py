"""What ``grade`` shows: progress on stderr while it runs, a table or JSON lines on stdout.

Grades are shown as they are read and none is kept: ten thousand take no more memory than ten.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.cli.display import Display
from autograder.errors import CourseError
from autograder.grading.lacking import Lacking
from autograder.grading.record import Grade, to_json_said
from autograder.grading.results import status_word
from autograder.judge.review import reason_of
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.grading.run import Session

LONGEST_ID = 40  # columns: one odd name must not squeeze a whole class
GOOD, PART = 1.0, 0.5
BOXED_ROWS = 200
NAMED = 10


class GradingDisplay(Display):
    """A progress bar with an estimate of the time left; then the results."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        super().__init__(say("grade-task"), total)
        self._as_json = as_json
        self._widest = 0
        self._count = 0
        self._scored, self._sum = 0, 0.0
        self._asked = 0
        self._reasons: list[str] = []
        self._lacking = Lacking()

    def add(self, grade: Grade) -> None:
        """Count a grade; with ``--json`` print it at once. Raises CourseError where that fails."""
        self._progress.advance(self._task)
        self._count += 1
        self._widest = max(self._widest, cell_len(grade.student))
        self._lacking.add(grade.missing_modules)
        if grade.score is not None and not grade.undecided:
            self._scored += 1
            self._sum += grade.score
        if self._as_json:
            _print(to_json_said(grade) + b"\n")

    def ask(self, student: str, codes: Sequence[str]) -> None:
        """Note why a student's submission needs review, a code each, or none."""
        if not codes:
            return
        self._asked += 1
        if len(self._reasons) < NAMED:
            self._reasons.append(f"  {student}: {' '.join(map(reason_of, codes))}")

    def finish(self, session: Session) -> None:
        """Print the table and where everything is stored."""
        self._progress.stop()
        if not self._as_json:
            mean = say("grade-mean", mean=self._sum / self._scored) if self._scored else ""
            title = say("grade-table-title", level=session.level, mean=mean, n=self._count)
            output = Console(highlight=False, soft_wrap=self._count > BOXED_ROWS)
            if self._count <= BOXED_ROWS:
                output.print(results_table(session.stored(), title))
            else:
                for line in plain_table(session.stored(), title, self._widest):
                    output.print(line)
        reused = session.reused + session.judged_again
        judged, path = session.judged_again, session.results_path
        code = "-judged" if judged else "-reused" if reused else ""
        self.say(say(f"grade-results{code}", path=path, n=reused, judged=judged))
        for text in self._lacking.lines():
            self.say(text)
        if session.sandbox_errors:
            self.say(say("grade-sandbox-errors", n=session.sandbox_errors))
        if self._asked:
            self.say(say("grade-asked", lab=session.lab, n=self._asked))
            more = self._asked - len(self._reasons)
            for line in (*self._reasons, *((say("more-lines", n=more),) if more else ())):
                self.say(line)
        if session.judge_errors:
            self.say(say("grade-judge-errors", n=session.judge_errors))


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
        raise CourseError(say("grade-no-stdout", strerror=error.strerror)) from error


def results_table(grades: Iterable[Grade], title: str) -> Table:
    """Return the table at the end: student, status, score, and what did not pass."""
    table = Table(title=title)
    table.add_column(say("column-student"), overflow="fold", max_width=LONGEST_ID)
    table.add_column(say("column-status"), no_wrap=True)
    table.add_column(say("column-score"), justify="right", no_wrap=True)
    table.add_column(say("column-not-passed"), overflow="fold")
    for grade in grades:
        table.add_row(Text(grade.student), _status(grade), _score(grade), Text(_failed(grade)))
    return table


def plain_table(grades: Iterable[Grade], title: str, widest: int) -> Iterator[Text]:
    """Yield the same line by line, for so many that a table would keep all in memory."""
    yield Text(title, style="italic")
    student, stands, points, failed = (
        say(f"column-{name}") for name in ("student", "status", "score", "not-passed")
    )
    width = max(min(widest, LONGEST_ID), len(student))
    yield Text(f"{student:{width}}  {stands:13}  {points:>9}  {failed}", style="bold")
    for grade in grades:
        score, status = _score(grade), _status(grade)
        line = Text(grade.student + " " * (max(0, width - cell_len(grade.student)) + 2))
        line.append_text(status).append(" " * (15 - len(status) + max(0, 9 - len(score))))
        line.append_text(score).append("  " + _failed(grade))
        line.rstrip()
        yield line


def _failed(grade: Grade) -> str:
    failed = ", ".join(check.id for check in grade.checks if not check.passed)
    return failed or ("" if grade.checks else say(grade.message))


def _status(grade: Grade) -> Text:
    return Text(status_word(grade.status), style="" if grade.status == "graded" else "yellow")


def _score(grade: Grade) -> Text:
    if grade.score is None:
        return Text("-", style="magenta")
    share = grade.score / grade.max_score
    style = "green" if share >= GOOD else "yellow" if share >= PART else "red"
    return Text(f"{grade.score:g}/{grade.max_score:g}", style=style)
