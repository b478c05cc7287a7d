"""Count what runs of a namespace's own code: calls, lines, and turns of loops; never the time.

Python 3.11 tells a trace function. From 3.12 on ``sys.monitoring`` tells: it leaves the trace
function to debuggers, and is not asked again for code that is not the namespace's own.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

_TOOLS = (4, 3, 5)  # of six; the others are for debuggers, coverage and profilers
_EVENTS = ("PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "LINE", "JUMP")


class LineCount:
    """Counts while its block runs; ``events`` is what was counted."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self.events = 0

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count in this block, by what this Python has for it."""
        monitoring = getattr(sys, "monitoring", None)
        tool = _free_tool(monitoring)
        if monitoring is None or tool is None:
            with self._traced():
                yield
            return
        monitoring.use_tool_id(tool, "autograder")
        kinds = [getattr(monitoring.events, name) for name in _EVENTS]
        try:
            for kind in kinds:
                monitoring.register_callback(tool, kind, self._teller(monitoring.DISABLE))
            monitoring.restart_events()
            monitoring.set_events(tool, sum(kinds))
            yield
        finally:
            monitoring.set_events(tool, 0)
            for kind in kinds:
                monitoring.register_callback(tool, kind, None)
            monitoring.free_tool_id(tool)

    def _teller(self, disable: object) -> Callable[..., object]:
        """Return what is told of an event; of code that is not the namespace's own no more is."""

        def tell(_code: CodeType, *_: object) -> object:
            if sys._getframe(1).f_globals is not self._namespace:
                return disable
            self.events += 1
            return None

        return tell

    @contextlib.contextmanager
    def _traced(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, *_: Any) -> Callable[..., Any] | None:
        if frame.f_globals is not self._namespace:
            return None
        self.events += 1
        return self._trace


def _free_tool(monitoring: Any) -> int | None:
    """Return the number of a tool that nobody uses."""
    if monitoring is None:
        return None
    return next((one for one in _TOOLS if monitoring.get_tool(one) is None), None)
