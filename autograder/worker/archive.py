"""What is read from a student's zip file: a few small files, and no paths of its own."""

from __future__ import annotations

import contextlib
import stat
import zipfile
import zlib
from io import BytesIO
from typing import Final

from autograder.worker.cells import Unreadable

MOST_FILES: Final = 20
MOST_BYTES: Final = 10_000_000
MOST_MEMBERS: Final = 10_000
ZIP: Final = b"PK\x03\x04"
EMPTY: Final = b"PK\x05\x06"
_UTF8, _ENCRYPTED = 0x800, 0x1
_OTHERS: tuple[tuple[str, str], ...] = (
    ("word/", "file-word"),
    ("xl/", "file-table"),
    ("ppt/", "file-slides"),
    ("mimetype", "file-word"),
    ("Index/Document.iwa", "file-word"),
    ("archive/data.pkl", "file-model"),
)
_BROKEN = (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError)
Member = tuple[str, bytes]


def is_zip(data: bytes) -> bool:
    """Return whether a file is a zip file, whatever its name says."""
    return data.startswith((ZIP, EMPTY))


def unpack(data: bytes) -> list[Member]:
    """Return names and bytes of the files that may be somebody's work, likely ones first.

    Nothing is written; archives within are left alone. Raises Unreadable.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
            for start, code in _OTHERS:
                if any(info.filename.startswith(start) for info in infos[:MOST_MEMBERS]):
                    raise Unreadable(code)
            return _members(archive, infos[:MOST_MEMBERS])
    except RuntimeError as error:  # so zipfile says that a password is needed
        raise Unreadable("zip-locked") from error
    except _BROKEN as error:
        raise Unreadable("zip-damaged") from error


def _members(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> list[Member]:
    named = [(_name(info), info) for info in infos if not info.is_dir()]
    wanted = [(name, info) for name, info in named if _is_wanted(name, info)]
    code = [(name, info) for name, info in wanted if is_code(name)] or wanted
    if not code:
        raise Unreadable("zip-nested" if any(_is_zip_name(n) for n, _ in named) else "zip-empty")
    left, found = MOST_BYTES, []
    for name, info in sorted(code, key=lambda one: (one[0].count("/"), one[0]))[:MOST_FILES]:
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("zip-locked")
        with archive.open(info) as stream:
            content = stream.read(left + 1)
        if len(content) > left:
            raise Unreadable("zip-large", megabytes=str(MOST_BYTES // 1_000_000))
        left -= len(content)
        found.append((name, content))
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name as meant: many tools write UTF-8 without saying so, some backslashes."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").partition("\0")[0]


def _is_wanted(name: str, info: zipfile.ZipInfo) -> bool:
    mode = info.external_attr >> 16
    regular = not stat.S_IFMT(mode) or stat.S_ISREG(mode)
    return regular and is_inside(name) and not _is_zip_name(name)


def _is_zip_name(name: str) -> bool:
    return name.lower().endswith(".zip")


def is_inside(name: str) -> bool:
    """Return whether a name leads to a place below where it starts, and to nothing hidden."""
    parts = name.split("/")
    hidden = any(part.startswith(".") or part in ("", "__MACOSX", "__pycache__") for part in parts)
    return not hidden and ":" not in name and name.isprintable() and len(name) < MOST_MEMBERS


def is_code(name: str) -> bool:
    """Return whether a name is that of a notebook or script, whatever a browser made of its end."""
    stem = name.lower().rpartition("/")[2]
    return stem.endswith((".py", ".pyw", ".ipynb")) or ".ipynb" in stem or ".py." in stem
