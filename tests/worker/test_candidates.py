"""One rule says which of the files that were handed in is meant; all of them are only bytes before."""

from __future__ import annotations

import importlib
import importlib.util
import io
import itertools
import json
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.grading.lab import load_lab
from autograder.protocol.job import Functions, Module, names_by_role
from autograder.worker.archive import MOST_BYTES
from autograder.worker.candidates import put_modules
from autograder.worker.cells import read_document
from autograder.worker.survey import stem_of, survey
from tests.shared import TRAINED

from .handed_in import SOLVED, STUB, Data, chosen, codes, of_lab, packed, refused, said
from .observation import CRITERION, FORWARD, notebook

ROOT = Path(__file__).resolve().parents[2]
PAGE = of_lab("slope", *STUB.split("\n\n"))
PARTLY = f"{FORWARD}\n{STUB[STUB.index('def criterion') :]}"
OTHER = SOLVED.replace("w * x", "w * x + 1")
HELPER = "def helper(x):\n    return x\n"


@pytest.mark.parametrize(
    ("meant", "other", "code"),
    [
        (("slope.py", SOLVED), ("slope.ipynb", PAGE), "chosen-worked"),
        (("homework.ipynb", notebook(SOLVED)), ("slope.py", STUB), "chosen-worked"),
        (("homework.ipynb", notebook(SOLVED)), ("utils.py", HELPER), "chosen-worked"),
        (("slope.ipynb", PAGE), ("utils.py", HELPER), "chosen-defines"),
        (("slope.ipynb", PAGE), ("slope.py", STUB), "chosen-name"),
        (("slope.py", STUB), ("homework.py", STUB), "chosen-name"),
        (("slope.py", SOLVED), ("slope (1).py", SOLVED), "chosen-name"),
        (("b.ipynb", of_lab("slope", SOLVED)), ("a.ipynb", PAGE), "chosen-lab"),
        (("z.py", SOLVED), ("line.py", SOLVED), "chosen-lab"),
        (("z.py", SOLVED), ("a.ipynb", of_lab("line", SOLVED)), "chosen-lab"),
        (("z.py", STUB), ("a.ipynb", of_lab("line", SOLVED)), "chosen-lab"),
    ],
)
def test_the_file_that_is_meant_is_chosen_whatever_the_order(
    meant: tuple[str, Data], other: tuple[str, Data], code: str
) -> None:
    for files in ([meant, other], [other, meant]):
        found = chosen(dict(files))
        assert found.name == meant[0]
        assert (found.worked, found.lab) == (1, "")
        assert codes(found) == [code]
        assert other[0] in said(found)


@pytest.mark.parametrize(
    ("meant", "other"),
    [
        ({"b.py": SOLVED}, {"a.py": PARTLY}),  # defines more than a stub of more
        ({"b.py": f"{FORWARD}\n{CRITERION}"}, {"a.py": FORWARD}),
        ({"b.ipynb": of_lab("slope", FORWARD)}, {"a.py": SOLVED}),  # says that it is of this lab
        ({"slope.py": SOLVED}, {"a.py": OTHER}),  # is named so
    ],
)
def test_of_two_that_were_worked_in_both_are_told_and_a_person_is_asked(
    meant: dict[str, Data], other: dict[str, Data]
) -> None:
    files = {**other, **meant}
    (first,), (second,) = meant, other
    for choice, name in enumerate((first, second)):
        found = chosen(files, choice=choice)
        assert (found.name, found.worked) == (name, 2)
        assert codes(found) == ["several-worked"]
        assert f"{first} and {second} both contain work" in said(found)
        assert said(found).endswith(f"{name} is better, so it counts")


def test_of_equal_ones_the_one_handed_in_later_comes_first() -> None:
    files: dict[str, Data] = {"a.py": SOLVED, "b.py": OTHER}
    assert chosen(files).name == "a.py"
    assert chosen(files, times={"a.py": 5.0, "b.py": 6.0}).name == "b.py"
    same: dict[str, Data] = {"a.py": STUB, "b.py": STUB}
    assert codes(chosen(same, times={"a.py": 5.0, "b.py": 6.0})) == ["chosen-later"]


