"""What all grades of a run come from: the exercise, the framework, the versions, the limits.

A grade is reused only where all of this is the same. What the spec reads beyond its own folder, and
what its data came to, is known only after it was loaded; the journal keeps both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec

from autograder.engines.identity import digest_of_parts, versions
from autograder.errors import CourseError
from autograder.grading.address import environment_digest, run_key
from autograder.grading.inputs import files_digest, lab_digest
from autograder.grading.journal import KEY, Journal
from autograder.grading.opening import Opening

FORMAT = b"1"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What loading the lab came to: a digest of spec, reference and plan, and further files."""

    exercise_sha256: str
    files: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """See the module's docstring. ``base`` is what can be known without loading the lab."""

    opening: Opening
    base: bytes
    reading: Reading | None
    run_key: bytes | None

    def confirmed(self, exercise_sha256: str, files: tuple[str, ...]) -> Origin:
        """Return the origin now that the lab was loaded.

        Raises CourseError where something was changed meanwhile: no one knows what was loaded.
        """
        if _base(self.opening) != self.base:
            lab = self.opening.settings.assignment
            problem = "the exercise or the framework was changed while it was being loaded"
            raise CourseError(f"{lab}: {problem}; run the same command again")
        return _origin(
            self.opening, self.base, Reading(exercise_sha256=exercise_sha256, files=files)
        )

    def store(self, journal: Journal) -> None:
        """Keep what loading the lab came to."""
        journal.append(_reading_key(self.base), msgspec.json.encode(self.reading))

    def places(self, journal: Journal) -> Iterator[int]:
        """Yield where that is kept."""
        place = journal.find(_reading_key(self.base))
        if place is not None:
            yield place


def origin_of(opening: Opening, journal: Journal) -> Origin:
    """Return the origin of a run's grades, as far as it is known before the lab is loaded."""
    base = _base(opening)
    place = journal.find(_reading_key(base))
    reading = None
    if place is not None:
        reading = msgspec.json.decode(journal.read(place), type=Reading)
    return _origin(opening, base, reading)


def _origin(opening: Opening, base: bytes, reading: Reading | None) -> Origin:
    key = None
    if reading is not None:
        key = run_key((base, reading.exercise_sha256.encode(), files_digest(reading.files)))
    return Origin(opening=opening, base=base, reading=reading, run_key=key)


def _base(opening: Opening) -> bytes:
    settings = opening.settings
    return run_key(
        (
            FORMAT,
            digest_of_parts(),
            environment_digest(),
            repr(sorted(versions().items())).encode(),
            msgspec.msgpack.encode(settings.policy()),
            f"{settings.output_bytes} {settings.timeout_seconds} {opening.level}".encode(),
            f"{settings.real_plots}".encode(),
            settings.assignment.encode(),
            lab_digest(opening.course, settings.assignment),
            repr(opening.course.lab_names()).encode(),
        )
    )


def _reading_key(base: bytes) -> str:
    return base.hex()[:KEY]
