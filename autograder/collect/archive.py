"""A zip file from outside: what is read from it, and what is refused, by name."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime as dt
import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from autograder.course.submission import FILE_BYTES, IGNORED
from autograder.errors import CourseError
from autograder.lms.entry import Member
from autograder.words.catalogue import say

MOST_MEMBERS = 200_000
MOST_BYTES = 20_000_000_000
MOST_EXPANSION = 1_000
"""A member may be this many times as large as it is packed; text reaches about 200."""
SMALL_BYTES = 1_000_000  # may expand as it likes
_UTF8 = 0x800
_ENCRYPTED = 0x1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Refused:
    """A member that is not taken, and why."""

    path: str
    reason: str


class Archive:
    """An open archive. Nothing of it is ever extracted under a name that it gives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            reason = getattr(error, "strerror", None) or say("not-a-zip")
            raise CourseError(say("archive-not-zip", path=path, problem=reason)) from error
        self._infos = self._zip.infolist()
        try:
            self._require_bounded()
        except CourseError:
            self._zip.close()
            raise
        self.members, self.refused = self._sorted_out()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()

    def _require_bounded(self) -> None:
        """Raise CourseError for an archive that claims to contain more than any class submits."""
        total = sum(info.file_size for info in self._infos)
        if len(self._infos) > MOST_MEMBERS:
            raise CourseError(
                say("archive-many", most=MOST_MEMBERS, n=len(self._infos), path=self._path)
            )
        if total > MOST_BYTES:
            raise CourseError(
                say(
                    "archive-large",
                    most=MOST_BYTES / 1e9,
                    path=self._path,
                    size=total / 1e9,
                )
            )

    def _sorted_out(self) -> tuple[tuple[Member, ...], tuple[Refused, ...]]:
        members, refused = [], []
        paths = [_path(info) for info in self._infos]
        times = collections.Counter(_folded(path) for path in paths)
        for index, (info, path) in enumerate(zip(self._infos, paths, strict=True)):
            if info.is_dir() or _ignored(path):
                continue
            reason = _unsafe(path) or _unsafe_kind(info)
            if not reason and times[_folded(path)] > 1:
                reason = say("member-doubled")
            if reason:
                refused.append(Refused(path=_shown(path), reason=reason))
            else:
                plain = str(PurePosixPath(path))
                members.append(
                    Member(path=plain, size_bytes=info.file_size, modified=_time(info), index=index)
                )
        return tuple(members), tuple(refused)

    def read(self, member: Member) -> bytes:
        """Return a member's bytes. Raises CourseError where they are damaged or more than said."""
        info = self._infos[member.index]
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise CourseError(
                say("archive-damaged", error=error, member=member.path, path=self._path)
            ) from error
        if len(data) != info.file_size:
            raise CourseError(say("archive-wrong-size", member=member.path, path=self._path))
        return data


def _path(info: zipfile.ZipInfo) -> str:
    """Return the name as meant: many tools write UTF-8 without saying so, some backslashes."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _folded(path: str) -> str:
    """Return a key that is equal for names that some file systems treat as the same."""
    return unicodedata.normalize("NFC", str(PurePosixPath(path))).casefold()


def _ignored(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(part in IGNORED for part in parts) or (bool(parts) and parts[-1].startswith("._"))


def _unsafe(path: str) -> str:
    """Return what is wrong with a path, nothing where it stays below the archive's top."""
    parts = PurePosixPath(path).parts
    if not parts:
        return say("member-no-name")
    if path.startswith("/") or (len(parts[0]) > 1 and parts[0][1] == ":"):
        return say("member-absolute")
    if ".." in parts:
        return say("member-outside")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in path):
        return say("member-control")
    if any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts):
        return say("member-long-name")
    return ""


def _unsafe_kind(info: zipfile.ZipInfo) -> str:
    """Return why a member is no file that can be read, nothing where it is one."""
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return say("member-not-regular")
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if info.file_size > FILE_BYTES:
        return say("member-large", n=FILE_BYTES // 1_000_000)
    packed = max(info.compress_size, 1)
    if info.file_size > SMALL_BYTES and info.file_size > MOST_EXPANSION * packed:
        return say("member-bomb", times=info.file_size // packed)
    return ""


def _time(info: zipfile.ZipInfo) -> dt.datetime | None:
    if info.date_time <= (1980, 1, 1, 0, 0, 0):
        return None
    try:
        return dt.datetime(*info.date_time)  # noqa: DTZ001  # a zip file knows no zone
    except ValueError:
        return None


def _shown(path: str) -> str:
    """Return a name fit to print, whatever it contains."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path)
