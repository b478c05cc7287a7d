"""Follow a page of the documentation to the letter: write its files, run its commands, compare.

What a page's fenced blocks mean, in the page's order:

- ```console: each line that begins with ``$ `` is a command, run by bash. Lines that end with a
  backslash go on. What stands below a command, up to the next one, is what it prints, standard
  output and standard error together; nothing below it: anything may be printed. In it ``…`` stands
  for any text within a line, and a line that is ``…`` alone for any lines, or none.
- ```LANGUAGE title="reference/slope/exercise.py": the whole content of a file, written there.
- ```diff title="…": changes to that file. Lines that begin with a blank or with ``-`` must stand
  there, once; those that begin with a blank or with ``+`` take their place. ``@@`` parts changes.
- Any other block, ```python or ```text without a title, say, is to be read only.

A comment on a line of its own before a block says more, and no reader of the page sees it:

- ``<!-- exit 1 -->``: the commands of the block end with this code; else with 0.
- ``<!-- skip: why -->``: the block is not followed.
- ``<!-- slow -->``: the block takes minutes, and is followed only where the caller says so.

Each command has a shell of its own; only ``cd`` lasts, and paths in titles go from there. A test::

    def test_the_page_does_what_it_says(tmp_path: Path) -> None:
        follow(read_page(ROOT / "docs" / "write-a-lab.md"), Walk(tmp_path))

What must be seen or changed between two steps: take them one by one, ``walk.take(step)``.
"""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SECONDS = 900.0
COLUMNS = "100"
ANY = "…"
_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})(?P<language>[\w+-]*)(?P<rest>.*)")
_TITLE = re.compile(r'title="([^"]+)"')
_REMARK = re.compile(r"<!-- *(exit (?P<code>\d+)|(?P<skip>skip: *\S.*?)|(?P<slow>slow)) *-->")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """Something that a reader of the page does; ``where`` names page and line."""

    where: str
    slow: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command(Step):
    """Give a command. ``output`` is what the page shows below it, None where it shows nothing."""

    text: str
    code: int = 0
    output: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class File(Step):
    """Write a file."""

    path: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change(Step):
    """Edit a file: each pair is what must stand there, once, and what takes its place."""

    path: str
    pairs: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the documentation and what it tells its readers to do."""

    name: str
    steps: tuple[Step, ...]

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands alone."""
        return tuple(step for step in self.steps if isinstance(step, Command))


def read_page(path: Path) -> Page:
    """Return the page's steps. Raises ValueError naming page and line where a block is wrong."""
    return parse_page(path.read_text("utf-8"), path.name)


def parse_page(text: str, name: str = "page") -> Page:
    """Return the steps of a page given as text. Raises ValueError."""
    steps: list[Step] = []
    for block in _blocks(text, name):
        if block.skipped:
            continue
        if block.language == "console":
            steps += _commands(block)
        elif block.title and block.language == "diff":
            pairs = tuple(_pairs(block))
            steps.append(Change(where=block.where, slow=block.slow, path=block.title, pairs=pairs))
        elif block.title:
            content = "".join(f"{line}\n" for line in block.lines)
            steps.append(File(where=block.where, slow=block.slow, path=block.title, text=content))
    return Page(name=name, steps=tuple(steps))


class Walk:
    """Does in a folder what a page says. The ``autograder`` of this environment is on the PATH.

    ``seconds`` bounds each command.
    """

    def __init__(self, folder: Path, *, seconds: float = SECONDS) -> None:
        self.place = folder
        self._seconds = seconds
        self._home = folder

    def take(self, step: Step) -> None:
        """Do one step. Raises AssertionError naming page and line where it does not hold."""
        if isinstance(step, Command):
            self._run(step)
        elif isinstance(step, File):
            path = self.place / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, "utf-8")
        elif isinstance(step, Change):
            self._change(step)

    def _change(self, step: Change) -> None:
        path = self.place / step.path
        text = path.read_text("utf-8")
        for old, new in step.pairs:
            found = [match.span() for match in re.finditer(f"(?m)^{re.escape(old)}", text)]
            assert len(found) == 1, f"{step.where}: stands {len(found)} times in {path}:\n{old}"
            text = text[: found[0][0]] + new + text[found[0][1] :]
        path.write_text(text, "utf-8")

    def _run(self, step: Command) -> None:
        reader, writer = os.pipe()
        script = f"{step.text}\nstatus=$?\npwd >&{writer}\nexit $status\n"
        try:
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=self.place,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writer,),
                text=True,
                check=False,
                timeout=self._seconds,
            )
        finally:
            os.close(writer)
            with os.fdopen(reader) as stream:
                place = stream.read().strip()
        self.place = Path(place)
        compare(step, done.returncode, done.stdout)

    def _environment(self) -> dict[str, str]:
        beside = Path(sys.executable).parent
        path = f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        home = str(self._home)
        return {"PATH": path, "HOME": home, "TMPDIR": home, "COLUMNS": COLUMNS, "LANG": "C.UTF-8"}


