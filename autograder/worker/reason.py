"""Why a statement does not parse, as a code: what students often do."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Final

from autograder.worker.extent import MARK

OTHER: Final = "syntax-other"
TORN: Final = "syntax-torn"
MERGE: Final = "syntax-merge"
NUMBERS: Final = "syntax-numbers"
_MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("inconsistent use of tabs"), "syntax-tabs"),
    (re.compile(r"'[(\[{]' was never closed"), "syntax-bracket"),
    (re.compile(r"unterminated .*string"), "syntax-string"),
    (re.compile(r"unexpected indent|an indented block|unindent does not"), "syntax-indent"),
    (re.compile("'return' outside function"), "syntax-return"),
    (re.compile(r"Missing parentheses in call to '(print|exec)'"), "syntax-python2"),
    (re.compile("expected ':'"), "syntax-colon"),
)
_PYTHON_2 = re.compile(
    r"^\s*(?:print|exec)\s+[\w\"']|^\s*raise\s+[\w.]+\s*,|\bexcept\s+[\w.]+\s*,\s*[a-z]\w*\s*:"
    r"|`[^`]*`|<>|(?<![\w.])\d+[lL]\b|(?<![\w.])0\d+\b|\b[uU][rR][\"']"
)
_NEWER: tuple[tuple[re.Pattern[str], tuple[int, int]], ...] = (
    (re.compile(r"^\s*type\s+\w+\s*(?:\[.*\])?\s*="), (3, 12)),
    (re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\["), (3, 12)),
    (re.compile(r"\bexcept\*?\s+[\w.]+(?:\s*,\s*[\w.]+)+\s*:"), (3, 14)),
    (re.compile(r"(?<!\w)[tT][rR]?[\"']"), (3, 14)),
)
_F_STRING = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])(\"\"\"|'''|\"|')")
_PREFIX = re.compile(r"(?:^|\W)(?:[rRbBfF]|[rR][bBfF]|[bBfF][rR])?$")
_NUMBERED = re.compile(r"\s*\[?(\d{1,6})\]?\s*[:|.)]?(?=\s|$|[A-Za-z_@#%])")
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.)(?:\s|$)|\s*(?:In|Out)\s*\[\s*\d*\s*\]:")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_COMMAND = re.compile(
    r"\s*(?:\$\s+\w|(?:pip3?|conda|mamba|uv|git|apt|apt-get|brew|npm|wget|curl|mkdir|cd)\s+[\w.~/-])"
)
_PROSE = re.compile(
    r"(?!\s*(?:print|exec|from|import|return|raise|yield|assert|del|global|nonlocal|for|while|if|elif"
    r"|else|with|try|except|def|class|async|await|lambda|not|type|match|case)\b)"
    r"\s*[^\W\d_]+(?:['’´-][^\W\d_]+)?,?(?:\s+[^\W\d_]+(?:['’´-][^\W\d_]+)?[,:;.]?){3}"  # noqa: RUF001  # as typed
)
_LINES = (
    (_PROMPT, "syntax-prompt"),
    (_FENCE, "syntax-fence"),
    (_COMMAND, "syntax-command"),
    (_PROSE, "syntax-prose"),
)
_QUOTES = "‘’‚“”„«»′″´"  # noqa: RUF001  # what word processors make of quotes


def reason_of(error: BaseException, text: str, at: int) -> tuple[str, dict[str, str]]:
    """Return a code for why ``text`` does not parse, and what goes into its words.

    ``error`` is what Python says, ``at`` the line of ``text`` where, counted from 1.
    """
    message = error.msg if isinstance(error, SyntaxError) else type(error).__name__
    lines = text.split("\n")
    line = lines[at - 1] if 0 < at <= len(lines) else ""
    if found := _character(message):
        return found
    if needs := _newer(message, line):
        here = ".".join(map(str, sys.version_info[:2]))
        return "syntax-newer", {"python": here, "needs": ".".join(map(str, needs))}
    code = _written(text, line) or _said(message, lines)
    return (code, {}) if code else (OTHER, {"text": message})


def are_numbered(lines: Sequence[str]) -> bool:
    """Return whether each line begins with its number, as copied from a page."""
    found = [_NUMBERED.match(line) for line in lines if line.strip()]
    numbers = [int(one[1]) if one else 0 for one in found]
    steps = itertools.pairwise(numbers)
    return len(numbers) > 2 and all(numbers) and all(b - a in (1, 2) for a, b in steps)


def _written(text: str, line: str) -> str:
    """Return what can be seen in the text itself, nothing where nothing can."""
    if MARK.match(text):
        return MERGE
    for pattern, code in _LINES:
        if pattern.match(line):
            return code
    if _NUMBERED.match(line) and re.match(r"\s*\[?\d+\]?\s*[:|.)]?\s+\w|\s*\d+[^\W\d]{2}", line):
        return NUMBERS
    return "syntax-python2" if _PYTHON_2.search(line) else ""


def _said(message: str, lines: list[str]) -> str:
    """Return what Python's message says, nothing where it says nothing known."""
    for pattern, code in _MESSAGES:
        if pattern.search(message):
            return "syntax-tabs" if code == "syntax-indent" and _mixed(lines) else code
    return ""


def _character(message: str) -> tuple[str, dict[str, str]] | None:
    """Tell a character that only looks like one of Python's."""
    found = re.match(r"invalid (?:non-printable )?character.*U\+([0-9A-F]{4,6})", message)
    if found is None:
        return None
    character = chr(int(found[1], 16))
    if character in _QUOTES:
        return "syntax-quotes", {}
    name = unicodedata.name(character, "").lower().replace("no-break space", "a no-break space")
    return "syntax-character", {"character": f"U+{found[1]} {name}".strip()}


def _mixed(lines: list[str]) -> bool:
    """Return whether some lines are indented by tabs and some by spaces."""
    margins = {line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()}
    return any("\t" in one for one in margins) and any(" " in one for one in margins)


def _newer(message: str, line: str) -> tuple[int, int] | None:
    """Return the first Python that knows what stands in a line, where that is a later one."""
    for pattern, version in _NEWER:
        if version > sys.version_info[:2] and pattern.search(line):
            return version if version < (3, 14) or not _PYTHON_2.search(line) else None
    if sys.version_info < (3, 12) and message.startswith("f-string"):
        if "cannot include" in message or any(map(_nests, _F_STRING.finditer(line))):
            return (3, 12)
    return None


def _nests(start: re.Match[str]) -> bool:
    """Return whether an f-string contains its own quotes within braces, and ends all the same."""
    line, quote = start.string, start[1]
    place, depth, nested = start.end(), 0, False
    while place < len(line):
        rest = line[place:]
        if rest.startswith(("{{", "}}")) and not depth:
            place += 2
        elif rest.startswith(quote):
            if not depth:
                return nested
            end = line.find(quote, place + len(quote))
            if end < 0 or not _PREFIX.search(line[start.end() : place]):
                return False
            place, nested = end + len(quote), True
        else:
            depth += {"{": 1, "}": -1}.get(rest[0], 0)
            place += 1
    return False