@pytest.mark.parametrize(
    "files",
    [
        {"slope.ipynb": notebook(SOLVED), "slope.py": SOLVED.replace("\n\n", "\n# more\n\n")},
        {
            "slope.ipynb": notebook("from work import *\nfrom work import forward"),
            "work.py": SOLVED,
        },
        {"slope.py": SOLVED, "try_it.py": "from slope import forward, criterion, train_model"},
        {"slope.py": SOLVED, "line.py": OTHER},
        {"slope.py": SOLVED, "other.ipynb": of_lab("line", OTHER)},
        {"slope.py": SOLVED, "slope.ipynb": PAGE},
        {"slope.py": SOLVED, "slope (1).py": SOLVED},
    ],
    ids=["an export", "a module", "a try", "named", "another lab", "the page", "a copy"],
)
def test_what_is_no_rival_is_not_run(files: dict[str, Data]) -> None:
    assert chosen(files).worked == 1


@pytest.mark.parametrize("lab", TRAINED)
@pytest.mark.parametrize("suffix", [".ipynb", ".py"])
def test_nobody_worked_in_what_students_receive(lab: str, suffix: str) -> None:
    contract = load_lab(Course(ROOT), lab).plan.exercise.contract
    path = ROOT / "assignments" / lab / f"{lab}{suffix}"
    found = survey(read_document(path.name, path.read_bytes()), names_by_role(contract))
    assert found.worked == frozenset()
    assert found.stubs > 0
    reference = ROOT / "reference" / lab / f"{lab}.py"
    found = survey(read_document("x.py", reference.read_bytes()), names_by_role(contract))
    assert found.worked == found.defined == frozenset({"forward", "criterion", "train_model"})


@pytest.mark.parametrize(
    ("source", "worked"),
    [
        ("forward = lambda x: w * x", {"forward"}),
        ("criterion = nn.MSELoss()", {"criterion"}),
        ("from mine import train as train_model", {"train_model"}),
        ("if True:\n    def forward(x):\n        return x", {"forward"}),
        ("try:\n    1\nexcept ValueError:\n    def forward(x):\n        return x", {"forward"}),
        ("@torch.no_grad()\ndef forward(x):\n    return x", {"forward"}),
        ("def forward(x):\n    a = 1\n    return a\n    raise NotImplementedError", {"forward"}),
        ("def forward(x):\n    pass", set()),
        ("def forward(x):\n    ...", set()),
        ("def forward(x):\n    '''Doc.'''\n    raise NotImplementedError", set()),
        ("forward = None", set()),
        ("class A:\n    def forward(self, x):\n        return x", set()),
        ("def f():\n    def forward(x):\n        return x", set()),
        ("%time\n!ls\ndef forward(x):\n    return x\nprint x", {"forward"}),
    ],
)
def test_what_is_worked_in_is_seen_without_running_it(source: str, worked: set[str]) -> None:
    document = read_document("slope.py", source.encode())
    assert survey(document, names_by_role(Functions())).worked == worked


