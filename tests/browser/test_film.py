"""A student steps through the film of the training, by mouse and by keyboard, and prints it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.report.film import make_film
from autograder.report.pages import student_page
from autograder.report.scene import Scene, make_scene
from tests.judge import runs
from tests.report.conftest import make_grade, standing

from .conftest import address

if TYPE_CHECKING:
    from playwright.sync_api import Page

STARTS: Mapping[str, Mapping[str, float]] = {
    "curve": {"w": 3.0},
    "map": {"w": 3.0, "b": -1.0},
    "paths": {"w": 3.0, "b": -1.0, "</script>": 0.5},
}
USUAL = ("paths", "light")
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def objective(
    parameters: Mapping[str, torch.Tensor], data: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """The line's loss; a third parameter bends it."""
    bend = parameters.get("</script>", torch.zeros(())) * data["X"] ** 2
    line = parameters["w"] * data["X"] + parameters.get("b", torch.zeros(()))
    return ((line + bend - data["Y"]) ** 2).mean()


@functools.cache
def scene_of(kind: str, rule: Any = runs.accumulated, calls: int = 6, rate: float = 0.05) -> Scene:
    plan = runs.planned(start=STARTS[kind], calls=(calls,), rate=rate, public=True)
    landscape = Landscape(objective, plan.scenario)
    view = ScenarioView(
        planned=plan,
        observed=runs.descend(plan.scenario, landscape, rule).record(hooks="full"),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(hooks="clean"),
        landscape=landscape,
    )
    film = make_film(view.observed, view.expected, view.planned, view.landscape)
    assert film is not None
    return make_scene(film, lambda points: np.asarray(landscape.evaluate(points)[0]))


def opened(page: Page, tmp_path: Path, scene: Scene) -> Page:
    grade = make_grade("student-01", "final_parameters")
    path = tmp_path / "feedback.html"
    text = student_page("One", standing("student-01", grade), grade, [], scene=scene)
    path.write_text(text, "utf-8")
    page.goto(address(path))
    return page


def now(page: Page) -> str:
    return page.locator(".told").inner_text()


def row(page: Page, run: str) -> list[str]:
    return page.locator(f".runs table.{run} tbody tr").first.locator("th, td").all_inner_texts()


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[pytest.mark.thorough] if kind == "map" else []) for kind in STARTS],
)
def test_each_kind_of_lab_has_a_picture_that_follows_the_steps(
    page: Page, tmp_path: Path, kind: str
) -> None:
    scene = scene_of(kind)
    opened(page, tmp_path, scene)
    assert [figure.kind for figure in scene.figures] == [kind, "loss"]
    before = page.locator("svg .now").first.inner_html()
    page.locator('[data-go="on"]').click()
    assert page.locator("svg .now").first.inner_html() != before
    assert page.locator("svg .now .dot.yours").count() >= 2
    assert page.locator("svg .now .dot.expected").count() >= 2


def test_the_slider_shows_the_numbers_of_a_step(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, scene_of("map"))
    slider = page.get_by_role("slider", name="Step")
    slider.fill("1")
    assert now(page).startswith("Step 2 of 6, the first that goes wrong. Step 1 is right.")
    name, _, fresh, held, used, _ = row(page, "yours")
    assert name == "w"
    assert used == f"{held} ≠"
    assert held != fresh
    name, before, fresh, held, used, after = row(page, "expected")
    assert fresh == held == used
    assert float(after) == pytest.approx(float(before) - 0.05 * float(used), rel=1e-3)
    assert page.locator("svg .now .dot.departs").count() == 2


def test_a_button_leads_to_the_first_step_that_departs(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, scene_of("curve"))
    page.get_by_role("button", name="First step that goes wrong").click()
    assert now(page).startswith("Step 2 of 6, the first that goes wrong")
    opened(page, tmp_path, scene_of("curve", runs.right))
    assert page.locator("[data-go=departs]").count() == 0
    assert "goes wrong" not in page.locator("#training").inner_text()


