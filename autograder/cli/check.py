"""``autograder check``: a student's own look at a file before it is handed in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, CourseError

if TYPE_CHECKING:
    from autograder.exercise.published import Published
    from autograder.notebook.card import Card
    from autograder.notebook.file import Checked

NOT_ALL, UNUSABLE = 1, 2
EXPECTED = "expected.json"
FORMATS = (".png", ".svg")
DESCRIPTION = """\
Run the cells of FILE here, with the lab's own numbers, and say what is right and what is not. It
is help, not the grade: for that the code is run with other numbers, too. There is no sandbox: it
is your own code. The lab goes by the file's name, what its notebook says, or its folder's name;
its expected.json lies beside FILE, or in assignments/<lab>/ of a folder above.
"""
EPILOG = """\
Exit code: 0 all checks pass, 1 not all do, 2 wrong usage, or FILE cannot be read.
"""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "check",
        help="check your own file, as a student; help, not the grade",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="slope.ipynb or slope.py; or a folder, or a zip"
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", help="the lab's name")
    parser.add_argument(
        "--course",
        metavar="DIR",
        type=Path,
        help="folder with assignments/, or the lab's own (default: one above)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, as grade prints")
    parser.add_argument(
        "--plot", metavar="FILE", type=_picture, help="write the training's picture: .png or .svg"
    )
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
        if options.plot is not None:
            _plot(options.plot, checked)
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return UNUSABLE
    if not checked.readable:
        return UNUSABLE
    return 0 if checked.help.passed else NOT_ALL


def _find(options: argparse.Namespace) -> Published:
    path: Path = options.file
    if not path.exists():
        raise CourseError(f"{path}: no such file")
    from autograder.notebook.find import find_published, names_of
    from autograder.words.catalogue import say

    lab = options.assignment
    course, name = _course(options.course)
    names = [lab] if lab else [*names_of(path), *name]
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    advice = say("numbers-advice") + " "
    return find_published(folder, names, course, strict=bool(lab), advice=advice)


def _course(folder: Path | None) -> tuple[Path | None, list[str]]:
    """Return the course, or the one lab's folder, that is named, and the lab if that is told.

    Raises CourseError.
    """
    if folder is None or (folder / "assignments").is_dir() or (folder / EXPECTED).is_file():
        return folder, []
    place = folder.resolve()
    if place.name == "assignments":
        return place.parent, []
    if place.parent.name == "reference" and (place.parents[1] / "assignments").is_dir():
        return place.parents[1], [place.name]
    raise CourseError(f"{folder}: no course folder; it has no assignments/ and no {EXPECTED}")


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
        print("autograder: no picture: the functions did not train", file=sys.stderr)
        return
    from autograder.picture.raster import write_charts
    from autograder.words.catalogue import say

    try:
        write_charts(path, [(say(one.caption), one.chart) for one in checked.pictures])
    except OSError as error:
        raise CourseError(f"{path}: cannot be written: {error.strerror}") from error


def _picture(text: str) -> Path:
    if not text.lower().endswith(FORMATS):
        raise argparse.ArgumentTypeError(f"{text!r} ends neither in .png nor in .svg")
    return Path(text)
