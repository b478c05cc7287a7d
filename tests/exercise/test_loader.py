"""A wrong spec is refused by a SpecError that names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.errors import CourseError, SpecError
from autograder.exercise.loader import load_exercise
from autograder.grading.lab import load_lab

from .specs import FIELDS, spec_text, write_spec

OWN, ISOLATED = "Variation(name='own'%s)", "Variation(name='isolated', isolated=True)"


def own(more: str) -> str:
    """Return variations in which the own one has further fields."""
    return f"({OWN % f', {more}'}, {ISOLATED})"


WRONG_VALUES = [
    ("lab", "'Line'", "lab"),
    ("lab", "'a line'", "lab"),
    ("lab", "'../line'", "lab"),
    ("lab", "''", "lab"),
    ("lab", "3", "lab"),
    ("lab", "'other'", "lab"),
    ("data", "{}", "data"),
    ("objective", "0.5", "objective"),
    ("start", "{}", "start"),
    ("learning_rate", "0", "learning_rate"),
    ("learning_rate", "-0.1", "learning_rate"),
    ("learning_rate", "float('nan')", "learning_rate"),
    ("learning_rate", "float('inf')", "learning_rate"),
    ("learning_rate", "'fast'", "learning_rate"),
    ("iterations", "0", "iterations"),
    ("iterations", "2.0", "iterations"),
    ("iterations", "True", "iterations"),
    ("public_seeds", "()", "public_seeds"),
    ("public_seeds", "[1]", "public_seeds"),
    ("public_seeds", "('1',)", "public_seeds"),
    ("public_seeds", "1", "public_seeds"),
    ("hidden_seeds", "()", "hidden_seeds"),
    ("hidden_seeds", "(2.0,)", "hidden_seeds"),
    ("hidden_seeds", "(1, 20)", "hidden_seeds"),
    ("variations", "()", "variations"),
    ("variations", f"({ISOLATED},)", "variations"),
    ("variations", f"({OWN % ''},)", "variations"),
    ("variations", f"({OWN % ''}, {OWN % ''}, {ISOLATED})", "variations"),
    ("variations", own("start={'v': 1.0}"), "variations['own'].start"),
    ("variations", own("learning_rate=0.0"), "variations['own'].learning_rate"),
    ("variations", own("learning_rate='slow'"), "variations['own'].learning_rate"),
    ("variations", own("calls=()"), "variations['own'].calls"),
    ("variations", own("calls=(2, 0)"), "variations['own'].calls"),
    ("variations", own("calls=(2.5,)"), "variations['own'].calls"),
    ("points", "{}", "points"),
    ("points", "{'foreward': 1}", "points"),
    ("points", "{'forward': 0}", "points['forward']"),
    ("points", "{'forward': -1}", "points['forward']"),
    ("points", "{'forward': float('nan')}", "points['forward']"),
    ("points", "{'forward': '2'}", "points['forward']"),
    ("tolerances", "{'foreward': Tolerance(rtol=1.0, atol=1.0)}", "tolerances['foreward']"),
    ("tolerances", "{'forward': 1e-3}", "tolerances['forward']"),
    ("tolerances", "{'forward': Tolerance(rtol=-1.0, atol=0.0)}", "tolerances['forward'].rtol"),
    ("tolerances", "{'forward': Tolerance(rtol=0.0, atol=-1.0)}", "tolerances['forward'].atol"),
    (
        "tolerances",
        "{'forward': Tolerance(rtol=0.0, atol=float('nan'))}",
        "tolerances['forward'].atol",
    ),
    ("tolerances", "{'forward': Tolerance(rtol='1', atol=0.0)}", "tolerances['forward'].rtol"),
]
WRONG_TYPES = [
    ("start", "3.0", "start"),
    ("start", "{'w': 'ten', 'b': 0.0}", "start['w']"),
    ("start", "{'w': float('nan'), 'b': 0.0}", "start['w']"),
    ("variations", "3", "variations"),
    ("variations", "('own', 'isolated')", "variations"),
    ("variations", own("calls=3"), "variations['own'].calls"),
    ("variations", own("start={'w': None}"), "variations['own'].start"),
    ("points", "3", "points"),
    ("tolerances", "1e-3", "tolerances"),
    ("contract", "'Functions'", "contract"),
    ("inert", "'plot'", "inert"),
    ("title", "3", "title"),
]
AMBIGUOUS = [
    ("public_seeds", "(1, 1)", "public_seeds"),
    ("variations", f"(Variation(name='public-1'), {ISOLATED})", "variations"),
]
MISSPELT = [
    ("variations", own("rate=0.1"), "rate"),
    ("variations", "(Variation(isolated=True),)", "name"),
    ("tolerances", "{'forward': Tolerance(rtol=1e-3)}", "atol"),
    ("tolerances", "{'forward': Tolerance(atol=1e-3)}", "rtol"),
    ("learningrate", "0.1", "learningrate"),
]


def refusal(folder: Path, field: str, value: str | None) -> tuple[Path, SpecError]:
    """Load the lab with one field changed; return the spec's path and what was raised."""
    path = write_spec(folder, spec_text({field: value}))
    with pytest.raises(SpecError) as caught:
        load_exercise(path)
    return path, caught.value


def test_the_unchanged_spec_loads(tmp_path: Path) -> None:
    exercise = load_exercise(write_spec(tmp_path, spec_text()))
    assert (exercise.lab, exercise.max_score) == ("line", 5.0)


