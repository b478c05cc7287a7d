"""What commands that take long show on stderr: a bar on a terminal while they run, and lines."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.words.catalogue import say


class Display:
    """A progress bar, which begins with the block and vanishes at its end.

    With an estimate of the time left where the total is known from the beginning.
    """

    def __init__(self, label: str, total: int | None = None) -> None:
        self._errors = Console(stderr=True, highlight=False)
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(say("progress-elapsed")),
            TimeElapsedColumn(),
        ]
        if total is not None:
            columns += [TextColumn(say("progress-left")), TimeRemainingColumn()]
        self._progress = Progress(
            *columns, console=self._errors, transient=True, disable=not self._errors.is_terminal
        )
        self._task = self._progress.add_task(label, total=total)

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
        self._errors.print(Text(text), soft_wrap=True)  # a path or a command stays in one piece
