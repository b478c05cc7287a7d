"""Random results: right code passes whatever it draws, and wrong code is caught."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Random, call, construct, distribution, relation, share
from autograder.exercise.chance import Claim
from autograder.exercise.plan import make_plan
from autograder.judge.chance import broken_claim, unlikely
from autograder.protocol.value import Numbers
from autograder.words.catalogue import say
from autograder.worker.tree import read
from tests.parts import Grade, check, grader, lab, lost

P = 0.3
MASKED = share(lambda y, x: y == 0, P)
SCALED = relation(
    lambda y, x: (y == 0) | np.isclose(y, x / (1 - P), rtol=1e-5),
    "keep values divided by the share that is kept",
)
DROPOUT = """
def dropout(x):
    keep = torch.rand(x.shape) >= 0.3
    return x * keep / 0.7
"""


def ones(source: Any) -> Any:
    return 1 + torch.rand(12, 20, generator=source.torch)


PART = Random("dropout", draw=ones, claims=(MASKED, SCALED), points=3, same_seed_same_result=1)


@pytest.fixture(scope="module")
def grade() -> Grade:
    return grader(lab(PART), DROPOUT)


DROP = """
class Drop:
    def __init__(self, p):
        self.p = p
    def forward(self, x):
        return x * (torch.rand(x.shape) >= self.p) / (1 - self.p)