@pytest.mark.parametrize(("field", "value", "key"), WRONG_VALUES)
def test_a_wrong_value_is_refused_with_file_and_key(
    tmp_path: Path, field: str, value: str, key: str
) -> None:
    path, error = refusal(tmp_path, field, value)
    assert error.key == key
    assert str(error).startswith(f"{path}: {key}: ")


@pytest.mark.parametrize(("field", "value", "key"), WRONG_TYPES)
def test_a_value_of_a_wrong_type_is_refused_with_file_and_key(
    tmp_path: Path, field: str, value: str, key: str
) -> None:
    path, error = refusal(tmp_path, field, value)
    assert str(error).startswith(f"{path}: {key}")


@pytest.mark.parametrize(("field", "value", "key"), AMBIGUOUS)
def test_two_scenarios_of_one_id_are_refused(
    tmp_path: Path, field: str, value: str, key: str
) -> None:
    path, error = refusal(tmp_path, field, value)
    assert str(error).startswith(f"{path}: {key}: ")


@pytest.mark.parametrize(("field", "value", "key"), MISSPELT)
def test_an_argument_missing_or_unknown_is_named(
    tmp_path: Path, field: str, value: str, key: str
) -> None:
    path, error = refusal(tmp_path, field, value)
    assert error.key == key
    assert str(path) in str(error)


@pytest.mark.parametrize(
    "field", [f for f in FIELDS if f not in ("tolerances", "contract", "inert")]
)
def test_a_field_left_out_is_named(tmp_path: Path, field: str) -> None:
    path, error = refusal(tmp_path, field, None)
    assert error.key == field
    assert str(error).startswith(f"{path}: {field}: ")


@pytest.mark.parametrize("field", ["tolerances", "contract", "inert"])
def test_a_field_with_a_default_may_be_left_out(tmp_path: Path, field: str) -> None:
    load_exercise(write_spec(tmp_path, spec_text({field: None})))


@pytest.mark.parametrize("text", ["x = 1\n", "exercise = {'lab': 'line'}\n"])
def test_a_file_without_an_exercise_is_refused(tmp_path: Path, text: str) -> None:
    path = write_spec(tmp_path, text)
    with pytest.raises(SpecError, match="must define exercise") as caught:
        load_exercise(path)
    assert str(caught.value).startswith(f"{path}: exercise: ")


def test_a_lab_in_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'line', but the folder is named 'slope'"):
        load_exercise(write_spec(tmp_path, spec_text(), lab="slope"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\nexercise =", "line 2: SyntaxError"),
        ("x = 0\n1 / x\n", "line 2: ZeroDivisionError"),
        ("len(3)\n", "line 1: TypeError"),
        ("from autograder.exercise import Nothing\n", "line 1: ImportError"),
    ],
)
def test_a_file_that_raises_is_named_with_line_and_what_it_raised(
    tmp_path: Path, text: str, words: str
) -> None:
    path = write_spec(tmp_path, text)
    with pytest.raises(CourseError) as caught:
        load_exercise(path)
    assert str(caught.value).startswith(f"{path}: {words}: ")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "learningrate",
            "0.1",
            "learningrate: is not a key of Exercise(…); did you mean learning_rate?",
        ),
        ("colour", "1", "colour: is not a key of Exercise(…); use one of lab, title, "),
        ("title", None, "title: is missing; Exercise(…) needs it"),
        (
            "variations",
            own("calling=(1,)"),
            "calling: is not a key of Variation(…); did you mean calls?",
        ),
        (
            "tolerances",
            "{'forward': Tolerance(rtol=1.0)}",
            "atol: is missing; Tolerance(…) needs it",
        ),
        (
            "contract",
            "Functions(forwards=('f',))",
            "contract.forwards: is not a key of Functions or Module",
        ),
        (
            "contract",
            "Module()",
            "contract.model_class: is missing; Functions or Module(…) needs it",
        ),
    ],
)
def test_an_argument_that_does_not_fit_is_told_with_what_to_do(
    tmp_path: Path, field: str, value: str | None, message: str
) -> None:
    path, error = refusal(tmp_path, field, value)
    assert str(error).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("objective", "problem"),
    [
        ("lambda parameters, data: parameters['slope']", "raised KeyError: 'slope'"),
        (
            "lambda parameters, data: data['Y']",
            r"must return a tensor with one number, not shape \(6, 1\)",
        ),
        ("lambda parameters, data: 1.0", r"must return a tensor with one number, not 1\.0"),
    ],
)
def test_an_objective_that_gives_no_number_is_refused(
    tmp_path: Path, objective: str, problem: str
) -> None:
    path = write_spec(tmp_path, spec_text({"objective": objective}))
    (path.parent / "line.py").write_text("pass\n", encoding="utf-8")
    with pytest.raises(SpecError, match=f"objective: {problem}"):
        load_lab(Course(tmp_path), "line")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"exercise\.py: no such file"):
        load_exercise(tmp_path / "exercise.py")


@pytest.mark.parametrize(
    "data",
    [
        "lambda generator: 1 / 0",
        "lambda generator: {'X': torch.ones(2, 1)}",
        "lambda generator: {'X': torch.ones(2, 1), 'Y': [1.0, 2.0]}",
        "lambda generator: {'X': torch.ones(2, 1), 'Y': torch.ones(2, 1), 'rows': 2}",
        "lambda generator: None",
    ],
)
def test_data_that_cannot_be_drawn_is_refused_with_file_and_key(tmp_path: Path, data: str) -> None:
    path = write_spec(tmp_path, spec_text({"data": data}))
    (path.parent / "line.py").write_text("pass\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_lab(Course(tmp_path), "line")
    assert caught.value.key == "data"
    assert str(caught.value).startswith(f"{path}: data: ")
