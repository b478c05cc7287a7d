"""A small lab of two parameters, as the text of its spec and as an Exercise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from autograder.exercise import Exercise, Variation

FIELDS: Mapping[str, str] = {
    "lab": "'line'",
    "title": "'A line'",
    "data": "data",
    "objective": "objective",
    "start": "{'w': -2.0, 'b': 1.0}",
    "learning_rate": "0.1",
    "iterations": "4",
    "public_seeds": "(1,)",
    "hidden_seeds": "(20, 21)",
    "variations": "(Variation(name='own'), Variation(name='isolated', isolated=True))",
    "points": "{'forward': 2, 'final_parameters': 3}",
    "tolerances": "{'forward': Tolerance(rtol=1e-3, atol=1e-4)}",
    "contract": "Functions()",
    "inert": "('plot',)",
}
HEAD = """\
import torch
from autograder.exercise import Exercise, Functions, Module, Tolerance, Variation


def data(generator):
    X = torch.arange(6.0).view(-1, 1)
    return {"X": X, "Y": X + torch.randn(X.size(), generator=generator)}


def objective(parameters, data):
    return ((parameters["w"] * data["X"] + parameters["b"] - data["Y"]) ** 2).mean()


"""


def spec_text(changes: Mapping[str, str | None] | None = None) -> str:
    """Return a spec whose fields are those of the lab but for ``changes``; None leaves one out."""
    fields = {**FIELDS, **(changes or {})}
    given = ", ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
    return f"{HEAD}exercise = Exercise({given})\n"


def write_spec(folder: Path, text: str, *, lab: str = "line") -> Path:
    """Write ``reference/<lab>/exercise.py`` and return its path."""
    path = folder / "reference" / lab / "exercise.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def line_data(generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Six points with noise."""
    x = torch.arange(6.0).view(-1, 1)
    return {"X": x, "Y": x + torch.randn(x.size(), generator=generator)}


def line(**changes: object) -> Exercise:
    """Return the lab with some fields changed."""
    fields: dict[str, object] = {
        "lab": "line",
        "title": "A line",
        "data": line_data,
        "objective": lambda parameters, data: torch.zeros(()),
        "start": {"w": -2.0, "b": 1.0},
        "learning_rate": 0.1,
        "iterations": 4,
        "public_seeds": (1, 2),
        "hidden_seeds": (20, 21),
        "variations": (
            Variation(name="isolated", isolated=True),
            Variation(name="own", start={"b": 5.0}, learning_rate=0.05, calls=(2, 3)),
        ),
        "points": {"forward": 2, "final_parameters": 3},
    }
    return Exercise(**{**fields, **changes})  # type: ignore[arg-type]  # also wrong values
