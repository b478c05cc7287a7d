"""Functions, classes and variables beside the reference's: right ways pass, wrong ones are told."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import (
    Function,
    Object,
    Variable,
    call,
    construct,
    edge,
    kept,
    load,
    read,
    static,
)
from autograder.exercise.plan import make_plan
from autograder.protocol.job import Budget
from autograder.words.catalogue import say
from tests.parts import Grade, check, grader, lab, lost, trace_of
from tests.worker.conftest import unchanged_process, warm  # noqa: F401  # fixtures

SOFTMAX = """
def softmax(z):
    e = torch.exp(z - z.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1, keepdim=True)
"""
ROWS = Function(
    ("softmax", "my_softmax"),
    draw=lambda source: torch.randn(5, 3, generator=source.torch),
    edges=(edge(torch.tensor([[1000.0, 0.0]]), name="large numbers"),),
    points=3,
    leaves_inputs=1,
)


@pytest.fixture(scope="module")
def softmax() -> Grade:
    return grader(lab(ROWS), SOFTMAX)


RIGHT = [
    "def softmax(z):\n    return torch.softmax(z, 1)",
    "def my_softmax(z):\n    return torch.softmax(z, 1)",
    "softmax = nn.Softmax(dim=1)",
    "softmax = lambda scores: scores.softmax(1)",
    "def softmax(z, temperature=1.0):\n    return torch.softmax(z / temperature, 1)",
    "def softmax(z):\n    return torch.softmax(z.double(), 1)",
    "from torch.nn.functional import softmax as _s\ndef softmax(*z):\n    return _s(*z, dim=1)",
    "class Soft:\n    def __call__(self, z):\n        return torch.softmax(z, 1)\nsoftmax = Soft()",
]


@pytest.mark.parametrize("source", RIGHT)
def test_every_right_way_earns_full_marks(softmax: Grade, source: str) -> None:
    verdict = softmax(source)
    assert (verdict.score, lost(verdict)) == (4.0, set())


WRONG = {
    "def softmax(z):\n    return torch.softmax(z, 0)": "returns ",
    "def softmax(z):\n    return torch.softmax(z, 1).tolist()": "a list, not a tensor",
    "def softmax(z):\n    return torch.softmax(z, 1)[0]": "shape (3,); it should be (5, 3)",
    "def softmax(z):\n    torch.softmax(z, 1)": "returns None, not a tensor",
    "def softmax(z):\n    return z.nonexistent": "softmax raised AttributeError",
    "def softmax():\n    return 1": "cannot be called the way the lab calls it",
    "def softmax(z):\n    raise NotImplementedError": "is not written yet",
    "softmax = 3\ndef my_softmax(z): return z": "returns ",
    "def softmax(z):\n    return print": "cannot be compared",
    "def softmax(z):\n    while True: pass": "was stopped",
    "def softmax(z):\n    import sys\n    sys.exit(3)": "ended the program",
    "def softmax(z):\n    yield z": "iterator",
    "def softmax(z):\n    return torch.softmax(z, 1).half()": "dtype float16",
}


@pytest.mark.parametrize("source", WRONG)
def test_a_wrong_way_is_told_by_what_it_does(softmax: Grade, source: str) -> None:
    verdict = softmax(source)
    found = check(verdict, "softmax")
    assert verdict.score == 0.0
    assert found.function == "softmax"
    assert WRONG[source] in say(found.message)


def test_a_name_that_did_not_run_blames_the_cell(softmax: Grade) -> None:
    verdict = softmax("softmax_ = missing_name\nsoftmax = softmax_\ndef accuracy(): pass")
    assert verdict.score == 0.0
    assert any("missing_name" in say(note) for note in verdict.notes)


def test_only_the_listed_case_fails_and_it_is_called_by_its_name(softmax: Grade) -> None:
    verdict = softmax(
        "def softmax(z):\n    e = torch.exp(z)\n    return e / e.sum(1, keepdim=True)"
    )
    found = check(verdict, "softmax")
    assert say(found.message).startswith(
        "In the case 'large numbers': softmax returns the wrong values"
    )
    assert not any(character.isdigit() for character in say(found.message).split(".")[0])


def test_a_changed_argument_costs_its_own_check_alone(softmax: Grade) -> None:
    verdict = softmax("def softmax(z):\n    z -= z.max()\n    return torch.softmax(z, 1)")
    assert lost(verdict) == {"softmax-leaves_inputs"}
    assert verdict.score == 3.0


def test_a_process_check_earns_nothing_where_the_values_are_wrong(softmax: Grade) -> None:
    verdict = softmax("def softmax(z):\n    return z + 1")
    assert check(verdict, "softmax-leaves_inputs").outcome == "skipped"


def test_state_of_one_script_is_gone_in_the_next() -> None:
    part = Function("count", draw=lambda source: (), points=1)
    grade = grader(lab(part), "n = 0\ndef count():\n    global n\n    n += 1\n    return n")
    assert grade("def count():\n    return 1").score == 1.0


def test_an_expected_exception_is_an_outcome() -> None:
    part = Function(
        "root",
        draw=lambda source: float(source.numpy.uniform(1, 9)),
        edges=(edge(-1.0, raises="ValueError", name="below zero"),),
        points=1,
    )
    right = "def root(x):\n    if x < 0: raise ValueError\n    return x ** 0.5"
    grade = grader(lab(part), right)
    assert grade(right.replace("ValueError", "ValueError('no root')")).score == 1.0
    found = check(grade("def root(x):\n    return abs(x) ** 0.5"), "root")
    assert say(found.message) == "In the case 'below zero': root should raise ValueError here."
    assert grade(right.replace("ValueError", "KeyError")).score == 0.0


@pytest.mark.parametrize("raises", ["", "KeyError"])
def test_a_reference_that_raises_otherwise_than_declared_does_not_earn_full_marks(
    raises: str,
) -> None:
    part = Function("root", edges=(edge(-1.0, raises=raises),), points=1)
    with pytest.raises(AssertionError, match=r"the reference|raised ValueError"):
        grader(lab(part), "def root(x):\n    raise ValueError")


def test_a_result_that_is_cut_off_from_its_graph_fails_where_the_argument_records_one() -> None:
    part = Function(
        "softmax",
        draw=lambda source: torch.randn(4, 3, generator=source.torch).requires_grad_(),
        points=1,
    )
    grade = grader(lab(part), SOFTMAX)
    assert grade("def softmax(z):\n    return torch.softmax(z, 1)").score == 1.0
    cut = check(grade("def softmax(z):\n    return torch.softmax(z, 1).detach()"), "softmax")
    assert "cut off from the computation graph" in say(cut.message)
    half = "def softmax(z):\n    p = torch.softmax(z, 1)\n    return p / 2 + p.detach() / 2"
    assert "gradient does not match the formula" in say(check(grade(half), "softmax").message)


def cached(source: Any) -> tuple[Any, ...]:
    x, w, d = (source.numpy.normal(size=shape) for shape in ((4, 3), (3, 2), (4, 2)))
    return (
        call("affine_forward", x, w).keeping(cache=1),
        call("affine_backward", d, kept("cache")),
    )


AFFINE = """
def affine_forward(x, w):
    return x @ w, {cache}