def test_a_model_made_of_the_page_s_own_class_is_no_work() -> None:
    stub = "class Net:\n    def __init__(self):\n        raise NotImplementedError\nmodel = Net()"
    for source, worked in (
        (stub, set()),
        ("class Net:\n    def forward(self, x):\n        return x\nmodel = Net()", {"forward"}),
        ("net = nn.Linear(1, 1)", {"forward"}),
    ):
        document = read_document("slope.py", source.encode())
        assert survey(document, names_by_role(Module(model_class=("Net",)))).worked == worked


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("slope.ipynb", "slope"),
        ("Slope.PY", "slope"),
        ("a/b/slope.ipynb.json", "slope"),
        ("slope (1).ipynb", "slope"),
        ("slope(12).ipynb", "slope"),
        ("slope-Copy1.ipynb", "slope"),
        ("slope_copy.py", "slope"),
        ("slope copy 2.ipynb", "slope"),
        ("slope - Kopie.ipynb", "slope"),
        ("slope-2.py", "slope"),
        ("wide_line.py", "wide_line"),
        ("slope_v2.py", "slope_v2"),
        ("my_slope.py", "my_slope"),
    ],
)
def test_a_copy_has_the_name_of_what_it_is_a_copy_of(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    ("name", "data", "lab"),
    [
        ("slope.ipynb", of_lab("line", SOLVED), "line"),
        ("line.ipynb", of_lab("slope", SOLVED), ""),
        ("line.py", SOLVED, "line"),
        ("Line (1).py", SOLVED, "line"),
        ("wide_line-Copy1.ipynb", notebook(SOLVED), "wide_line"),
        ("my_line.py", SOLVED, ""),
        ("line_slope.py", SOLVED, ""),
        ("homework.py", SOLVED, ""),
        ("slope.ipynb", of_lab("slope", SOLVED), ""),
    ],
)
def test_a_file_that_says_to_be_of_another_lab_is_told_from_others(
    name: str, data: str, lab: str
) -> None:
    assert chosen({name: data}).lab == lab


def test_a_lab_that_the_course_does_not_have_is_only_told() -> None:
    found = chosen({"slope.ipynb": of_lab("elsewhere", SOLVED)})
    assert (found.lab, codes(found)) == ("", ["lab-unknown"])
    assert "elsewhere" in said(found)


ZIPPED: list[dict[str, Data]] = [
    {"slope.ipynb": notebook(SOLVED)},
    {"hw/deep/slope.ipynb": notebook(SOLVED), "hw/data.csv": "1", "__MACOSX/hw/._slope.ipynb": "x"},
    {"slope.py": SOLVED, ".hidden.py": "x", "hw/.ipynb_checkpoints/slope.ipynb": PAGE},
    {"hw\\slope.py": SOLVED},
    {"aufgabe ü/slope.py": SOLVED},
    {"slope.py": SOLVED, "../evil.py": SOLVED, "/etc/evil.py": SOLVED, "C:/evil.py": SOLVED},
    {"slope.py": SOLVED, "more.zip": packed({"slope.py": OTHER})},
    {"slope.py": SOLVED, "data.csv": "1" * (MOST_BYTES + 1)},
]


@pytest.mark.parametrize("name", ["slope.zip", "slope.ipynb"])
@pytest.mark.parametrize("files", ZIPPED, ids=range(len(ZIPPED)))
def test_a_zip_of_the_one_file_is_read_with_a_note(files: dict[str, Data], name: str) -> None:
    found = chosen({name: packed(files)})
    assert found.cells[0].source == SOLVED
    assert found.worked == 1
    assert "file-zipped" in codes(found)
    assert found.modules == ()


def test_files_of_a_zip_and_others_are_chosen_among_alike() -> None:
    found = chosen({"slope.zip": packed({"mine.py": SOLVED}), "slope.py": STUB})
    assert found.name == "slope.zip/mine.py"
    assert codes(found) == ["file-zipped", "chosen-worked"]


def linked() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("slope.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def locked() -> bytes:
    data = bytearray(packed({"slope.py": SOLVED}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying() -> bytes:
    """Return a zip whose file is another than it says."""
    data = bytearray(packed({"slope.py": "x = 1\n" * 1000}))
    data[data.rindex(b"PK\x01\x02") + 16] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed({"slope.py": "#" * (MOST_BYTES + 1)}), "more than 10 MB"),
        (packed({f"{n}.py": "#" * 1_000_000 for n in range(12)}), "more than 10 MB"),
        (packed({}), "contains nothing"),
        (packed({"more.zip": packed({"slope.py": SOLVED})}), "a zip file in a zip file"),
        (packed({"../slope.py": SOLVED}), "contains nothing"),
        (linked(), "contains nothing"),
        (locked(), "a password"),
        (lying(), "damaged"),
        (packed({"slope.py": SOLVED})[:60], "damaged"),
        (packed({"hw/report.pdf": "%PDF-1"}), "slope.zip/hw/report.pdf: a PDF"),
    ],
    ids=range(10),
)
def test_a_zip_that_cannot_be_used_is_named(data: bytes, words: str) -> None:
    text = refused({"slope.zip": data})
    assert text.startswith("slope.zip")
    assert words in text


