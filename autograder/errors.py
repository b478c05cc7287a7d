"""Every exception that this package raises on purpose.

A student's mistake is a value (see ``autograder.protocol.trace.Failure``); only our own
faults and an instructor's wrong input are exceptions:

    AutograderError
    ├── CourseError           a path or an option does not fit the course folder
    │   └── SpecError         an exercise.py is wrong; the message names file and key
    ├── ProtocolError         bytes that crossed the wall, or a stored trace, do not decode
    └── SandboxError          the wall could not be built or broke
        ├── EndedError        a process of the wall ended before it answered
        └── IsolationError    no secure sandbox is available on this machine
"""

from __future__ import annotations


class AutograderError(Exception):
    """Root of all errors of this package. The text says where, what and what to do."""


class CourseError(AutograderError):
    """A path or an option does not fit the course folder."""


class SpecError(CourseError):
    """An exercise spec is wrong.

    ``key`` names the field; the loader puts the file's path in front.
    """

    def __init__(self, key: str, problem: str, *, path: str = "") -> None:
        self.key = key
        self.problem = problem
        self.path = path
        where = f"{path}: " if path else ""
        super().__init__(f"{where}{key}: {problem}")


class ProtocolError(AutograderError):
    """Bytes from the other side of the wall, or from a store, do not decode."""


class SandboxError(AutograderError):
    """The sandbox broke. Never the student's fault, never a lost point."""


class EndedError(SandboxError):
    """A process of the sandbox ended before it answered: killed, or it fell over."""


class IsolationError(SandboxError):
    """No secure sandbox is available on this machine."""
