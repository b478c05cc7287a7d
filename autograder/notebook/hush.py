"""Run student code silently: it prints, shows and asks for nothing.

Used around every call of a check, so that a notebook's own output, figures and streams stay.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from autograder.worker.console import Sink, console
from autograder.worker.undrawn import plots_are_undrawn


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Drop output, warnings, figures and what is displayed; ``input()`` finds the end of a file."""
    sinks = [Sink("<stdout>"), Sink("<stderr>")]
    before = {name: vars(sys)[name] for name in ("stdin", "__stdout__", "__stderr__")}
    try:
        with (
            open(os.devnull, encoding="utf-8") as empty,  # noqa: PTH123  # no path, a device
            contextlib.redirect_stdout(console(sinks[0])),
            contextlib.redirect_stderr(console(sinks[1])),
            warnings.catch_warnings(),
            _own_figures(),
            _nothing_displayed(),
        ):
            vars(sys).update(stdin=empty, __stdout__=sys.stdout, __stderr__=sys.stderr)
            warnings.simplefilter("ignore")
            yield
    finally:
        vars(sys).update(before)
        for sink in sinks:
            sink.end()


@contextlib.contextmanager
def quiet_descriptors() -> Iterator[None]:
    """Let what is written past Python's streams go nowhere, and survive that they are closed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    kept: dict[int, int] = {}
    for number in (1, 2):
        with contextlib.suppress(OSError):  # a program without a console has none
            kept[number] = os.dup(number)
            os.dup2(nowhere, number)
    try:
        yield
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)


@contextlib.contextmanager
def _own_figures() -> Iterator[None]:
    """Give the block a set of figures of its own, which end with it; nothing is shown."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or plots_are_undrawn():
        try:
            yield
        finally:
            loaded: Any = sys.modules.get("matplotlib.pyplot")
            if loaded is not None:  # student code was the first to import it
                loaded.close("all")
        return
    registry = sys.modules["matplotlib._pylab_helpers"].Gcf
    figures, registry.figs = registry.figs, type(registry.figs)()
    show, pyplot.show = pyplot.show, lambda *_, **__: None
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # a figure that cannot be closed is forgotten
            registry.destroy_all()
        registry.figs, pyplot.show = figures, show


@contextlib.contextmanager
def _nothing_displayed() -> Iterator[None]:
    """Drop what goes to the notebook by ``display()`` and ``clear_output()``."""
    shell = live_shell()
    if shell is None:
        yield
        return
    from IPython.core.displaypub import CapturingDisplayPublisher  # noqa: PLC0415  # it is there

    publisher, shell.display_pub = shell.display_pub, CapturingDisplayPublisher()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        shell.display_pub = publisher


def live_shell() -> Any:
    """Return the notebook's or terminal's IPython, None where there is none."""
    get: Any = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get() if get is not None else None
