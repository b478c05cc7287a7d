"""Canvas: *Download Submissions* of an assignment.

``<sortable name>_[LATE_]<user id>_<submission id>_<file>``, all in one folder. The user id, which
is the column "ID" of the exported gradebook, becomes the student's id. Canvas adds ``-1``, ``-2``
to the name of a file that was handed in again; the archive has the last attempt only.

Source: ``app/models/content_zipper.rb`` of instructure/canvas-lms and
https://community.canvaslms.com (How do I download all student submissions for an assignment?).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.collect.archive import Member
from autograder.collect.entry import Entry, Read, Reading

_NAME = re.compile(
    r"(?P<label>[^_/]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+)"
)
_AGAIN = re.compile(r"(?P<stem>.+?)-\d+(?P<suffix>(?:\.[A-Za-z]+){1,2})")


class Canvas:
    """See the module's docstring."""

    name = "canvas"

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether most files are named as Canvas names them."""
        named = sum(_NAME.fullmatch(member.name) is not None for member in members)
        return named > len(members) / 2

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return the files."""
        entries, unmatched = [], []
        for member in members:
            found = _NAME.fullmatch(member.name)
            if found is None:
                unmatched.append((member.path, "not named as Canvas names submissions"))
                continue
            again = _AGAIN.fullmatch(found["file"])
            entries.append(
                Entry(
                    student=found["user"],
                    filename=again["stem"] + again["suffix"] if again else found["file"],
                    member=member,
                    late=found["late"] is not None,
                    label=found["label"],
                )
            )
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))
