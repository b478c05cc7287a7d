"""A rule that every isolation backend must keep: hostile code, and what it must have met.

The code runs as the top level of a submission and reports with ``tell``. It goes around
``print`` so that nothing between it and the pipe is part of what is tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from autograder.sandbox.message import Level, Policy, Report

MARK = b"\x02told "
EVERYWHERE: tuple[Level, ...] = ("namespaces", "landlock", "uid", "none")
CONFINED: tuple[Level, ...] = ("namespaces", "landlock", "uid")

PRELUDE = """
import ctypes, errno, fcntl, json, os, posix, select, signal, socket, sys, tempfile, threading, time
from _io import open  # the system's own answers, not what helps students
os.mkdir, time.sleep = posix.mkdir, lambda seconds: select.select([], [], [], seconds)
signal.setitimer(signal.ITIMER_REAL, 0)  # only the sandbox's own limits are tried here
signal.setitimer(signal.ITIMER_PROF, 0)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def tell(**facts):
    os.write(1, b"\\n\\x02told " + json.dumps(facts).encode() + b"\\n")

def outcome(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return errno.errorcode.get(getattr(error, "errno", 0) or 0, type(error).__name__)
    return "done"
"""


class Place(NamedTuple):
    """What the test set up outside the sandbox, for code inside to reach for.

    It belongs to the user that the code is run by, so that rights of files refuse nothing.
    ``pid`` is a process that only sleeps.
    """

    folder: str
    port: int
    abstract: str
    abstract_datagram: str
    pid: int


class Seen(NamedTuple):
    """What became of a rule's code: the facts it told, in order, and the sandbox's report."""

    told: list[dict[str, Any]]
    report: Report
    policy: Policy

    @property
    def facts(self) -> dict[str, Any]:
        """All facts together."""
        return {name: value for facts in self.told for name, value in facts.items()}


class Rule(NamedTuple):
    """``holds`` asserts on what was seen; ``levels`` says where the code may be let loose."""

    name: str
    code: str
    holds: Callable[[Seen], None]
    levels: tuple[Level, ...] = EVERYWHERE


def source_of(rule: Rule, place: Place) -> bytes:
    """Return the submission that carries out the rule's code."""
    constants = "".join(f"{name.upper()} = {value!r}\n" for name, value in place._asdict().items())
    return (PRELUDE + constants + rule.code).encode()


def see(report: Report, policy: Policy) -> Seen:
    """Read what the code told from what it printed."""
    lines = report.output.split(b"\n")
    told = [json.loads(line[len(MARK) :]) for line in lines if line.startswith(MARK)]
    return Seen(told, report, policy)