def compare(step: Command, code: int, printed: str) -> None:
    """Raise AssertionError where a command ended otherwise, or printed else, than the page says."""
    said = f"{step.where}: $ {step.text}\n{printed}"
    assert code == step.code, f"exit code {code}, not {step.code}: {said}"
    if step.output is not None:
        assert matches(printed, step.output), f"the page shows\n{step.output}\n{said}"


def follow(page: Page, walk: Walk, *, slow: bool = False) -> None:
    """Take all steps of a page, the slow ones only where the caller wants them."""
    for step in page.steps:
        if slow or not step.slow:
            walk.take(step)


def matches(printed: str, shown: str) -> bool:
    """Say whether a page shows what was printed; blanks at the ends of lines do not count."""
    parts = []
    for line in shown.strip("\n").splitlines():
        if line.strip() == ANY:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(re.escape(line.rstrip()).replace(re.escape(ANY), ".*") + r" *\n")
    lines = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(parts), lines) is not None


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Block:
    """A fenced block as it stands in the page, less its indentation."""

    where: str
    language: str
    title: str
    lines: tuple[str, ...]
    code: int
    skipped: bool
    slow: bool


def _blocks(text: str, name: str) -> Iterator[_Block]:
    lines = list(enumerate(text.splitlines(), start=1))
    remarks: list[re.Match[str]] = []
    while lines:
        number, line = lines.pop(0)
        fence = _FENCE.fullmatch(line)
        if fence is None:
            remark = _REMARK.fullmatch(line.strip())
            if remark is not None:
                remarks.append(remark)
            elif line.strip():
                remarks = []
            continue
        inside = []
        while lines and lines[0][1].strip() != fence["ticks"]:
            inside.append(lines.pop(0)[1].removeprefix(fence["indent"]))
        if not lines:
            raise ValueError(f"{name}:{number}: the block is never ended")
        lines.pop(0)
        title = _TITLE.search(fence["rest"])
        yield _Block(
            where=f"{name}:{number}",
            language=fence["language"],
            title=title[1] if title else "",
            lines=tuple(inside),
            code=next((int(r["code"]) for r in remarks if r["code"]), 0),
            skipped=any(remark["skip"] for remark in remarks),
            slow=any(remark["slow"] for remark in remarks),
        )
        remarks = []


def _commands(block: _Block) -> Iterator[Command]:
    texts: list[tuple[str, list[str]]] = []
    going_on = False
    for line in block.lines:
        if line.startswith("$ "):
            texts.append((line[2:], []))
        elif not texts:
            raise ValueError(f"{block.where}: output before any command; begin that with '$ '")
        elif going_on:
            texts[-1] = (f"{texts[-1][0]}\n{line}", [])
        else:
            texts[-1][1].append(line)
        going_on = not texts[-1][1] and line.endswith("\\")
    for text, output in texts:
        shown = "\n".join(output).strip("\n")
        yield Command(
            where=block.where,
            slow=block.slow,
            text=text,
            code=block.code,
            output=shown or None,
        )


def _pairs(block: _Block) -> Iterator[tuple[str, str]]:
    parts: list[list[str]] = [[]]
    for line in block.lines:
        if line.startswith("@@"):
            parts.append([])
        elif line and line[0] not in " +-":
            raise ValueError(f"{block.where}: begin each line of a diff with ' ', '-', '+' or '@@'")
        else:
            parts[-1].append(line or " ")
    for part in filter(None, parts):
        old = "".join(f"{line[1:]}\n" for line in part if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in part if line[0] in " +")
        if not old:
            raise ValueError(f"{block.where}: a change that begins nowhere; show a line before it")
        yield old, new
