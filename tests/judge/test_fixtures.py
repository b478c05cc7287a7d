"""What an author's files make is handed over, and what breaks in them is the author's error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.errors import CourseError, SpecError
from autograder.exercise import Function, Object, call, construct, fixture, kept
from autograder.exercise.fixtures import MOST_BYTES
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import make_plan
from autograder.exercise.spec import Exercise
from autograder.judge.judge import Judge, require_full_marks
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import Loading, ScriptRecord, StepRecord
from autograder.protocol.value import Made
from autograder.words.catalogue import say
from autograder.worker import workshop
from tests.parts import BUDGET, Grade, grader, lab, lost, trace_of

VOCAB = """
from __future__ import annotations
import dataclasses
SPECIAL = ["<pad>"]
def half(x):
    return x / 2
@dataclasses.dataclass
class Vocab:
    words: list[str]
    def __post_init__(self):
        self.ids = {word: at for at, word in enumerate(SPECIAL + self.words)}
    def __getitem__(self, word):
        return self.ids[word]
class Counter:
    def __init__(self):
        self.count = 0
    def step(self):
        self.count += 1
        return self.count
"""
ENCODE = Function(
    "encode",
    draw=lambda source: (
        fixture("vocab.py:Vocab", ["a", "b", "c"]),
        [str(word) for word in source.numpy.choice(["a", "b", "c"], size=6)],
    ),
    points=1,
)
RIGHT = "def encode(vocab, words):\n    return [vocab[word] for word in words]\n"


def with_files(*parts: Any, vocab: str = VOCAB) -> Exercise:
    return lab(*parts, fixtures={"vocab.py": vocab})


@pytest.fixture(scope="module")
def grade() -> Grade:
    return grader(with_files(ENCODE), RIGHT)


def test_an_object_of_the_authors_is_handed_over(grade: Grade) -> None:
    assert lost(grade("def encode(v, ws):\n    return list(map(v.ids.get, ws))")) == set()
    assert lost(grade(RIGHT.replace("vocab[word]", "vocab[word] - 1"))) == {"encode"}


def test_a_function_is_handed_over_and_a_class_is_made() -> None:
    def draw(source: Any) -> tuple[Any, ...]:
        x = source.numpy.normal(size=3)
        counter = fixture("vocab.py:Counter")
        return fixture("vocab.py:half"), counter, counter.itself(), x

    source = "def use(f, one, kind, x):\n    one.step()\n    return f(x), one.step(), kind().step()"
    grade = grader(with_files(Function("use", draw=draw, points=1)), source)
    assert lost(grade(source)) == set()
    assert lost(grade(source.replace("one.step()\n", "pass\n"))) == {"use"}


def test_each_script_has_a_file_of_its_own(grade: Grade) -> None:
    spoils = RIGHT.replace(
        "return", "import sys\n    type(vocab).__getitem__ = lambda s, w: 0\n    return"
    )
    assert lost(grade(spoils)) == {"encode"}
    once = f"seen = []\n{RIGHT}".replace(
        "    return", "    if not seen:\n        vocab.ids.clear()\n    seen.append(1)\n    return"
    )
    trace = trace_of(with_files(ENCODE), once)
    failed = [name for name, found in trace.scripts.items() if found.steps[0].failure]
    assert failed == ["encode/public-1"]


def test_fixtures_reach_constructors_and_later_steps() -> None:
    def script(source: Any) -> tuple[Any, ...]:
        return (
            construct(fixture("vocab.py:Counter")),
            call("twice").keeping(both=-1),
            call("total", kept("both"), [fixture("vocab.py:half"), source.numpy.normal()]),
        )

    source = """
class Box:
    def __init__(self, counter):
        self.counter = counter
    def twice(self):
        return self.counter.step(), self.counter.step()
    def total(self, both, pair):
        return sum(both) + pair[0](pair[1])