def affine_backward(d, cache):
    x, w = {unpack}
    return d @ w.T, x.T @ d
"""
PAIR = Function("affine_forward", draw=cached, points={"affine_forward": 1, "affine_backward": 2})


@pytest.fixture(scope="module")
def affine() -> Grade:
    return grader(lab(PAIR), AFFINE.format(cache="(x, w)", unpack="cache"))


def test_what_a_student_keeps_is_the_students_own(affine: Grade) -> None:
    other = AFFINE.format(cache="{'x': x, 'w': w}", unpack="cache['x'], cache['w']")
    assert affine(other).score == 3.0
    opaque = AFFINE.format(cache="(lambda: (x, w))", unpack="cache()")
    assert affine(opaque).score == 3.0


def test_a_mistake_costs_the_step_that_it_is_in(affine: Grade) -> None:
    source = AFFINE.format(cache="(x, w)", unpack="cache")
    assert lost(affine(source.replace("x.T @ d", "x.T @ d / 4"))) == {
        "affine_forward-affine_backward"
    }


def test_a_step_that_cannot_be_tried_says_since_when(affine: Grade) -> None:
    verdict = affine(
        AFFINE.format(cache="(x, w)", unpack="cache").replace(
            "return x @ w", "1/0\n    return x @ w"
        )
    )
    found = check(verdict, "affine_forward-affine_backward")
    assert found.outcome == "skipped"
    assert "affine_forward does not work" in say(found.message)


def layer(source: Any) -> tuple[Any, ...]:
    x, d = source.numpy.normal(size=(4, 3)), source.numpy.normal(size=(4, 2))
    W, b = source.numpy.normal(size=(3, 2)), source.numpy.normal(size=2)
    return (
        construct(W, b),
        call("forward", x),
        call("backward", d),
        read("dLdW", label="backward"),
        static("Linear.name").labelled("name"),
    )


LINEAR = """
class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dLdW = self.x.T @ d
        return d @ self.W.T
    @staticmethod
    def name():
        return "linear"