def test_keys_step_and_play_and_the_slider_keeps_its_own(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, scene_of("map"))
    page.locator('[data-go="on"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert now(page).startswith("Step 3 of 6")
    page.keyboard.press("ArrowLeft")
    assert now(page).startswith("Step 2 of 6")
    page.keyboard.press("End")
    assert now(page) == "After the last step, 6."
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert now(page).startswith("Step 2 of 6")
    assert slider.get_attribute("aria-valuetext") == "Step 2 of 6, the first that goes wrong"
    page.keyboard.press(" ")
    assert page.locator('[data-go="play"]').inner_text() == "Pause"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_it_plays_to_the_end_and_says_so_once(page: Page, tmp_path: Path, motion: Any) -> None:
    page.emulate_media(reduced_motion=motion)
    opened(page, tmp_path, scene_of("curve", calls=3))
    play = page.locator('[data-go="play"]')
    assert page.locator(".told").get_attribute("aria-live") == "polite"
    assert now(page).startswith("Step 1 of 3"), "nothing moves by itself"
    play.click()
    assert page.locator(".told").get_attribute("aria-live") == "off"
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert now(page) == "After the last step, 3."
    assert page.locator(".told").get_attribute("aria-live") == "polite"


def test_a_step_by_hand_stops_it(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, scene_of("curve", calls=60))
    page.locator('[data-go="play"]').click()
    page.locator('[data-go="last"]').click()
    assert page.locator('[data-go="play"]').inner_text() == "Play"
    assert now(page) == "After the last step, 60."


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        pytest.param(kind, scheme, marks=[] if (kind, scheme) == USUAL else [pytest.mark.thorough])
        for kind in STARTS
        for scheme in ("light", "dark")
    ],
)
def test_it_fits_on_a_telephone(page: Page, tmp_path: Path, kind: str, scheme: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme=scheme)
    opened(page, tmp_path, scene_of(kind))
    assert page.evaluate(WIDE) <= 0
    for button in page.locator(".controls button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_paper_has_the_first_the_departing_and_the_last_step(page: Page, tmp_path: Path) -> None:
    opened(page, tmp_path, scene_of("map", runs.momentum, calls=300))
    assert not page.locator(".still").first.is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".player").is_visible()
    titles = page.locator(".still h3").all_inner_texts()
    assert titles == [
        "Step 1 of 300",
        "Step 2 of 300, the first that goes wrong",
        "Step 300 of 300",
    ]
    assert page.locator(".still").first.is_visible()
    assert page.locator(".still table").count() == 6


def test_without_scripts_the_same_steps_are_shown(page: Page, tmp_path: Path) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = opened(context.new_page(), tmp_path, scene_of("curve"))
    assert plain.locator(".still").first.is_visible()
    assert not plain.locator(".player").is_visible()
    context.close()


def test_a_run_that_leaves_the_picture_or_the_numbers_still_has_its_steps(
    page: Page, tmp_path: Path
) -> None:
    with np.errstate(all="ignore"):
        opened(page, tmp_path, scene_of("map", runs.wrong_sign, calls=200, rate=0.9))
    page.locator('[data-go="last"]').click()
    assert "not finite" in page.locator(".runs").inner_text()
    page.get_by_role("slider").fill("2")
    assert page.locator("svg .now .dot.outside").count() >= 1


def test_a_run_that_is_shorter_says_that_it_has_no_such_step(page: Page, tmp_path: Path) -> None:
    plan = runs.planned(start=STARTS["curve"], calls=(6,), public=True)
    landscape = Landscape(objective, plan.scenario)
    fewer = runs.planned(start=STARTS["curve"], calls=(4,), public=True)
    film = make_film(
        runs.descend(fewer.scenario, landscape, runs.right).record(hooks="clean"),
        runs.descend(plan.scenario, landscape, runs.right).record(hooks="clean"),
        plan,
        landscape,
    )
    assert film is not None
    opened(page, tmp_path, make_scene(film, lambda points: landscape.evaluate(points)[0]))
    slider = page.get_by_role("slider")
    slider.fill("4")
    assert "After 4 steps: w = " in page.locator(".runs table.yours").inner_text()
    slider.fill("5")
    assert "There is no such step." in page.locator(".runs table.yours").inner_text()
