"""A forward that reads the global model where ``self`` is meant predicts other numbers."""

from __future__ import annotations

import pytest

from .module_labs import CLASS, OBJECTS, kept, run, script
from .observation import Observation

OUT = "return self.linear(x)"
INIT = "self.linear = nn.Linear(inputs, outputs)"
HELPER = "def line(x):\n    return model.linear(x)\n"


def forwards(found: Observation) -> dict[str, object]:
    """Return what was recorded of each forward probe."""
    return {name: one for name, one in found.probes.items() if name.startswith("forward")}


@pytest.fixture(scope="module")
def right() -> dict[str, object]:
    """What a right model's probes record."""
    return forwards(run(script()))


@pytest.mark.parametrize(
    ("model", "objects"),
    [
        (CLASS.replace(OUT, "return model.linear(x)"), OBJECTS),
        (CLASS.replace(OUT, "return x @ self.linear.weight.T + model.linear.bias"), OBJECTS),
        (HELPER + CLASS.replace(OUT, "return line(x)"), OBJECTS),
        (CLASS.replace(OUT, "return mine.linear(x)"), OBJECTS + "mine = model\n"),
        (CLASS.replace(OUT, "return layer(x)"), OBJECTS + "layer = model.linear\n"),
        (
            CLASS.replace(OUT, "self.last = model.linear(x); return self.last"),
            OBJECTS + "model(torch.ones(2, 1))\n",  # what a deep copy forbids
        ),
    ],
    ids=["model", "bias", "helper", "other name", "layer", "no deep copy"],
)
def test_who_reads_a_global_model_in_place_of_self_is_seen(
    model: str, objects: str, right: dict[str, object]
) -> None:
    found = forwards(run(script(model=model, objects=objects)))
    assert found.keys() == right.keys()
    assert all(found[name] != right[name] for name in right)


@pytest.mark.parametrize(
    ("model", "objects"),
    [
        (CLASS.replace(INIT, f"{INIT}; self.line = lambda x: self.linear(x)"), OBJECTS),
        (CLASS.replace(OUT, "self.last = self.linear(x); return self.last"), OBJECTS),
        (
            "layer = nn.Linear(1, 1)\n"
            + CLASS.replace(INIT, "self.linear = layer").replace(OUT, "return layer(x)"),
            OBJECTS,
        ),
        (CLASS, OBJECTS + "model.forward = lambda x: model.linear(x)\n"),
        (CLASS.replace(INIT, f"{INIT}; self.__deepcopy__ = lambda memo: self"), OBJECTS),
        ("", OBJECTS.replace("Line(", "nn.Linear(")),
    ],
    ids=["closure", "keeps its result", "shared layer", "own forward", "no copies", "torch's own"],
)
def test_who_uses_self_in_any_way_loses_nothing(
    model: str, objects: str, right: dict[str, object]
) -> None:
    assert forwards(run(script(model=model, objects=objects))) == right


@pytest.mark.parametrize(
    ("out", "read"),
    [
        ("return model.linear(x)", True),
        (OUT, False),
        ("model = self; return model.linear(x)", False),
    ],
)
def test_the_line_that_reads_the_global_model_is_seen(out: str, read: bool) -> None:
    found = run(script(model=CLASS.replace(OUT, out)))
    assert found.loading is not None
    seen = [one.name for one in found.loading.sightings if one.what == "global"]
    assert seen == (["model"] if read else [])


def test_the_global_model_is_the_student_s_own_again_afterwards() -> None:
    run(script(end="own = model\n"))
    assert kept("model") is kept("own")
