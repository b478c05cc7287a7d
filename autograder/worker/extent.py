"""Where each top-level statement of a text begins and ends, though the text does not parse.

Only indentation, brackets, strings and first words are looked at. What is indented below a line
belongs to it, as do its ``else`` and ``except`` and the decorators above it: no part of a statement
or of a function's body may stand alone where the rest of it is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

MARK = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?:\s|$)")
"""A line that git puts where two versions could not be merged."""
_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\?{1,2}\s*$)")
_COMPOUND = re.compile(
    r"(?:if|elif|else|for|while|try|except|finally|with|def|class|async|match)\b|@[\w.]"
)
_GOES_ON = re.compile(r"(?:elif|else|except|finally)\b")
_HAS_PARTS = re.compile(r"(?:if|for|while|try|async)\b")
_DECORATED = re.compile(r"(?:def|class|async)\b|@")
_HARD = re.compile(
    r"@[\w.]+|(?:def|class)\b|async\s+def\b|import\s+\w|from\s+[\w.]+\s+import\b|if\s+__name__\b"
    r"|(?:while|with|try|del|raise|assert|global|return|pass|break|continue)\b"
)
"""What no line within brackets begins with, in column 0."""
_SOFT = re.compile(r"(?!(?:for|if|else|and|or|in|is|not|async|as)\b)[^\W\d]\w*")
"""What such a line may begin with only where the one above wants more."""
_TOP = re.compile(r"@|(?:def|class|import|from)\b|async\s+def\b|if\s+__name__\b")
"""What a body that lost its indentation does not begin with."""
_WANTS_MORE = re.compile(
    r"(?:[-,(\[{:=+*/%&|^<>~@.]|\b(?:and|or|not|in|is|if|else|for|lambda|await|yield))$"
)
_TOKEN = re.compile(r"#|\\$|\"\"\"|'''|[\"'()\[\]{}]")
_TEXT_END = {
    quote: re.compile(
        rf"(?:[^\\]|\\.)*?{quote}" if len(quote) > 1 else rf"(?:[^{quote}\\]|\\.)*{quote}"
    )
    for quote in ("'", '"', "'''", '"""')
}
_STRAY_SIGN = re.compile(r"[^\w\s#@%!?]\s{2,}\S")
MOST_TRIES = 40


class Block(NamedTuple):
    """Lines that stand or fall together, counted from 0; ``end`` is the first one after them.

    From ``stray`` on they are indented below a simple statement, without reason. A ``torn`` block
    is a piece of something broken, whether or not it parses by itself.
    """

    first: int
    end: int
    stray: int | None = None
    torn: bool = False


class _Line(NamedTuple):
    """A logical line: a simple statement or a compound one's head. ``gap``: a blank line above."""

    first: int
    end: int
    indent: int
    gap: bool
    head: str
    tail: str


def find_blocks(lines: Sequence[str], loss: Callable[[Sequence[Block]], int]) -> list[Block]:
    """Return the blocks of a text in order; blank lines and comments between them are in none.

    Where quotes are never closed, nobody can know where they should be: of the likely places that
    one is taken with which the least is lost, by ``loss``.
    """
    found, doubtful = _logical_lines(lines, 0)
    tried = [_blocks(found)]
    for cut in doubtful[:MOST_TRIES]:
        later, still = _logical_lines(lines, cut)
        if not still:
            before = [line._replace(end=min(line.end, cut)) for line in found if line.first < cut]
            tried.append(_blocks([*before, *later]))
    return tried[0] if len(tried) == 1 else min(tried, key=loss)


class _Lexer:
    """What is open at a line's end: brackets, a text in triple quotes, a backslash."""

    def __init__(self) -> None:
        self.brackets = 0
        self.text = ""
        self.complete = True
        self._continued = False

    @property
    def open(self) -> bool:
        """Whether the next line goes on with this one."""
        return bool(self.brackets or self.text or self._continued)

    def read(self, line: str) -> str:
        """Take in one line and return it without a comment."""
        place, self._continued = 0, False
        if self.text:
            end = _TEXT_END[self.text].match(line)
            if end is None:
                return line
            self.text, place = "", end.end()
        code = line
        while token := _TOKEN.search(line, place):
            found, place = token[0], token.end()
            if found == "#":
                code = line[: token.start()]
                break
            if found == "\\":
                self._continued = True
            elif found in "([{":
                self.brackets += 1
            elif found in ")]}":
                self.brackets = max(0, self.brackets - 1)
            else:
                end = _TEXT_END[found].match(line, place)
                if end is None:  # one that ends with its line is an error of that line alone
                    self.text = found if len(found) > 1 else ""
                    break
                place = end.end()
        if code.strip():
            self.complete = not _WANTS_MORE.search(code.rstrip())
        return code


