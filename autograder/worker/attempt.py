"""Run student code in one way after another, until one works or all failed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from autograder.protocol.trace import Failure
from autograder.worker.limit import SoftLimit
from autograder.worker.losses import Form
from autograder.worker.plot import Asked, PlotAsked
from autograder.worker.subject import Quiet, Refused, Subject
from autograder.worker.undrawn import plots_are_undrawn

R = TypeVar("R")
RETRIED = ("exception", "module")  # with more, and with less, of the plots silenced
Progress = tuple[int, int]
Setting = tuple[Form, bool]
"""What the loss list is emptied to, and whether data go into the student's own arrays."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """A run that failed, and how far it came."""

    failure: Failure
    progress: Progress = (0, 0)
    is_limit: bool = False
    asked: bool = False

    @property
    def is_last(self) -> bool:
        """Whether nothing else can help: it met a limit, or is a stub, or plots are needed."""
        undrawn = self.asked and plots_are_undrawn()
        return undrawn or self.failure.kind not in RETRIED or self.is_interrupt

    @property
    def is_interrupt(self) -> bool:
        """Whether the user ended it."""
        return self.failure.raised == "KeyboardInterrupt"


class Attempts:
    """Goes through the ways in which a subject's code may be run.

    ``forms`` are those of the loss list, where one is filled. ``progress`` says how far the newest
    run came: of all failures the one is told that came farthest, of those the first; later ones
    come of what was done to help.
    """

    def __init__(
        self,
        subject: Subject,
        quiets: Sequence[Quiet],
        *,
        forms: Sequence[Form],
        describe: Callable[[BaseException], Failure],
        progress: Callable[[], Progress],
    ) -> None:
        self._subject = subject
        self._quiets = quiets
        self._forms = forms
        self._describe = describe
        self._progress = progress
        self._failed: list[Attempt] = []

    def first(self, run: Callable[[Quiet], R]) -> R | Attempt:
        """Return what the first run gives that does not fail, else the failure to report."""
        subject = self._subject
        usual = (subject.loss_form, subject.own_data)
        for setting in self._settings(usual):
            subject.loss_form, subject.own_data = setting
            for quiet in self._quiets:
                found = self._tried(run, quiet)
                if not isinstance(found, Attempt):
                    return found
                self._failed.append(found)
                if found.is_last:
                    break
            if self._failed[-1].is_last:
                break
        subject.loss_form, subject.own_data = usual
        return self._telling()

    def _settings(self, usual: Setting) -> Iterator[Setting]:
        """Yield settings, the usual one first; others where a failure may come of that one."""
        yield usual
        for form in self._forms:
            if form != usual[0] and (form != "places" or self._lacked_a_place()):
                yield form, usual[1]
        if usual[1] and self._subject.data_differ():
            yield usual[0], False

    def _lacked_a_place(self) -> bool:
        return any(one.failure.cause == "no-place" for one in self._failed)

    def _tried(self, run: Callable[[Quiet], R], quiet: Quiet) -> R | Attempt:
        asked = Asked.count
        try:
            found = run(quiet)
        except Refused as error:
            return Attempt(failure=error.failure, progress=self._progress())
        except BaseException as error:  # the wall: student code may raise anything
            return Attempt(
                failure=self._describe(error),
                progress=self._progress(),
                is_limit=issubclass(type(error), SoftLimit),
                asked=Asked.count > asked,
            )
        if Asked.count == asked:
            return found
        text = f"{PlotAsked.__name__}: a plot was asked for a value"  # and the error was caught
        return Attempt(failure=Failure(kind="exception", text=text), asked=True)

    def _telling(self) -> Attempt:
        """Return the failure to report. What asked a plot that is not drawn fails by our doing."""
        own = [attempt for attempt in self._failed if not attempt.asked] or self._failed
        return max(own, key=lambda attempt: attempt.progress)
