"""Why a launch or a service call did not work."""

from __future__ import annotations

from autograder.errors import AutograderError
from autograder.words.catalogue import say
from autograder.words.text import Value


class LtiError(AutograderError):
    """A message of a platform, or its answer, is not as the specification asks.

    ``code`` is one of the catalogue's; the text names nothing that a stranger sent.
    """

    def __init__(self, code: str, **values: Value) -> None:
        self.code, self.values = code, values
        super().__init__(say(code, **values))


class RefusedError(LtiError):
    """A launch is not accepted. Whoever sees this must start again from the platform."""


class UnreachableError(LtiError):
    """A platform did not answer, or said that it cannot now: the same call may work later.

    ``after`` is the number of seconds that the platform asks to wait, 0 where it says nothing.
    """

    def __init__(self, code: str, *, after: float = 0.0, **values: Value) -> None:
        self.after = after
        super().__init__(code, **values)


class StaleError(LtiError):
    """A platform has a newer score than the one sent."""