def _logical_lines(lines: Sequence[str], first: int) -> tuple[list[_Line], list[int]]:
    """Return the logical lines from ``first`` on.

    Where quotes are open at the end, also the lines within quotes that look like statements.
    """
    found: list[_Line] = []
    doubtful: list[int] = []
    number, gap, tries = first, True, MOST_TRIES
    lexer = _Lexer()
    while number < len(lines):
        head = lines[number]
        if not head.strip() or head.lstrip().startswith("#"):
            gap |= not head.strip()
            number += 1
            continue
        lexer, end, tail = _Lexer(), number + 1, head
        if not _MAGIC.match(head) and not MARK.match(head):
            lexer, end, tail = _rest(lines, number, doubtful, soft_too=tries > 0)
            tries -= lexer.brackets > 0
        found.append(_Line(number, end, _indent(head), gap, head, tail.strip()))
        number, gap = end, False
    return found, doubtful if lexer.text else []


def _indent(line: str) -> int:
    """Return how deep a line is indented; a stray sign at its beginning changes nothing."""
    expanded = (f" {line[1:]}" if _STRAY_SIGN.match(line) else line).expandtabs()
    return len(expanded) - len(expanded.lstrip())


def _rest(
    lines: Sequence[str], first: int, doubtful: list[int], *, soft_too: bool
) -> tuple[_Lexer, int, str]:
    """Return where a logical line ends, its last line, and what is left open there.

    A bracket that is never closed ends at the first line that can be none of its content.
    """
    lexer = _Lexer()
    tail = lexer.read(lines[first])
    number = first + 1
    headed = _COMPOUND.match(lines[first].lstrip()) and tail.rstrip().endswith(":")
    soft = number if headed and soft_too else None  # def f(x:
    while lexer.open and number < len(lines):
        line = lines[number]
        if line and not line[0].isspace():
            if lexer.text and _HARD.match(line):
                doubtful.append(number)
            elif lexer.brackets and not lexer.text:
                if _HARD.match(line) or MARK.match(line):
                    return lexer, _last_code(lines, soft or number), tail
                if soft is None and soft_too and lexer.complete and _SOFT.match(line):
                    soft = number
        tail = lexer.read(line)
        number += 1
    if lexer.brackets and not lexer.text and soft is not None:
        return lexer, _last_code(lines, soft), tail
    return lexer, _last_code(lines, number), tail


def _last_code(lines: Sequence[str], end: int) -> int:
    """Return the end without blank lines and comments before it."""
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _blocks(lines: Sequence[_Line]) -> list[Block]:
    """Join logical lines to blocks, and mark those that one body was torn into."""
    groups: list[list[_Line]] = []
    for line in lines:
        below = groups and line.indent and not _stands_apart(groups[-1], line)
        if groups and (below or (not line.indent and _belongs(groups[-1], line))):
            groups[-1].append(line)
        else:
            groups.append([line])
    torn = set(_torn(groups))
    return [
        Block(group[0].first, group[-1].end, _stray(group), torn=number in torn)
        for number, group in enumerate(groups)
    ]


def _stands_apart(group: Sequence[_Line], line: _Line) -> bool:
    """Return whether an indented function can be none of the body above: it is not as deep."""
    body = [one for one in group if one.indent]
    nested = any(_DECORATED.match(one.head.lstrip()) for one in body)
    apart = bool(body) and line.indent < body[0].indent and not nested
    return line.gap and apart and bool(_DECORATED.match(line.head.lstrip()))


def _belongs(group: Sequence[_Line], line: _Line) -> bool:
    """Return whether an unindented line belongs to the block above."""
    above = group[-1]
    if MARK.match(line.head) or MARK.match(above.head):
        return False
    if _GOES_ON.match(line.head):
        return bool(_HAS_PARTS.match(group[0].head))
    if above.head.startswith("@"):
        return bool(_DECORATED.match(line.head))
    lost = any(_lacks_its_body(*pair) for pair in itertools.pairwise([*group, line]))
    return lost and not line.gap and not _TOP.match(line.head)


def _lacks_its_body(above: _Line, below: _Line) -> bool:
    """Return whether nothing is indented below the head of a compound statement."""
    head = not above.indent and _COMPOUND.match(above.head) and above.tail.endswith(":")
    return bool(head) and not below.indent


def _stray(group: Sequence[_Line]) -> int | None:
    """Return the first line that is indented below a simple statement."""
    head, *below = group
    if below and below[0].indent and (head.indent or not _COMPOUND.match(head.head)):
        return below[0].first
    return None


def _torn(groups: Sequence[Sequence[_Line]]) -> Iterator[int]:
    """Yield the blocks that are pieces of a body: a stray line, and what is close above it."""
    for number, group in enumerate(groups):
        if _stray(group) is None or group[0].indent:
            continue
        marked, above = bool(MARK.match(group[0].head)), number
        while above and (marked or not groups[above][0].gap):
            above -= 1
            if _COMPOUND.match(groups[above][0].head):
                yield from range(above, number + 1)
                break