"""


def test_a_class_is_made_and_called_anew_for_each_result() -> None:
    """Claims get the arguments of all steps, in order."""
    claims = (
        share(lambda y, p, x: y == 0, lambda p, x: p),
        relation(lambda y, p, x: (y == 0) | np.isclose(y, x / (1 - p), rtol=1e-5), "scale"),
    )

    def made(source: Any) -> Any:
        return construct(0.3), call("forward", ones(source))

    grade = grader(lab(Random("Drop", draw=made, claims=claims, points=1)), DROP)
    kept = DROP.replace("return x *", "self.mask = torch.rand(x.shape)\n        return x *")
    assert not lost(grade(kept))
    assert lost(grade(DROP.replace(">= self.p", "< self.p"))) == {"Drop"}
    assert lost(grade(DROP.replace("self.p = p", "self.q = p"))) == {"Drop"}
    fixed = DROP.replace("self.p = p", "self.p = p; torch.manual_seed(1)")
    assert "same" in say(check(grade(fixed), "Drop").message)


def test_a_claim_that_cannot_be_looked_at_for_a_students_result_is_no_error_of_ours() -> None:
    part = Random(
        "pair", draw=lambda source: 3, claims=(relation(lambda y, n: y[1] < n, "count"),), points=1
    )
    right = "def pair(n):\n    return [float(np.random.rand()), int(np.random.randint(n))]\n"
    found = check(
        grader(lab(part), right)(right.replace(", int(np.random.randint(n))", "")), "pair"
    )
    assert found.outcome == "failed"
    assert found.message.code == "other-form-at-random"


RIGHT = {
    "bernoulli": "keep = torch.bernoulli(torch.full(x.shape, 0.7))",
    "numpy": "keep = torch.tensor(np.random.rand(*x.shape) < 0.7)",
    "functional": "return nn.functional.dropout(x, 0.3)",
    "entry by entry": "import random\n    keep = torch.tensor([[random.random() < 0.7 for _ in r] for r in x])",
    "another order": "keep = (torch.rand(x.T.shape) >= 0.3).T",
}  # fmt: skip
WRONG = {
    "the other share": ("0.7", "0.3"),
    "not scaled": (" / 0.7", ""),
    "scaled by p": ("/ 0.7", "/ 0.3"),
    "one mask a row": ("torch.rand(x.shape)", "torch.rand(len(x), 1)"),
    "one mask a column": ("torch.rand(x.shape)", "torch.rand(1, x.shape[1])"),
    "half": (">= 0.3", ">= 0.5"),
    "a little off": (">= 0.3", ">= 0.36"),
    "a seed of its own": ("    keep", "    torch.manual_seed(3)\n    keep"),
    "nothing dropped": ("x * keep / 0.7", "x / 0.7"),
    "all dropped": ("x * keep", "x * 0"),
    "another shape": ("return x * keep / 0.7", "return (x * keep / 0.7)[:, :5]"),
    "no result": ("return x * keep", "x * keep"),
    "nan": ("x * keep / 0.7", "x * keep / 0.7 + (0 * x) / 0"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_any_right_way_to_draw_is_right(grade: Grade, name: str) -> None:
    source = DROPOUT.replace("keep = torch.rand(x.shape) >= 0.3", RIGHT[name])
    assert source != DROPOUT
    assert lost(grade(source)) == set()


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_caught(grade: Grade, name: str) -> None:
    source = DROPOUT.replace(*WRONG[name])
    assert source != DROPOUT
    assert "dropout" in lost(grade(source))


def test_who_sets_a_seed_is_told(grade: Grade) -> None:
    found = check(grade(DROPOUT.replace(*WRONG["a seed of its own"])), "dropout")
    assert found.message.code == "same-each-time"
    scaled = check(grade(DROPOUT.replace(*WRONG["not scaled"])), "dropout")
    assert say(scaled.message) == "dropout does not keep values divided by the share that is kept."


def test_a_generator_without_a_seed_gives_other_results(grade: Grade) -> None:
    own = DROPOUT.replace("torch.rand(x.shape)", "np.random.default_rng().random(x.shape)")
    own = own.replace("keep = ", "keep = torch.tensor(").replace(">= 0.3", ">= 0.3)")
    verdict = grade(own)
    assert lost(verdict) == {"dropout-same_seed_same_result"}


def uniform(source: Any) -> Any:
    return int(source.numpy.integers(30, 40))


INIT = Random(
    "init",
    draw=uniform,
    claims=(distribution(lambda w, n: (w * np.sqrt(n) + 1) / 2),),
    points=1,
)
UNIFORM = "def init(n):\n    return torch.empty(n, n).uniform_(-1, 1) / n ** 0.5"


def test_a_distribution_is_told_from_another_of_equal_spread() -> None:
    grade = grader(lab(INIT), UNIFORM)
    assert lost(grade("def init(n):\n    return (2 * torch.rand(n, n) - 1) / n ** 0.5")) == set()
    normal = "def init(n):\n    return torch.randn(n, n) / (3 * n) ** 0.5"
    assert lost(grade(normal)) == {"init"}
    assert lost(grade(UNIFORM.replace("** 0.5", "** 0.45"))) == {"init"}
    assert lost(grade("def init(n):\n    return torch.rand(n, 1).expand(n, n) / n ** 0.5")) == {
        "init"
    }


def numbers(values: Any) -> Numbers:
    found = read(np.asarray(values, dtype=float))
    assert isinstance(found, Numbers)
    return found


CLAIMS: dict[str, tuple[Claim, Any]] = {
    "share": (share(lambda y: y < P, P), np.random.Generator.random),
    "distribution": (distribution(lambda y: y), np.random.Generator.random),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_right_code_breaks_a_claim_as_rarely_as_alpha_says(name: str) -> None:
    """Of 2,000 seeds at alpha 0.01 at most 20 are expected; 40 have a probability below 1e-4."""
    claim, draw = CLAIMS[name]
    alarms = 0
    for seed in range(2_000):
        source = np.random.default_rng(seed)
        drawn = [numbers(draw(source, (5, 6))) for _ in range(4)]
        alarms += broken_claim([claim], drawn, [], 0.01) is not None
    assert alarms <= 40


@pytest.mark.parametrize("name", CLAIMS)
def test_wrong_code_breaks_it_nearly_always(name: str) -> None:
    claim, draw = CLAIMS[name]
    missed = {"other share": 0, "rows alike": 0, "calls alike": 0}
    for seed in range(100):
        source = np.random.default_rng(seed)
        other = [numbers(draw(source, (12, 20)) ** 1.4) for _ in range(20)]
        rows = [numbers(np.repeat(draw(source, (12, 1)), 20, axis=1)) for _ in range(20)]
        pairs = [2 * [numbers(draw(source, (12, 20)))] for _ in range(10)]
        for name_, drawn in zip(missed, (other, rows, list(itertools.chain(*pairs))), strict=True):
            missed[name_] += broken_claim([claim], drawn, [], 1e-6) is None
    assert missed == {"other share": 0, "rows alike": 0, "calls alike": 0}


def test_the_bound_is_exact() -> None:
    assert not unlikely(0, 10, 0.5, 0.001)  # 1 of 1,024, and half of alpha is 0.0005
    assert unlikely(0, 10, 0.5, 0.002)
    assert unlikely(10, 10, 0.5, 0.002)
    assert not unlikely(5, 10, 0.5, 0.9)
    assert unlikely(1, 10, 0.0, 1e-9)
    assert not unlikely(10, 10, 1.0, 1e-9)
    assert unlikely(9, 10, 1.0, 1e-9)


def test_scripts_have_seeds_of_their_own_that_hang_on_the_salt() -> None:
    plain, salted = make_plan(lab(PART)), make_plan(lab(PART), b"salt")
    seeds = {one.script.id: one.script.seed for one in plain.scripts}
    assert len(set(seeds.values())) == 4
    assert seeds["dropout/hidden-1"] == seeds["dropout/hidden-1-again"]
    others = {one.script.id: one.script.seed for one in salted.scripts}
    assert others["dropout/public-1"] == seeds["dropout/public-1"]
    assert others["dropout/hidden-1"] != seeds["dropout/hidden-1"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"claims": ()}, "needs share"),
        ({"claims": (lambda y: y,)}, "needs share"),
        ({"repeats": 1}, "at least 2"),
        ({"alpha": 1.5}, "between 0 and 1"),
    ],
)
def test_a_random_part_that_claims_nothing_is_refused(fields: Any, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        lab(Random("f", draw=ones, points=1, **{"claims": (MASKED,), **fields}))


def test_a_claim_that_raises_is_told_with_its_line() -> None:
    part = Random("dropout", draw=ones, claims=(share(lambda y: y == 0, 0.3),), points=1)
    with pytest.raises(AssertionError, match=r"test_chance\.py, line \d+: .*TypeError"):
        grader(lab(part), DROPOUT)


def test_the_reference_is_held_to_its_claims_itself() -> None:
    part = Random("dropout", draw=ones, claims=(share(lambda y, x: y == 0, 0.5),), points=1)
    with pytest.raises(AssertionError, match="too often or too rarely"):
        grader(lab(part), DROPOUT)