"""


@pytest.fixture(scope="module")
def linear() -> Grade:
    return grader(
        lab(Object("Linear", script=layer, points={"forward": 1, "backward": 2, "name": 1})), LINEAR
    )


def test_a_class_is_constructed_called_and_read(linear: Grade) -> None:
    assert linear(LINEAR.replace("self.x", "self.kept")).score == 4.0


def test_steps_of_a_class_have_points_of_their_own(linear: Grade) -> None:
    verdict = linear(LINEAR.replace("self.dLdW = self.x.T @ d", "self.dLdW = 0 * self.x.T @ d"))
    assert lost(verdict) == {"Linear-backward"}
    assert say(check(verdict, "Linear-backward").message).startswith("Linear.dLdW is ")
    verdict = linear(LINEAR.replace("def backward", "def backwards"))
    assert lost(verdict) == {"Linear-backward"}
    assert "Linear.backward is not defined" in say(check(verdict, "Linear-backward").message)


def test_where_the_constructor_fails_every_check_says_so(linear: Grade) -> None:
    verdict = linear(LINEAR.replace("self.W, self.b = W, b", "raise KeyError('W')"))
    messages = {say(check(verdict, f"Linear-{label}").message) for label in ("forward", "backward")}
    assert len(messages) == 1
    assert "KeyError" in messages.pop()


def network(source: Any) -> tuple[Any, ...]:
    weights = {
        "fc__weight": torch.randn(2, 3, generator=source.torch),
        "fc__bias": torch.randn(2, generator=source.torch),
    }
    return (
        construct(),
        load(**weights),
        call("forward", torch.randn(4, 3, generator=source.torch)),
    )


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
    def forward(self, x):
        return torch.relu(self.fc(x))
"""


def test_a_module_gets_its_parameters_by_name_or_by_order() -> None:
    grade = grader(lab(Object("Net", script=network, points={"forward": 2})), NET)
    assert grade(NET.replace("self.fc", "self.layer")).score == 2.0
    assert grade(NET.replace("torch.relu", "torch.tanh")).score == 0.0
    other = check(
        grade(NET.replace("nn.Linear(3, 2)", "nn.Linear(3, 2, bias=False)")), "Net-forward"
    )
    assert "the parameters that it should" in say(other.message)


def test_a_variable_is_what_the_cells_left() -> None:
    grade = grader(lab(Variable("answer", points=1)), "answer = {'a': [1, 2.5]}")
    assert grade("answer = {'a': (1, 2.5)}").score == 1.0
    assert grade("answer = None").score == 0.0
    assert "'a'" in say(check(grade("answer = {'b': 1}"), "answer").message)
    assert grade("other = 1").status == "not_gradable"


