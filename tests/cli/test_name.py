"""From a group that no mistake explains to a name that all of it are told, and nothing runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from autograder.engines.engine import Work
from autograder.engines.pool import LocalEngine
from autograder.sandbox.message import Report
from tests.shared import learn, mutants_kept, one_engine

from .command import ROOT, Finished
from .inside import run_inside

SOURCE = """\
# {who} wrote this
\"\"\"Lab of {who}.\"\"\"
import torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    "Mine: {who}."
    return w * x  # {who}

def criterion(yhat, y):
    return {criterion}

def train_model(n):
    for {name} in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        {update}
        w.grad.zero_()
"""
CUBED = "w.data = w.data - lr * w.grad.data ** 3 / 100"
BENT = "w.data = w.data - lr * torch.atan(w.grad.data) * 3"
RIGHT = "w.data = w.data - lr * w.grad.data"
MEAN = "torch.mean((yhat - y) ** 2)"
SAYS, HINT = "Your step takes the cube of the gradient.", "What does the page's rule say?"
NAMING = ("--id", "gradient-cubed", "--says", SAYS, "--hint", HINT)


class Counted:
    """An engine that counts what it runs."""

    def __init__(self, engine: LocalEngine) -> None:
        self.level, self.notes, self.start = engine.level, engine.notes, engine.start
        self._policy, self._entry = engine._policy, engine._entry
        self._engine = engine
        self.jobs = 0

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        def counted() -> Iterator[Work]:
            for job in jobs:
                self.jobs += 1
                yield job

        return self._engine.run(counted())


class Room:
    """A course of one lab, a class, and the program in this process."""

    def __init__(self, root: Path, engine: LocalEngine) -> None:
        self.root = root
        self.engine = Counted(engine)
        self.weak = ("--allow-weak-isolation",) if engine.level == "none" else ()
        self.lab = root / "reference" / "slope"

    def make(self, bank: Path) -> None:
        self.lab.mkdir(parents=True)
        for name in ("exercise.py", "slope.py"):
            shutil.copy(ROOT / "reference" / "slope" / name, self.lab)
        (self.root / "assignments").symlink_to(ROOT / "assignments")
        learn(self.root / "graded", bank)

    def hand_in(self, number: int, update: str, criterion: str = MEAN, name: str = "_") -> None:
        who = f"student-{number:02}"
        path = self.root / "submitted" / who / "slope" / "slope.py"
        path.parent.mkdir(parents=True)
        text = SOURCE.format(who=who, update=update, criterion=criterion, name=name)
        path.write_text(text, "utf-8")

    def run(self, *arguments: str) -> Finished:
        with one_engine(self.engine):  # type: ignore[arg-type]  # it has what is asked of one
            return run_inside(*arguments, "--course", str(self.root), folder=self.root)

    def grade(self) -> tuple[dict[str, list[str]], int]:
        """Grade; return the ids that each student is told, and how many jobs that took."""
        before = self.engine.jobs
        submitted = str(self.root / "submitted")
        code, out, err = self.run("grade", submitted, "-a", "slope", "--json", *self.weak)
        assert code == 0, err
        self.grades = {one["student"]: one for one in map(json.loads, out.splitlines())}
        told = {who: [d["id"] for d in one["diagnosis"]] for who, one in self.grades.items()}
        return told, self.engine.jobs - before

    def groups(self) -> list[str]:
        code, out, err = self.run("name", "--list", "-a", "slope")
        assert code == 0, err
        return [line.split()[0] for line in out.splitlines()[1:] if not line.startswith("      ")]

    def name(self, *arguments: str) -> Finished:
        return self.run("name", *arguments, "-a", "slope", *self.weak)

    @property
    def file(self) -> Path:
        return self.lab / "rejected" / "group_gradient-cubed.py"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Path:
    """A class in which four do one thing that nobody knows, two another, and some are right."""
    made = Room(tmp_path_factory.mktemp("class") / "room", standard)
    made.make(bank)
    made.hand_in(1, CUBED)
    made.hand_in(2, CUBED, name="epoch")
    made.hand_in(3, "w.data -= lr * w.grad.data ** 3 / 100")
    made.hand_in(4, CUBED, "((yhat - y).pow(2)).sum() / y.numel()")
    made.hand_in(5, BENT)
    made.hand_in(6, BENT, name="k")
    made.hand_in(7, RIGHT)
    made.hand_in(8, RIGHT, MEAN.replace("mean", "sum"))
    made.grade()
    return made.root


@pytest.fixture
def room(graded: Path, tmp_path: Path, standard: LocalEngine) -> Room:
    """The same class, graded, to be named in."""
    root = shutil.copytree(graded, tmp_path / "room", symlinks=True)
    return Room(root, standard)


CUBED_ONES = ["student-01", "student-02", "student-03", "student-04"]


def test_a_group_is_named_once_and_all_of_it_are_told_without_a_job(room: Room) -> None:
    first, second = room.groups()
    code, out, err = room.name(first, *NAMING, "--yes")
    assert code == 0, err
    assert str(room.file) in out
    told, jobs = room.grade()
    assert jobs == 0
    assert told == {
        **{who: ["gradient-cubed"] for who in CUBED_ONES},
        "student-05": [],
        "student-06": [],
        "student-07": [],
        "student-08": ["loss-sum-not-mean"],
    }
    (diagnosis,) = room.grades["student-03"]["diagnosis"]
    assert SAYS in diagnosis["message"]
    assert diagnosis["hint"] == HINT
    assert diagnosis["function"] == "train_model"
    assert room.grades["student-03"]["departure"] == ""
    assert room.groups() == [second]


def test_the_file_has_our_header_first_then_bare_code(room: Room) -> None:
    first, _ = room.groups()
    assert room.name(first, *NAMING, "--yes")[0] == 0
    lines = room.file.read_text("utf-8").split("\n")
    assert lines[:4] == [
        "# fails: loss_decreases, final_parameters, gradient_zeroing",
        "# mistake: gradient-cubed",
        f"# says: {SAYS}",
        f"# hint: {HINT}",
    ]
    marker = next(n for n, line in enumerate(lines) if line.startswith("# ---"))
    below = "\n".join(lines[marker + 1 :])
    assert "#" not in below
    assert "student" not in "\n".join(lines)
    assert "Mine" not in below
    assert "def forward(x):\n    return w * x" in below


def test_a_group_s_digest_stays_and_its_beginning_is_enough(room: Room) -> None:
    before = room.groups()
    with mutants_kept(room.root / "graded"):
        room.run("grade", str(room.root / "submitted"), "-a", "slope", "--fresh", *room.weak)
    assert room.groups() == before
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in before)
    assert room.name(before[0][:5], *NAMING, "--yes")[0] == 0


def test_what_is_new_in_the_class_leaves_the_digest_as_it_was(room: Room) -> None:
    before = room.groups()
    room.hand_in(9, CUBED, name="j")
    room.hand_in(10, RIGHT)
    room.grade()
    assert room.groups() == before
    _, out, _ = room.run("name", "--list")
    assert "slope: 7 submissions without a named mistake, 2 groups" in out
    assert f"{before[0]}  5 submissions, 5/10 points" in out


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "perhaps\n"])
def test_nothing_is_written_without_a_yes(
    answer: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(monkeypatch, answer)
    code, out, err = room.name(room.groups()[0], *NAMING)
    assert code == 1
    assert "    def forward(x):\n        return w * x" in out
    assert "wrote nothing" in err
    assert not room.file.exists()


@pytest.mark.parametrize(("language", "answer"), [("en", "y\n"), ("de", "Ja\n")])
def test_a_yes_writes_what_was_shown(
    language: str, answer: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_LANG", language)
    _answer(monkeypatch, answer)
    code, out, _ = room.name(room.groups()[0], *NAMING)
    assert code == 0
    shown = [line.removeprefix("    ") for line in out.splitlines() if line.startswith("    ")]
    assert [line for line in room.file.read_text("utf-8").splitlines() if line] == shown


def _answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_no_file_is_overwritten(room: Room) -> None:
    room.file.parent.mkdir()
    room.file.write_text("mine", "utf-8")
    code, _, err = room.name(room.groups()[0], *NAMING, "--yes")
    assert code == 1
    assert "exists; choose another id" in err
    assert room.file.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--id", "Gradient Cubed", "--says", SAYS), "--id: 'Gradient Cubed' is not an id"),
        (("--id", "../../evil", "--says", SAYS), "is not an id"),
        (("--id", "no-update", "--says", SAYS), "--id: 'no-update' is taken"),
        (("--id", "gradient-cubed", "--says", "two\nlines"), "--says: has a line break"),
        (("--id", "gradient-cubed", "--says", SAYS, "--hint", "a\x1b[2Jb"), "--hint: has"),
        (("--id", "gradient-cubed", "--says", "x" * 501), "--says: has 501 characters"),
        (("--id", "gradient-cubed", "--says", "  "), "--says: says nothing"),
        (("--says", SAYS), "--id: is missing"),
        (("--id", "gradient-cubed"), "--says: is missing"),
    ],
)
def test_words_that_will_not_do_are_told(arguments: tuple[str, ...], said: str, room: Room) -> None:
    code, _, err = room.name(room.groups()[0], *arguments, "--yes")
    assert code == 1
    assert said in err
    assert not (room.lab / "rejected").exists()


def test_an_id_of_another_file_is_taken(room: Room) -> None:
    first, second = room.groups()
    assert room.name(first, *NAMING, "--yes")[0] == 0
    (room.lab / "rejected" / "group_gradient-cubed.py").rename(room.lab / "rejected" / "cubed.py")
    room.grade()
    code, _, err = room.name(second, *NAMING, "--yes")
    assert code == 1
    assert "'gradient-cubed' is the mistake of" in err
    assert "cubed.py" in err


@pytest.mark.parametrize("group", ["0" * 12, "zz", ""])
def test_a_group_that_is_not_there_is_told(group: str, room: Room) -> None:
    code, _, err = room.name(group, *NAMING, "--yes")
    assert code == 1
    assert "'autograder name --list' shows the groups" in err


def test_a_changed_sentence_is_told_without_a_job(room: Room) -> None:
    room.name(room.groups()[0], *NAMING, "--yes")
    room.grade()
    text = room.file.read_text("utf-8").replace(f"# hint: {HINT}\n", "")
    room.file.write_text(text.replace(SAYS, "Your step is cubed."), "utf-8")
    _, jobs = room.grade()
    assert room.grades["student-01"]["diagnosis"][0]["message"] == "Your step is cubed."
    assert jobs == 0
    room.file.unlink()
    told, jobs = room.grade()
    assert (told["student-01"], jobs) == ([], 0)


def test_a_header_that_is_wrong_ends_the_run_with_its_line(room: Room) -> None:
    room.name(room.groups()[0], *NAMING, "--yes")
    text = room.file.read_text("utf-8")
    room.file.write_text(text.replace("gradient-cubed", "No Id"), "utf-8")
    submitted = str(room.root / "submitted")
    code, _, err = room.run("grade", submitted, "-a", "slope", *room.weak)
    assert code == 1
    assert f"{room.file}:2: " in err


def test_a_student_s_text_can_neither_steer_the_terminal_nor_the_header(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "\x1b]0;owned\x07 \u202e # says: Full marks. \u2028"
    for number in (11, 12, 13, 14, 15):
        room.hand_in(number, f"w.data = w.data - lr * (w.grad + 1); s = {hostile!r}")
        path = room.root / "submitted" / f"student-{number}" / "slope" / "slope.py"
        text = path.read_text("utf-8").replace(repr(hostile), f'"""{hostile}"""')
        path.write_text(f"# says: Mine.\n# mistake: mine\n{text}", "utf-8")
    room.grade()
    code, out, err = room.name(room.groups()[0], *NAMING, "--yes")
    assert code == 0, err
    assert all(sign not in out + err for sign in ("\x1b", "\x07", "\u202e", "\u2028"))
    told, jobs = room.grade()
    assert jobs == 0
    assert told["student-15"] == ["gradient-cubed"]
    assert SAYS in room.grades["student-15"]["diagnosis"][0]["message"]
