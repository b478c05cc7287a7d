"""``autograder check``: a student's own look at a file before it is submitted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.exercise.published import Published
    from autograder.notebook.card import Card
    from autograder.notebook.file import Checked

NOT_ALL, UNUSABLE = 1, 2
EXPECTED = "expected.json"
FORMATS = (".png", ".svg")


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "check",
        help=say("check-help"),
        description=say("check-description"),
        epilog=say("check-exit-codes"),
    )
    parser.add_argument("file", metavar="FILE", type=Path, help=say("check-file"))
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("option-lab"))
    parser.add_argument(
        "--course",
        metavar="DIR",
        type=Path,
        help=say("check-course"),
    )
    parser.add_argument("--json", action="store_true", help=say("check-json"))
    parser.add_argument("--plot", metavar="FILE", type=_picture, help=say("check-plot"))
    parser.add_argument("--github", action="store_true", help=say("check-github"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check one file and return the exit code."""
    try:
        published = _find(options)
        from autograder.notebook.file import check_file

        checked = check_file(options.file, published)
        if options.json:
            import msgspec

            from autograder.words.record import said

            sys.stdout.buffer.write(msgspec.json.encode(said(checked.help)) + b"\n")
            sys.stdout.buffer.flush()
        else:
            _show(checked.help.card(), f"{published.title} ({published.lab}): {options.file.name}")
        if options.github:
            from autograder.cli.github import tell_check

            tell_check(options.file, checked, published.title)
        if options.plot is not None:
            _plot(options.plot, checked)
    except AutograderError as error:
        print(say("error-line", error=error), file=sys.stderr)
        return UNUSABLE
    if not checked.readable:
        return UNUSABLE
    return 0 if checked.help.passed else NOT_ALL


def _find(options: argparse.Namespace) -> Published:
    path: Path = options.file
    if not path.exists():
        raise CourseError(say("no-such-file", path=path))
    from autograder.notebook.find import find_published, names_of

    lab = options.assignment
    course, name = _course(options.course)
    names = [lab] if lab else [*names_of(path), *name]
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    advice = say("check-name-the-lab") + " "
    return find_published(folder, names, course, strict=bool(lab), advice=advice)


def _course(folder: Path | None) -> tuple[Path | None, list[str]]:
    """Return the named course or lab folder, and the lab if it is given.

    Raises CourseError.
    """
    if folder is None or (folder / "assignments").is_dir() or (folder / EXPECTED).is_file():
        return folder, []
    place = folder.resolve()
    if place.name == "assignments":
        return place.parent, []
    if place.parent.name == "reference" and (place.parents[1] / "assignments").is_dir():
        return place.parents[1], [place.name]
    raise CourseError(say("check-no-course", expected=EXPECTED, folder=folder))


def _show(card: Card, title: str) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from autograder.judge.grouping import MARKS

    colours = {"passed": "green", "failed": "red", "skipped": "yellow", "error": "yellow"}
    console = Console(highlight=False)
    console.print(Text(title, style="bold"))
    for line in card.lines():
        if line.kind == "problem":
            console.print(Text(f"! {line.words}", style="yellow"))
        elif line.kind == "check":
            mark = Text(MARKS[line.outcome], style=f"bold {colours[line.outcome]}")
            console.print(mark.append(f" {line.words}", style="default"))
        elif line.kind == "cause":
            console.print(Text(f"→ {line.words}"))
        elif line.kind == "note":
            console.print(Text(line.words, style="dim"))
        else:
            style = "italic" if line.kind == "hint" else ""
            console.print(Padding(Text(line.words, style=style), (0, 0, 0, 4)))


def _plot(path: Path, checked: Checked) -> None:
    if not checked.pictures:
        print(say("check-no-picture"), file=sys.stderr)
        return
    from autograder.picture.raster import write_charts

    try:
        write_charts(path, [(say(one.caption), one.chart) for one in checked.pictures])
    except OSError as error:
        raise CourseError(say("cannot-write", path=path, problem=error.strerror)) from error


def _picture(text: str) -> Path:
    if not text.lower().endswith(FORMATS):
        raise argparse.ArgumentTypeError(say("check-not-a-picture", text=text))
    return Path(text)
