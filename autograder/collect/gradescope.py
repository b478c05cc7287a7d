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
        return _metadata(members) is not None

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return each file, once for each of its submitters."""
        metadata = _metadata(members)
        if metadata is None:
            raise CourseError(f"{METADATA}: not at the top; is this an export of Gradescope's?")
        known = _parsed(metadata, read)
        entries: list[Entry] = []
        unmatched: list[tuple[str, str]] = []
        for member in members:
            if member is metadata:
                continue
            folder = member.parts[len(metadata.parts) - 1]
            if folder not in known:
                unmatched.append((member.path, f"{METADATA} does not say whose it is"))
                continue
            inside = "/".join(member.parts[len(metadata.parts) :])
            found = list(_entries(member, inside, known[folder]))
            entries += found
            if not found:
                unmatched.append((member.path, f"{METADATA} names no submitter"))
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))


def _metadata(members: Sequence[Member]) -> Member | None:
    """Return the metadata at the archive's top, or in the one folder around all: no student's."""
    tops = {member.parts[0] for member in members}
    depth = 1 if len(tops) == 1 else 0
    found = [m for m in members if m.name == METADATA and len(m.parts) <= depth + 1]
    return found[0] if len(found) == 1 else None


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


def _entries(member: Member, inside: str, about: Mapping[str, Any]) -> Iterator[Entry]:
    submitters = about.get(":submitters")
    for person in submitters if isinstance(submitters, list) else []:
        if not isinstance(person, dict):
            continue
        student = _text(person.get(":sid")) or _text(person.get(":email"))
        if student:
            yield Entry(
                student=student,
                filename=inside,
                member=member,
                submitted=_moment(about.get(":created_at")),
                label=_text(person.get(":name")),
            )


def _text(value: object) -> str:
    """Return a word or number as text; nothing for lists, which aliases may blow up."""
    return str(value) if isinstance(value, str | int) else ""


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
