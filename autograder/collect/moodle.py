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

_NAME = re.compile(
    r"(?P<label>.+)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?:_?/|_)(?P<file>.+)",
    re.DOTALL,
)


class Moodle:
    """See the module's docstring."""

    name = "moodle"

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether any file has Moodle's mark."""
        return any(_NAME.fullmatch(member.path) for member in members)

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return the uploaded files; texts typed into Moodle are nobody's."""
        entries, unmatched = [], []
        for member in members:
            found = _NAME.fullmatch(member.path)
            if found is None:
                unmatched.append((member.path, "not named as Moodle names submissions"))
            elif found["plugin"] != "file":
                unmatched.append((member.path, f"no uploaded file, but {found['plugin']}"))
            else:
                entries.append(
                    Entry(
                        student=found["number"],
                        filename=found["file"].rpartition("/")[2],
                        member=member,
                        label=found["label"].rpartition("/")[2],
                    )
                )
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))