"""
    grade = grader(with_files(Object("Box", script=script, points=1)), source)
    assert lost(grade(source.replace("sum(both)", "max(both)"))) == {"Box"}


@pytest.mark.parametrize(
    ("broken", "line", "raised"),
    [
        (VOCAB.replace("SPECIAL + self.words", "SPECIAL / self.words"), 11, "TypeError"),
        (f"{VOCAB}\n1 / 0\n", 21, "ZeroDivisionError"),
        (f"{VOCAB}\nraise SystemExit(3)\n", 21, "SystemExit"),
        (VOCAB.replace("words: list[str]", "pass"), None, "TypeError"),
    ],
)
def test_what_breaks_in_a_file_is_the_authors_error(
    broken: str, line: int | None, raised: str
) -> None:
    exercise = with_files(ENCODE, vocab=broken)
    trace = trace_of(exercise, RIGHT)
    judge = Judge(make_plan(exercise), trace)
    place = rf"fixtures/vocab\.py{f', line {line}' if line else ''}: .*{raised}"
    with pytest.raises(CourseError, match=place):
        require_full_marks(judge.judge(trace), "reference")


def test_where_a_students_call_breaks_a_file_the_reference_says_its_line() -> None:
    exercise = with_files(ENCODE)
    trace = trace_of(exercise, RIGHT.replace("vocab[word]", "vocab['z']"))
    failure = trace.scripts["encode/public-1"].steps[0].failure
    assert failure is not None
    assert failure.text == "KeyError: 'z' (vocab.py, line 13)"
    assert (failure.cell, failure.line) == (None, 5)


def test_a_file_that_breaks_for_a_student_alone_is_looked_at_by_a_person(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "ModuleType", None)
    verdict = grade(RIGHT)
    (found,) = verdict.checks
    assert (found.outcome, found.points) == ("error", 0.0)
    assert verdict.review


def test_a_call_with_a_fixture_is_told_in_words(grade: Grade) -> None:
    (found,) = grade(RIGHT.replace("vocab[word]", "0")).checks
    assert found.outcome == "failed"
    assert "returns" in say(found.message)


def test_files_travel_only_where_a_script_needs_them() -> None:
    needed = make_plan(with_files(ENCODE))
    assert set(needed.fixtures) == {"vocab.py"}
    assert make_plan(with_files(Function("f", draw=lambda s: 1.5, points=1))).fixtures == {}


def test_a_child_cannot_ask_for_files() -> None:
    exercise = with_files(ENCODE)
    job = make_plan(exercise).job("lab.py", b"", BUDGET)
    script = job.scripts[0]
    record = ScriptRecord(
        id=script.id,
        phase=script.phase,
        steps=(StepRecord(value=Made(file="vocab.py", name="half")),),
    )
    sent = encode_frame(Loading()) + encode_frame(record)
    found = assemble(job, sent, ending="done")
    assert found.scripts == {}
    assert "only an author may" in found.detail


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("vocab.py", "must be written as 'file.py:name'"),
        ("../vocab.py:Vocab", "must be written as"),
        ("words.py:Vocab", r"there is no fixtures/words\.py; there are vocab\.py"),
        ("vocab.py:Words", r"fixtures/vocab\.py defines no Words"),
    ],
)
def test_what_is_not_there_is_told_before_anything_runs(where: str, problem: str) -> None:
    part = Function("f", draw=lambda source: fixture(where), points=1)
    with pytest.raises(SpecError, match=problem):
        make_plan(with_files(part))


SPEC = """\
from autograder.exercise import Exercise, Function, fixture
exercise = Exercise(
    lab="parts", title="Parts", public_seeds=(1,), hidden_seeds=(2,),
    parts=(Function("f", draw=lambda source: fixture("vocab.py:half"), points=1),),
)
"""


def loaded(folder: Path, files: dict[str, bytes]) -> Exercise:
    path = folder / "parts" / "exercise.py"
    (path.parent / "fixtures").mkdir(parents=True)
    path.write_text(SPEC)
    for name, data in files.items():
        (path.parent / "fixtures" / name).write_bytes(data)
    return load_exercise(path)


def test_the_folder_is_read_with_the_spec(tmp_path: Path) -> None:
    exercise = loaded(tmp_path, {"vocab.py": VOCAB.encode(), "notes.txt": b"for people"})
    assert make_plan(exercise).fixtures == {"vocab.py": VOCAB}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"x = 1\ndef half(x:\n", r"fixtures/vocab\.py: line 2"),
        (b"x = '\xff'\n", "is not text in UTF-8"),
        (b"#" * (MOST_BYTES + 1), "at most 200 kB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        loaded(tmp_path, {"vocab.py": data})


def test_values_of_numpy_in_a_fixture_are_as_drawn() -> None:
    part = Function(
        "f", draw=lambda source: fixture("vocab.py:Vocab", source.numpy.normal(size=2)), points=1
    )
    (value,) = make_plan(with_files(part)).scripts[0].script.steps[0].arguments
    assert isinstance(value, Made)
    assert value.arguments[0].dtype == "f8"  # type: ignore[union-attr]
