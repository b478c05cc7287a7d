"""Which of a course's draws of hidden data a student has: equal tables of answers help nobody.

The same student has the same one on every run. What was stored with an attempt stays: other ids
that are found to be the student's later do not change it.
"""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Mapping, Sequence

from autograder.course.folder import Course
from autograder.course.secret import secret_of, variants_of

PURPOSE = b"variant\0"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variants:
    """Says whose variant is which; ``known`` has those of students' attempts, the oldest first."""

    count: int = 1
    secret: bytes = dataclasses.field(default=b"", repr=False)
    known: Mapping[str, Sequence[int]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an empty key: everybody could compute what it says."""
        if self.count > 1 and not self.secret:
            raise ValueError("variants need a secret")

    def of(self, student: str) -> int:
        """Return a student's variant, counted from 0."""
        if self.count == 1:
            return 0
        told = PURPOSE + student.encode("utf-8", "surrogatepass")
        digest = hmac.digest(self.secret, told, "sha256")
        own = int.from_bytes(digest[:8], "little") % self.count
        known = [one for one in self.known.get(student, ()) if 0 <= one < self.count]
        return known[0] if known and own not in known else own


ONE = Variants()
"""Of a lab that has one draw for all."""


def course_variants(course: Course) -> Variants:
    """Return a course's; the secret is made where there is none. Raises CourseError."""
    count = variants_of(course)
    return Variants(count=count, secret=secret_of(course) if count > 1 else b"")
