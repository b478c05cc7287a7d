"""Nobody is there: what waits for a person, or for time to pass, does not wait.

``sleep`` returns at once, and clocks go on by what was slept. Debuggers do not stop, ``input`` is
answered by an empty line, and ``display`` shows nothing.
"""

from __future__ import annotations

import asyncio
import builtins
import functools
import getpass
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from autograder.worker.patch import Patches
from autograder.worker.remark import remark

ANSWERS_IN_A_CELL, ANSWERS_IN_A_CALL = 20, 1000
"""How many questions are answered before there is nobody: a loop that asks until it likes the
answer must end."""
_CLOCKS = ("time", "monotonic", "perf_counter")
_INERT_DEBUGGER = ("set_trace", "post_mortem", "pm", "interact", "embed")


class _Sleeper:
    """Counts what was slept, and has clocks say so."""

    def __init__(self) -> None:
        self.slept = 0.0
        self._thread = threading.get_ident()
        self._sleep, self._wait = time.sleep, asyncio.sleep

    @property
    def _meant(self) -> bool:
        return threading.get_ident() == self._thread

    def sleep(self, seconds: float, /) -> None:
        """Let the time pass at once."""
        if not self._meant:
            self._sleep(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            self.slept += seconds

    async def wait(self, delay: float, result: Any = None) -> Any:
        """Do so in a coroutine; the others have their turn."""
        if self._meant and delay > 0:
            self.slept += delay
            delay = 0.0
        return await self._wait(delay, result)

    def clock(self, read: Callable[[], float]) -> Callable[[], float]:
        """Return a clock that is ahead by what was slept."""

        def later() -> float:
            return read() + (self.slept if self._meant else 0.0)

        return functools.update_wrapper(later, read)

    def clock_ns(self, read: Callable[[], int]) -> Callable[[], int]:
        """Return the same of one that counts nanoseconds."""

        def later() -> int:
            return read() + (int(self.slept * 1e9) if self._meant else 0)

        return functools.update_wrapper(later, read)


class Answer(str):
    """An empty line, and 1 where a number is asked for: names that wait for one are bound."""

    __slots__ = ()

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def strip(self, _: str | None = None, /) -> Answer:
        """Return it unchanged."""
        return self

    lstrip = rstrip = strip


class _Desk:
    """Answers questions, a few of them until it is cleared."""

    def __init__(self) -> None:
        self.left = ANSWERS_IN_A_CELL

    def answer(self, prompt: object = "", /, *_: object, **__: object) -> str:
        """Return an empty line. Raises EOFError where that was done often enough."""
        remark("nobody-answers")
        if prompt:
            print(prompt, end="")  # noqa: T201  # as input() does
        if self.left <= 0:
            raise EOFError("nobody is here to answer")
        self.left -= 1
        return Answer()


_desk = _Desk()


def answer_again(questions: int) -> None:
    """Let so many questions be answered anew: another cell, or another call, begins."""
    _desk.left = questions


def leave_unattended(patches: Patches) -> None:
    """Have nothing wait for a person, or for time to pass, in the thread that calls this.

    Others, which watch or draw again and again, would never rest, and a kernel has its own.
    """
    sleeper = _Sleeper()
    patches.put(time, "sleep", sleeper.sleep)
    for name in _CLOCKS:
        patches.wrap(time, name, sleeper.clock)
        patches.wrap(time, f"{name}_ns", sleeper.clock_ns)
    patches.put(asyncio, "sleep", sleeper.wait)
    patches.put(builtins, "input", _desk.answer)
    patches.put(getpass, "getpass", _desk.answer)
    patches.put(sys, "breakpointhook", _nothing)
    for holder in _debuggers():
        for name in _INERT_DEBUGGER:
            patches.wrap(holder, name, lambda _: _nothing)


def show_nothing(patches: Patches) -> None:
    """Have ``display`` in every file, as in a notebook, and show nothing by it."""
    patches.put(builtins, "display", Shown.display)
    for name in ("IPython.display", "IPython.core.display_functions"):
        module = sys.modules.get(name)
        if module is not None:
            for function in ("display", "update_display", "clear_output"):
                patches.wrap(module, function, lambda _: Shown.display)


class Shown:
    """The handle of something that ``display`` showed to nobody."""

    @classmethod
    def display(cls, *_: object, **options: object) -> Shown | None:
        """Show nothing."""
        return cls() if options.get("display_id") else None

    def display_again(self, *_: object, **__: object) -> None:
        """Show nothing."""

    update = display_again


def _nothing(*_: object, **__: object) -> None:
    """Do nothing."""


def _debuggers() -> list[Any]:
    import bdb  # noqa: PLC0415  # debuggers, which few files load
    import code  # noqa: PLC0415  # as above
    import pdb  # noqa: PLC0415, T100  # as above

    loaded = ("IPython", "IPython.core.debugger", "IPython.terminal.embed")
    modules = [sys.modules[name] for name in loaded if name in sys.modules]
    return [bdb.Bdb, pdb, pdb.Pdb, code, code.InteractiveConsole, *modules]
