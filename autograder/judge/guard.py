"""If the judge's own code breaks, keep the rest of the grade."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from autograder.judge import messages
from autograder.judge.result import Finding

Found = TypeVar("Found")
BROKEN = Finding(outcome="error", message=messages.BROKEN, hint=messages.BROKEN_HINT)
_log = logging.getLogger(__name__)


def guarded(what: str, look: Callable[[], Found], otherwise: Found) -> Found:
    """Return what a look finds, ``otherwise`` where it raises: that is a fault of ours.

    Numbers that cannot be are read as wrong before (see :mod:`.claim`): nothing that a student's
    code sends should lead here.
    """
    try:
        return look()
    except Exception:  # noqa: BLE001  # a fault of ours may be anything; it is told, not hidden
        _log.exception("judging %s failed", what)
        return otherwise
