"""Solutions are found wherever they hide; what says nothing is not taken for one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from autograder.assignment.leaks import find_leaks, telling_lines
from autograder.assignment.release import make_stub
from autograder.assignment.source import Source, notebook_text, read_source

from .conftest import SLOPE, Edit

INERT = ("gradient_plot", "plot_diagram")
SECRET = "w.sub_(lr * w.grad)"


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source(SLOPE / "slope.py")


@pytest.fixture(scope="module")
def content(source: Source) -> str:
    return notebook_text(make_stub(source))


def told(source: Source, name: str, text: str) -> list[str]:
    """Return the leaks of one file, as text."""
    return [str(leak) for leak in find_leaks(source, {name: text.encode()}, INERT).get(name, ())]


def test_a_fresh_stub_leaks_nothing(source: Source, content: str) -> None:
    assert told(source, "slope.ipynb", content) == []


def add_output(notebook: dict[str, Any]) -> None:
    data = {"text/plain": [f"then {SECRET}\n", "…"]}
    notebook["cells"][1]["outputs"] = [
        {"output_type": "display_data", "data": data, "metadata": {}}
    ]


PLACES: dict[str, Callable[[dict[str, Any]], None]] = {
    "cell 1": lambda nb: nb["cells"][0]["source"].append(f"Write `{SECRET}` here."),
    "cell 2": add_output,
    "cell 3": lambda nb: nb["cells"][2]["metadata"].update(tags=[f"# {SECRET}"]),
    "cell 4": lambda nb: nb["cells"][3]["source"].append(f"    {SECRET}  # so"),
    "the metadata": lambda nb: nb["metadata"].update({"answer": {SECRET: 1}}),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_solution_line_is_found_in(place: str, source: Source, content: str) -> None:
    notebook = json.loads(content)
    PLACES[place](notebook)
    (leak,) = told(source, "slope.ipynb", json.dumps(notebook))
    number = next(n for n, line in source.secret.items() if SECRET in line)
    assert leak == f"{place} has the solution in line {number} of slope.py"


def test_a_solution_line_is_found_in_a_script(source: Source) -> None:
    assert told(source, "slope.py", f"x = 1\n# {SECRET}\n")[0].startswith("line 2 has")


def test_a_solution_line_is_found_in_other_json(source: Source) -> None:
    assert told(source, "expected.json", json.dumps({"a": [SECRET]}))[0].startswith("the file has")


@pytest.mark.parametrize("marker", ["### BEGIN SOLUTION", "### END HIDDEN TESTS"])
def test_a_marker_is_found(marker: str, source: Source) -> None:
    assert "a marker BEGIN or END" in told(source, "slope.py", marker)[0]


def test_longer_words_are_not_the_line(source: Source) -> None:
    assert told(source, "slope.py", f"new_{SECRET}\nreturn w * xs\n") == []


def secret(edit: Edit, new: str) -> set[str]:
    """Return the telling lines once ``new`` is among the solution of forward."""
    path = edit(("    return w * x\n", new))
    return set(telling_lines(read_source(path), INERT).values())


@pytest.mark.parametrize(
    "line", ["pass", "else:", "return loss", "gradient_plot(w)", "gradient_plot.show(w, 2)"]
)
def test_lines_that_say_nothing_are_no_secret(line: str, edit: Edit) -> None:
    assert line not in secret(
        edit, f"    if x:\n        pass\n    else:\n        {line.replace('else:', 'pass')}\n"
    )


@pytest.mark.parametrize("opens", ["with torch.no_grad():", "with inference_mode():"])
def test_what_merely_opens_a_block_is_no_secret(opens: str, edit: Edit) -> None:
    found = secret(edit, f"    {opens}\n        return w * x\n")
    assert opens not in found
    assert "return w * x" in found


@pytest.mark.parametrize("line", ["loss.backward()", "w.grad = None", "w = -3.0", "return w * x"])
def test_lines_of_a_function_are_secret(line: str, edit: Edit) -> None:
    assert line in secret(edit, f"    {line}\n")


def test_what_opens_a_block_with_a_value_is_secret(edit: Edit) -> None:
    opens = "with torch.set_grad_enabled(w > 0):"
    assert opens in secret(edit, f"    {opens}\n        return w * x\n")


def test_outside_functions_setting_the_stage_is_no_secret(edit: Edit) -> None:
    cell = (
        '# %% nbgrader={"grade": false, "grade_id": "practice", "locked": false, '
        '"schema_version": 3, "solution": true, "task": false}\n### BEGIN SOLUTION\nlr = 0.2\n'
        "train_model(4)\nfast = forward(X)\n### END SOLUTION\n"
    )
    path = edit()
    path.write_text(path.read_text("utf-8") + "\n" + cell, "utf-8")
    found = set(telling_lines(read_source(path), INERT).values())
    assert not found & {"lr = 0.2", "train_model(4)"}
    assert "fast = forward(X)" in found
