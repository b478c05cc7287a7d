"""Write what a console can show: replace marks, dashes and letters that its encoding lacks.

A redirected console of Windows speaks cp1252 or cp932, a bare container ASCII. What is printed
there is for people, and a traceback helps nobody: our marks become plain ones, letters lose their
accents, and what is left becomes a question mark.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata

PLAIN = {
    **dict(zip("✔✘–—−‐‑·•×", "+x------*x", strict=True)),
    **dict(zip("‘’‚“”„«»øłŁ", '\'\'\'"""""olL', strict=True)),
    **dict(zip("→←≤≥≠≈ßæ", ("->", "<-", "<=", ">=", "!=", "~", "ss", "ae"), strict=True)),
}
UNKNOWN = "?"
_FALLING_BACK = "autograder.console"
_ESCAPING = "autograder.console.escaping"
"""The same for streams that pass on undecodable bytes of file names, as the locale C has them."""
_REPLACED = {
    "strict": _FALLING_BACK,
    "backslashreplace": _FALLING_BACK,
    "surrogateescape": _ESCAPING,
}


def name_files_in_utf8() -> None:
    """Begin this process anew in Python's UTF-8 mode where file names would be ASCII: in locale C.

    A student's folder is called Zoë there, too. What is printed stays in the console's encoding.
    """
    if os.name != "posix" or sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode:
        return
    spoken = f"{sys.stdout.encoding}:{sys.stdout.errors}"
    command = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    os.execve(sys.executable, command, {**os.environ, "PYTHONIOENCODING": spoken})


def fall_back() -> None:
    """Let standard output and standard error take any text from now on, whatever they encode.

    Handlers that a user chose, such as ``PYTHONIOENCODING=ascii:replace``, stay.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in _REPLACED:
            stream.reconfigure(errors=_REPLACED[stream.errors])


def shown(text: str, encoding: str | None) -> str:
    """Return a text as far as an encoding has it; all of it where there is no telling."""
    try:
        return text.encode(encoding or "utf-8", _FALLING_BACK).decode(encoding or "utf-8")
    except (LookupError, UnicodeError):
        return text


def _fall_back(error: UnicodeError, *, escaping: bool = False) -> tuple[str | bytes, int]:
    """Return what stands for a character that cannot be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    if escaping and "\udc80" <= character <= "\udcff":
        return bytes([ord(character) - 0xDC00]), error.start + 1
    return PLAIN.get(character) or _letters(character) or UNKNOWN, error.start + 1


def _letters(character: str) -> str:
    """Return a character without its accents, as ASCII, which all consoles have; or nothing."""
    apart = unicodedata.normalize("NFKD", character)
    found = "".join(c for c in apart if not unicodedata.combining(c))
    return found if found.isascii() else ""


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    return _fall_back(error, escaping=True)


codecs.register_error(_FALLING_BACK, _fall_back)
codecs.register_error(_ESCAPING, _escape)
