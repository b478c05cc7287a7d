"""Moodle: *View all submissions → Download all submissions*, with or without folders.

``<full name>_<number>_assignsubmission_file_/<file>`` in folders, and
``<full name>_<number>_assignsubmission_file_<file>`` without. The number is that of "Participant
<number>" in the grading worksheet, and becomes the student's id.

Source: ``mod/assign/locallib.php`` (``download_submissions``), ``get_user_prefix`` and
https://docs.moodle.org/en/Assignment_settings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.collect.archive import Member
from autograder.collect.entry import Entry, Read, Reading

_FOLDER = re.compile(
    r"(?P<label>.+)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?", re.DOTALL
)
_FLAT = re.compile(
    r"(?P<label>.+?)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)_(?P<file>.+)", re.DOTALL
)
Found = re.Match[str]


class Moodle:
    """See the module's docstring."""

    name = "moodle"

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether most files have Moodle's mark where Moodle puts it."""
        around = _around(members)
        named = sum(_owner(member, around) is not None for member in members)
        return named > len(members) / 2

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return the uploaded files; texts typed into Moodle are nobody's."""
        entries, unmatched = [], []
        around = _around(members)
        for member in members:
            found = _owner(member, around)
            if found is None:
                unmatched.append((member.path, "not named as Moodle names submissions"))
            elif found["plugin"] != "file":
                unmatched.append((member.path, f"no uploaded file, but {found['plugin']}"))
            else:
                entries.append(
                    Entry(
                        student=found["number"],
                        filename=found.groupdict().get("file")
                        or "/".join(member.parts[around + 1 :]),
                        member=member,
                        label=found["label"],
                    )
                )
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))


def _owner(member: Member, around: int) -> Found | None:
    """Return whose a file is. A file's own name, which students choose, says nothing of it.

    Moodle ends a folder's name with the number, and begins a file's name with it.
    """
    parts = member.parts[around:]
    return _FLAT.fullmatch(parts[0]) if len(parts) == 1 else _FOLDER.fullmatch(parts[0])


def _around(members: Sequence[Member]) -> int:
    """Return 1 where one folder that is no student's is around all, else 0."""
    tops = {member.parts[0] for member in members}
    alone = len(tops) == 1 and all(len(member.parts) > 1 for member in members)
    return int(alone and _FOLDER.fullmatch(next(iter(tops))) is None)
