"""File names are data too: no name breaks a line, or the run."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.engines.pool import LocalEngine
from autograder.grading.grade import Grade
from autograder.grading.lab import Lab
from autograder.grading.record import to_json_said

RIGHT = Path(__file__).resolve().parents[2] / "reference" / "slope" / "slope.py"
ENTRIES = {
    "undecodable": b"\xff\xfe.py",
    "escape": b"\x1b[31mred.py",
    "newline": b"two\nlines.py",
    "bidi": "\u202eevil.py".encode(),
    "formula": b"=cmd|calc!A0.py",
    "markup": b"<script>alert(1)</script>".replace(b"/", b"_") + b".py",
    "long": b"n" * 250 + b".py",
    "dots": b"...py",
    "extra-undecodable": b"kim/\xff.py",
    "extra-escape": b"lee/\x1b[2Jmore.py",
    "only-undecodable": b"max/\xff.py",
    "upper": b"nia.PY",
}


@pytest.fixture(scope="module")
def grades(
    slope: Lab,
    engine: LocalEngine,
    grade_folder: Callable[[Lab, LocalEngine, Path], dict[str, Grade]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Grade]:
    """Grade a right submission under every odd name."""
    folder = os.fsencode(tmp_path_factory.mktemp("odd"))
    for entry in (*ENTRIES.values(), b"kim/slope.py", b"lee/slope.py", b"zoe.py"):
        path = os.path.join(folder, entry)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(RIGHT.read_bytes())
    return grade_folder(slope, engine, Path(os.fsdecode(folder)))


def test_every_entry_gets_a_line(grades: dict[str, Grade]) -> None:
    assert len(grades) == len(ENTRIES) + 1


def test_lines_are_clean(grades: dict[str, Grade]) -> None:
    for grade in grades.values():
        line = json.loads(to_json_said(grade))
        texts = [line["student"], line["message"], *line["notes"]]
        categories = {unicodedata.category(character) for text in texts for character in text}
        assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}, texts


def test_an_honest_neighbour_keeps_full_marks(grades: dict[str, Grade]) -> None:
    assert grades["zoe"].score == 10.0