def test_only_the_first_items_are_taken_of_what_never_ends() -> None:
    part = Function("naturals", draw=lambda source: (call("naturals").first_items(3),), points=1)
    grade = grader(lab(part), "import itertools\ndef naturals():\n    return itertools.count()")
    endless = "def naturals():\n    n = 0\n    while True:\n        yield n\n        n += 1"
    assert grade(endless).score == 1.0
    assert grade(endless.replace("n = 0", "n = 1")).score == 0.0


def test_a_part_that_ran_out_of_time_costs_no_other() -> None:
    one = Function("slow", draw=lambda source: 1, points=1)
    two = Function("quick", draw=lambda source: 1, points=1)
    exercise = lab(one, two)
    right = "def slow(x):\n    return x\ndef quick(x):\n    return x"
    trace = trace_of(
        exercise, right.replace("return x\ndef", "while True: pass\ndef"), Budget(call_seconds=0.2)
    )
    failed = {name for name, found in trace.scripts.items() if found.steps[0].failure}
    assert failed == {name for name in trace.scripts if name.startswith("slow/")}


def test_records_carry_phase_and_variant() -> None:
    trace = trace_of(lab(ROWS), SOFTMAX)
    phases = {name: record.phase for name, record in trace.scripts.items()}
    assert phases["softmax/public-1"] == "public"
    assert phases["softmax/case-1"] == phases["softmax/hidden-3"] == "hidden"
    assert {record.variant for record in trace.scripts.values()} == {0}


def test_hidden_draws_hang_on_the_salt_and_public_ones_do_not() -> None:
    exercise = lab(ROWS)
    plain, salted = make_plan(exercise), make_plan(exercise, b"salt")
    same = {
        one.script.id
        for one, other in zip(plain.scripts, salted.scripts, strict=True)
        if one == other
    }
    assert same == {"softmax/public-1", "softmax/case-1"}


@pytest.mark.parametrize(
    ("part", "key"),
    [
        (Function("f", draw=None, points=1), "draw from"),
        (Function("f", draw=lambda s: 1, points=0), r"points\['f'\]: must be a positive number"),
        (Function("f", draw=lambda s: 1, points={}), "sets no points"),
        (Function("forward", draw=lambda s: 1, points=1), "taken"),
        (Function("a b", draw=lambda s: 1, points=1), "needs a Python name"),
        (Function("f", draw=lambda s: 1, points=1, rtol=-1.0), "rtol"),
        (Function("f", draw=lambda s: 1, points=1, draws=0), "draws"),
        ("softmax", "tuple of Function"),
    ],
)
def test_a_part_that_is_none_is_refused(part: Any, key: str) -> None:
    with pytest.raises(SpecError, match=key):
        lab(part)


@pytest.mark.parametrize(
    ("part", "key"),
    [
        (Function("f", draw=lambda s: 1 / 0, points=1), "ZeroDivisionError"),
        (Function("f", draw=lambda s: object(), points=1), "cannot be an argument"),
        (Function("f", draw=lambda s: np.ones(2, dtype=np.float16), points=1), "float16"),
        (Function("f", draw=lambda s: 1, points={"g": 1}), "no step has the label 'g'"),
        (Object("C", script=lambda s: ("construct",), points=1), "must be call"),
    ],
)
def test_a_draw_that_gives_no_values_is_refused(part: Any, key: str) -> None:
    with pytest.raises(SpecError, match=key):
        make_plan(lab(part))


def test_what_is_asked_of_a_result_is_told_with_whose_result_it_is() -> None:
    part = Object(
        ("Ones",),
        script=lambda source: (
            construct().unrecorded(),
            call("make", int(source.numpy.integers(2, 9))).keeping(made=-1).unrecorded(),
            dataclasses.replace(call("any"), on="made").labelled("made"),
        ),
        points={"made": 1},
    )
    right = "class Ones:\n    def make(self, n):\n        return torch.ones(n)\n"
    wrong = grader(lab(part), right)(right.replace("ones(n)", "zeros(n)"))
    assert "Ones.make(…).any returns False" in say(check(wrong, "Ones-made").message)
