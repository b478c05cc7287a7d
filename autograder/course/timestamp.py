"""Submission times: nbgrader's ``timestamp.txt`` beside it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

from autograder.course.submission import Submission

TIMESTAMP = "timestamp.txt"
TIMESTAMPS = "timestamps.txt"
"""Where files of one attempt were submitted at different times: a time and a name a line."""
MOST_BYTES, MOST_BYTES_OF_ALL = 100, 20_000


def read_timestamp(folder: Path) -> dt.datetime | None:
    """Return when what lies in a folder was submitted, None where that is not known."""
    try:
        with open(folder / TIMESTAMP, "rb", opener=_no_link) as stream:
            text = stream.read(MOST_BYTES).decode("utf-8").strip()
        found = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except (OSError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def read_timestamps(folder: Path) -> dict[str, dt.datetime]:
    """Return when each file in a folder was submitted, where that differs and is known."""
    found = {}
    try:
        with open(folder / TIMESTAMPS, "rb", opener=_no_link) as stream:
            lines = stream.read(MOST_BYTES_OF_ALL).decode("utf-8").splitlines()
        for line in lines:
            moment, _, name = line.partition("\t")
            found[name] = dt.datetime.fromisoformat(moment)
    except (OSError, ValueError):
        return {}
    return found


def timestamps_text(moments: Mapping[str, dt.datetime]) -> str:
    """Return the file's content."""
    return "".join(
        f"{moment.astimezone(dt.UTC).isoformat()}\t{name}\n" for name, moment in moments.items()
    )


def submitted_at(folder: Path, submission: Submission) -> dt.datetime | None:
    """Return when a submission was submitted, None where no file beside it says."""
    if not submission.place:  # a file beside those of other students
        return None
    return read_timestamp(folder.joinpath(*map(os.fsdecode, submission.place)))


def timestamp_text(moment: dt.datetime) -> str:
    """Return the file's content, as nbgrader writes it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC\n")


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
