"""Gradescope: *Export Submissions* of an assignment; *Download Grades*.

**Archive.** ``assignment_<n>_export/submission_<n>/<files>``, and a ``submission_metadata.yml``
that says for each folder who handed it in and when. Its keys are Ruby's symbols: ``:submitters``,
``:sid``, ``:email``. Groups have several submitters; an id or an address may lack.

**Table.** ``First Name,Last Name,SID,Email,Sections,Total Score,Max Points,…`` (older: ``Name``).
It is read for who there is; that Gradescope takes such a table back is not documented.

Source: https://help.gradescope.com (Exporting submissions), and exports that people published.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.person import Person
from autograder.lms.sheet import Named, Sheet, Target, columns_by_word, heads, kinds_in
from autograder.lms.table import Table
from autograder.lms.words import folded
from autograder.words.catalogue import say

METADATA = "submission_metadata.yml"
MOST_METADATA_BYTES = 50_000_000
OWN = frozenset({"total score", "max points", "submission id", "submission count", "view count"})
FIELDS = ("number", "email", "name", "first", "last")
_FOLDER = re.compile(r"submission_\d+")


class Gradescope:
    """See the module's docstring."""

    name = "gradescope"

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether the archive has Gradescope's metadata."""
        return _metadata(members) is not None

    def looks(self, name: str) -> bool:
        """Return whether a name is one that Gradescope gives."""
        return name == METADATA or _FOLDER.fullmatch(name) is not None

    def read(
        self,
        members: Sequence[Member],
        read: Read,
        lab: str,  # noqa: ARG002
        known: Known,  # noqa: ARG002
    ) -> Reading:
        """Return each file, once for each of its submitters."""
        metadata = _metadata(members)
        if metadata is None:
            raise CourseError(say("gradescope-no-metadata", metadata=METADATA))
        folders = _parsed(metadata, read)
        entries: list[Entry] = []
        unmatched: list[tuple[str, str]] = []
        for member in members:
            if member is metadata:
                continue
            folder = member.parts[len(metadata.parts) - 1]
            if folder not in folders:
                unmatched.append((member.path, say("gradescope-nobody", metadata=METADATA)))
                continue
            inside = "/".join(member.parts[len(metadata.parts) :])
            found = list(_entries(member, inside, folders[folder]))
            entries += found
            if not found:
                unmatched.append((member.path, say("gradescope-no-submitter", metadata=METADATA)))
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return exported grades, understood; None where this is another table."""
        for head, below in heads(table, named):
            titles = {folded(value) for value in head.values}
            if "sid" in titles and OWN & titles:
                columns = columns_by_word(head, FIELDS, named)
                return Sheet(
                    system=self.name,
                    table=table,
                    head=head,
                    columns=columns,
                    kinds=kinds_in(columns, ("number", "email")),
                    people=tuple(below),
                )
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:  # noqa: ARG002
        """Refuse: that Gradescope takes its table back is not documented. Raises CourseError."""
        problem = say("gradescope-no-table")
        raise CourseError(f"{sheet.table.name}: {problem}")


def _metadata(members: Sequence[Member]) -> Member | None:
    """Return the metadata at the archive's top, or in the one folder around all: no student's."""
    tops = {member.parts[0] for member in members}
    depth = 1 if len(tops) == 1 else 0
    found = [m for m in members if m.name == METADATA and len(m.parts) <= depth + 1]
    return found[0] if len(found) == 1 else None


def _parsed(metadata: Member, read: Read) -> Mapping[str, Any]:
    if metadata.size_bytes > MOST_METADATA_BYTES:
        raise CourseError(
            say("file-too-large", n=MOST_METADATA_BYTES // 1_000_000, path=metadata.path)
        )
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # all words: 0042 is no number
    try:
        known = yaml.load(read(metadata), Loader=loader)  # noqa: S506  # it makes texts only
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        raise CourseError(say("cannot-read", path=metadata.path, problem=error)) from error
    if not isinstance(known, dict) or not all(isinstance(v, dict) for v in known.values()):
        raise CourseError(say("gradescope-no-list", path=metadata.path))
    return known


def _entries(member: Member, inside: str, about: Mapping[str, Any]) -> Iterator[Entry]:
    submitters = about.get(":submitters")
    for person in submitters if isinstance(submitters, list) else []:
        if not isinstance(person, dict):
            continue
        said: dict[str, str] = {
            "number": _text(person.get(":sid")),
            "email": _text(person.get(":email")),
        }
        ids = {kind: value for kind, value in said.items() if value}
        if ids:
            yield Entry(
                person=Person(
                    system=Gradescope.name,
                    ids=ids,
                    name=_text(person.get(":name")),
                    where=member.path,
                ),
                filename=inside,
                member=member,
                submitted=_moment(about.get(":created_at")),
            )


def _text(value: object) -> str:
    """Return a word; nothing for nil, and for lists, which aliases may blow up."""
    return value if isinstance(value, str) and value not in ("~", "null") else ""


def _moment(value: object) -> dt.datetime | None:
    """Return a time with its zone, which is UTC where none is said."""
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(re.sub(r" (UTC|Z)$", "+00:00", value).replace(" +", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
