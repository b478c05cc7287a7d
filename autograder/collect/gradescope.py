"""Gradescope: *Export Submissions* of a programming assignment.

``assignment_<n>_export/submission_<n>/<files>``, and a ``submission_metadata.yml`` that says for
each folder who handed it in and when. Its keys are Ruby's symbols: ``:submitters``, ``:sid``. The
student's id is the ``:sid``, or the e-mail address where there is none.

Source: https://help.gradescope.com (Exporting submissions) and exports that people published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from autograder.collect.archive import Member
from autograder.collect.entry import Entry, Read, Reading
from autograder.errors import CourseError

METADATA = "submission_metadata.yml"
MOST_METADATA_BYTES = 50_000_000


class Gradescope:
    """See the module's docstring."""

    name = "gradescope"

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether the archive has Gradescope's metadata."""
        return any(member.name == METADATA for member in members)

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return each file, once for each of its submitters."""
        metadata = next((member for member in members if member.name == METADATA), None)
        if metadata is None:
            raise CourseError(f"{METADATA}: not there; is this an export of Gradescope's?")
        known = _parsed(metadata, read)
        entries: list[Entry] = []
        unmatched: list[tuple[str, str]] = []
        for member in members:
            if member is metadata:
                continue
            folder = next((part for part in member.parts if part in known), None)
            if folder is None:
                unmatched.append((member.path, f"{METADATA} does not say whose it is"))
                continue
            found = list(_entries(member, known[folder]))
            entries += found
            if not found:
                unmatched.append((member.path, f"{METADATA} names no submitter"))
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))


def _parsed(metadata: Member, read: Read) -> Mapping[str, Any]:
    if metadata.size_bytes > MOST_METADATA_BYTES:
        raise CourseError(f"{metadata.path}: larger than {MOST_METADATA_BYTES // 1_000_000} MB")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        known = yaml.load(read(metadata), Loader=loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        raise CourseError(f"{metadata.path}: cannot be read: {error}") from error
    if not isinstance(known, dict) or not all(isinstance(v, dict) for v in known.values()):
        raise CourseError(f"{metadata.path}: not a list of submissions by folder")
    return known


def _entries(member: Member, about: Mapping[str, Any]) -> Iterator[Entry]:
    submitters = about.get(":submitters")
    for person in submitters if isinstance(submitters, list) else []:
        if not isinstance(person, dict):
            continue
        student = str(person.get(":sid") or person.get(":email") or "")
        if student:
            yield Entry(
                student=student,
                filename=member.name,
                member=member,
                submitted=_moment(about.get(":created_at")),
                label=str(person.get(":name") or ""),
            )


def _moment(value: object) -> dt.datetime | None:
    """Return a time with its zone; YAML gives one in UTC without a zone."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
