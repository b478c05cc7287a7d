"""Let student code run without a word or a picture: what it prints, shows and asks for is nothing.

Used around every call of a check, so that a notebook's own output, figures and streams stay.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from autograder.worker.undrawn import plots_are_undrawn


class _Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing, however much it is."""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        return len(text)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Drop output, warnings, figures and what is displayed; ``input()`` finds the end of a file."""
    nowhere = _Nowhere()
    asked, sys.stdin = sys.stdin, io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
            warnings.catch_warnings(),
            _own_figures(),
            _nothing_displayed(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin = asked


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
