"""Carry out a plan: files to ``submitted/``, what they replace to ``attempts/``."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.collect.plan import Attempt, Collection, Place, digests, existing, offered
from autograder.course.timestamp import (
    TIMESTAMP,
    TIMESTAMPS,
    read_timestamp,
    timestamp_text,
    timestamps_text,
)
from autograder.errors import CourseError
from autograder.grading.file import write_atomically
from autograder.lms.entry import Read
from autograder.words.catalogue import say

UNDATED = "undated"


def write(collection: Collection, read: Read, place: Place) -> Iterator[Attempt]:
    """Write each student's files and yield each attempt when it is done.

    Run again after an interruption, it goes on: what lies there unchanged is left as it is, but for
    the time when it was submitted, where that was not known.
    Raises CourseError.
    """
    by_hand = collection.layout == "file"
    for attempt in collection.attempts:
        folder = place.submitted / attempt.student / place.lab
        if attempt.act == "unchanged":
            _date(attempt, read, folder, anew=by_hand)
        else:
            _write_one(attempt, read, folder, place.attempts / attempt.student / place.lab)
        yield attempt


def _write_one(attempt: Attempt, read: Read, folder: Path, earlier: Path) -> None:
    try:
        if attempt.act == "older":
            folder = _free(earlier, attempt.submitted)
        elif attempt.act == "newer":
            _set_aside(folder, earlier)
        folder.mkdir(parents=True, exist_ok=True)
        for name, member in attempt.files.items():
            write_atomically(folder / name, read(member))
        if attempt.submitted is not None:
            write_atomically(folder / TIMESTAMP, timestamp_text(attempt.submitted).encode())
        if attempt.moments:
            write_atomically(folder / TIMESTAMPS, timestamps_text(attempt.moments).encode())
    except OSError as error:
        where = error.filename or folder
        raise CourseError(say("cannot-write", path=where, problem=error.strerror)) from error


def _date(attempt: Attempt, read: Read, folder: Path, *, anew: bool) -> None:
    """Note when what lies there was submitted, where only now somebody says; ``anew``: as said now.

    An archive that has no times may have come first.
    """
    if attempt.submitted is None or (read_timestamp(folder) is not None and not anew):
        return
    if digests(folder) == offered(attempt, read):
        write_atomically(folder / TIMESTAMP, timestamp_text(attempt.submitted).encode())


def _set_aside(folder: Path, earlier: Path) -> None:
    """Move what lies in a student's folder to the earlier attempts."""
    place = _free(earlier, read_timestamp(folder))
    place.mkdir(parents=True)
    for name in [*existing(folder), TIMESTAMP, TIMESTAMPS]:
        if os.path.lexists(folder / name):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / name, place / name)


def _free(earlier: Path, moment: dt.datetime | None) -> Path:
    """Return a folder that is not there yet, named after a moment."""
    name = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H%M%SZ") if moment else UNDATED
    place, number = earlier / name, 1
    while place.exists():
        number += 1
        place = earlier / f"{name}-{number}"
    return place