def test_no_more_than_twenty_files_are_taken_out_of_a_zip() -> None:
    files: dict[str, Data] = {f"{number:02}.py": f"x = {number}" for number in range(30)}
    found = chosen({"slope.zip": packed(files)})
    assert len(found.modules) == 19


def test_what_cannot_be_read_beside_what_can_is_told() -> None:
    found = chosen({"slope.ipynb": "{broken", "slope.py": SOLVED})
    assert found.name == "slope.py"
    assert "slope.ipynb: a notebook that is cut off" in said(found)


def test_what_defines_nothing_is_not_run_in_the_place_of_what_cannot_be_read() -> None:
    text = refused({"slope.ipynb": "{broken", "utils.py": HELPER})
    assert "slope.ipynb: a notebook that is cut off" in text
    assert "utils.py: defines none of the lab's functions" in text


def test_every_file_that_cannot_be_used_is_named() -> None:
    text = refused({"report.pdf": b"%PDF", "photo.jpg": b"\xff\xd8\xff", "notes.txt": "Hi there"})
    assert all(name in text for name in ("report.pdf: a PDF", "photo.jpg: a picture", "notes.txt"))


@pytest.fixture
def imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to put modules into; whatever is imported is forgotten again."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.mark.parametrize(
    ("name", "beside"), [("slope.ipynb", ""), ("hw/slope.ipynb", "hw/"), ("hw/slope.ipynb", "")]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_other_modules_are_found_from_the_file_s_own_folder(
    imports: Path, name: str, beside: str, zipped: bool
) -> None:
    files: dict[str, Data] = {
        name: notebook(SOLVED),
        f"{beside}own_tools.py": "x = 'ü'".encode("utf-16"),
        f"{beside}own_helpers/__init__.py": "y = 2",
        f"{beside}own_helpers/inner.py": "z = 3",
    }
    put_modules(chosen({"all.zip": packed(files)} if zipped else files).modules, imports)
    assert importlib.import_module("own_tools").x == "ü"
    assert importlib.import_module("own_helpers.inner").z == 3


def test_modules_come_after_the_installed_ones(imports: Path) -> None:
    files: dict[str, Data] = {"slope.py": SOLVED, "msgspec.py": "x = 1", "this.py": "x = 1"}
    put_modules(chosen(files).modules, imports)
    assert sys.path[-1] == str(imports)
    assert importlib.util.find_spec("this").origin != str(imports / "this.py")


def test_no_module_is_written_outside_of_the_folder(imports: Path) -> None:
    inside = imports / "inside"
    inside.mkdir()
    names = ("../evil.py", "/tmp/evil.py", "a/../../e.py", "a\0b.py", "./../x.py")
    put_modules(chosen({"slope.py": SOLVED, **dict.fromkeys(names, "x = 1")}).modules, inside)
    assert [path for path in imports.rglob("*") if path.is_file()] == []


def test_metadata_that_are_hostile_break_nothing() -> None:
    whole = json.loads(notebook(SOLVED))
    for odd in ("\ud800", "x" * 10_000, {"a": 1}, None, "../../etc"):
        whole["metadata"] = {"autograder": {"lab": odd}, "kernelspec": {"language": odd}}
        found = chosen({"slope.ipynb": json.dumps(whole)})
        assert found.lab == ""
        assert all(len(value) <= 300 for note in found.notes for value in note.values.values())
        said(found).encode()


def test_the_choice_is_the_same_in_every_order() -> None:
    files: dict[str, Data] = {"a.py": OTHER, "slope.ipynb": PAGE, "b.py": SOLVED, "c.py": HELPER}
    found = [chosen(dict(order)) for order in itertools.permutations(files.items())]
    assert {(one.name, one.worked) for one in found} == {("a.py", 2)}
