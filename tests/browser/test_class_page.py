"""The class report as a person uses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from msgspec.structs import replace

from autograder.picture.chart import Chart, axis
from autograder.report.pages import class_page, student_page
from autograder.report.scene import Figure
from autograder.report.summary import summarise
from autograder.words.catalogue import say
from tests.report.conftest import HOSTILE, HOSTILE_TEXT, make_grade, standing

from .conftest import address

if TYPE_CHECKING:
    from playwright.sync_api import Page

SVG = '<svg class="chart" viewBox="0 0 10 10"><path class="line yours" d="M0 0L9 9"/></svg>'


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a class of 150, hostile names and words in it."""
    grades = [
        make_grade(
            f"student-{n:04}",
            *(("criterion",) if n % 3 == 0 else ()),
            mistake="loss-sum-not-mean" if n % 3 == 0 else "",
        )
        for n in range(148)
    ]
    grades += [make_grade(HOSTILE, "forward", "criterion"), make_grade("student-9999", "forward")]
    class_of = [standing(grade.student, grade) for grade in grades]
    path = tmp_path_factory.mktemp("class") / "report.html"
    text = class_page("One", "slope", summarise(class_of), class_of, {"loss-sum-not-mean": SVG})
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def opened(page: Page, many: Path) -> Page:
    """That report, opened."""
    page.goto(address(many))
    return page


def shown(page: Page) -> list[str]:
    return page.locator("#students tbody tr td:first-child").all_inner_texts()


def test_all_students_are_listed_and_counted(opened: Page) -> None:
    assert len(shown(opened)) == 150
    assert opened.locator("#count").inner_text() == "150 of 150"


def test_a_hostile_name_is_text(opened: Page) -> None:
    opened.fill("#find", "alert")
    assert shown(opened) == [HOSTILE]
    opened.locator("#students tbody tr").first.click()
    assert HOSTILE in opened.locator("#who").inner_text()
    assert "onerror=alert(1)" in opened.locator("#about").inner_text()


def test_a_long_name_does_not_squeeze_the_table(page: Page, tmp_path: Path) -> None:
    long = "x" * 200
    grades = [make_grade(long), make_grade("student-0001", "forward")]
    class_of = [standing(grade.student, grade) for grade in grades]
    path = tmp_path / "report.html"
    path.write_text(class_page("One", "slope", summarise(class_of), class_of, {}), "utf-8")
    page.goto(address(path))
    cell = page.locator("#students .whole", has_text=long)
    assert cell.get_attribute("title") == long
    assert cell.evaluate("cell => cell.clientWidth") <= 18 * 16
    wide = "table => table.scrollWidth <= table.parentElement.clientWidth + 1"
    assert page.locator("#students").evaluate(wide)


def test_a_student_opens_with_the_command_that_changes_the_grade(opened: Page) -> None:
    opened.fill("#find", "student-0003")
    opened.locator("#students tbody tr").first.click()
    said = opened.locator("#about pre.command").inner_text()
    assert said.startswith("autograder override student-0003 -a slope --check criterion --points ")


def test_columns_sort_both_ways_and_say_so(opened: Page) -> None:
    head = opened.locator("th[data-key=s]")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert opened.locator("#students tbody tr td.number").first.inner_text() == "6/10"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert opened.locator("#students tbody tr td.number").first.inner_text() == "10/10"
    opened.locator("th[data-key=i] button").click()
    assert head.get_attribute("aria-sort") is None


def test_students_are_found_by_words_and_by_check(opened: Page) -> None:
    opened.fill("#find", "graded 0003")
    assert shown(opened) == ["student-0003"]
    opened.locator("#clear").click()
    opened.select_option("#failed", "forward")
    assert sorted(shown(opened)) == sorted([HOSTILE, "student-9999"])


def test_a_mistake_shows_who_has_it(opened: Page) -> None:
    opened.locator("[data-mistake]").click()
    assert opened.locator("#count").inner_text() == "50 of 150"


WORK = {
    "g": [[0.0, 1.0], [0.5, 0.5], [9.0, 9.0], [1.0, 0.0]],
    "q": {
        "f": f"{HOSTILE}.ipynb",
        "r": ["It sums."],
        "c": [["Code cell 2", [[7, f"x = 1  # {HOSTILE_TEXT}", []], [8, "return y.sum()", [1]]]]],
    },
}


@pytest.fixture
def worked(page: Page, tmp_path: Path) -> Page:
    """The report of three students, two of whom share a mistake, with their code and pictures."""
    grades = [
        make_grade("student-01"),
        make_grade("student-02", "criterion", mistake="loss-sum-not-mean"),
        make_grade("student-03", "criterion", mistake="loss-sum-not-mean"),
    ]
    class_of = [standing(grade.student, grade) for grade in grades]
    chart = Chart(x=axis("w", [0, 1]), y=axis("loss", [0, 1]), lines=[], title="Surface")
    path = tmp_path / "report.html"
    stage, works = Figure.of("curve", "Its way", chart), {"student-02": WORK}
    text = class_page("One", "slope", summarise(class_of), class_of, {}, stage=stage, works=works)
    path.write_text(text, "utf-8")
    page.goto(address(path))
    return page


def test_a_student_opens_with_picture_and_code(worked: Page) -> None:
    worked.locator("#students tbody tr").nth(1).click()
    about = worked.locator("#about")
    assert about.locator("figure figcaption").inner_text() == "Its way"
    way = about.locator("svg .line.yours").get_attribute("d") or ""
    assert (way.count("M"), way.count("L")) == (2, 1), "what lies outside leaves a gap"
    assert about.locator("ol.code li.marked").inner_text().startswith("return y.sum()")
    assert about.locator("ol.code li").first.evaluate("one => one.value") == 7
    assert about.get_by_role("heading", name=f"{HOSTILE}.ipynb").is_visible()
    assert "onerror=alert(1)" in about.locator("ol.code").inner_text()
    assert about.locator(".badge").all_inner_texts() == ["1", "1"]
    worked.keyboard.press("Escape")
    worked.locator("#students tbody tr").first.click()
    assert about.locator("figure, ol.code").count() == 0


def test_the_table_shows_those_who_share_a_mistake(worked: Page) -> None:
    worked.select_option("#mistake", "loss-sum-not-mean")
    assert shown(worked) == ["student-02", "student-03"]
    worked.locator("#clear").click()
    assert len(shown(worked)) == 3
    worked.locator("#students tbody tr").nth(1).click()
    worked.get_by_role("button", name="Show all with this mistake (2)").click()
    assert not worked.locator("dialog").is_visible()
    assert shown(worked) == ["student-02", "student-03"]
    assert worked.input_value("#mistake") == "loss-sum-not-mean"


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.thorough)])
def test_code_and_picture_fit_on_a_telephone(
    worked: Page, scheme: Literal["light", "dark"]
) -> None:
    worked.emulate_media(color_scheme=scheme)
    worked.set_viewport_size({"width": 390, "height": 800})
    worked.locator("#students tbody tr").nth(1).click()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert worked.evaluate(wide) <= 0
    inside = "(one => one.scrollWidth - one.clientWidth)(document.querySelector('dialog'))"
    assert worked.evaluate(inside) <= 0


REASON = say("reason-other-lab")


@pytest.fixture
def asking(page: Page, tmp_path: Path) -> Page:
    """The report of a class of 40, at some of which a person must look."""
    class_of = [
        standing(f"student-{n:02}", make_grade(f"student-{n:02}"), review=codes)
        for n, codes in enumerate(
            [("other-lab",), ("other-lab", HOSTILE), ("text-cell",), *[()] * 37]
        )
    ]
    path = tmp_path / "report.html"
    path.write_text(class_page("One", "slope", summarise(class_of), class_of, {}), "utf-8")
    page.goto(address(path))
    return page


def test_those_at_whom_a_person_must_look_are_found_by_reason(asking: Page) -> None:
    def ids() -> list[str]:
        return [text.split("\n")[0] for text in shown(asking)]

    assert asking.locator(".flag").count() == 3
    asking.select_option("#look", "*")
    assert ids() == ["student-00", "student-01", "student-02"]
    asking.select_option("#look", f"={REASON}")
    assert ids() == ["student-00", "student-01"]
    asking.fill("#find", "student-01")
    assert ids() == ["student-01"]
    asking.locator("#clear").click()
    assert (len(ids()), asking.input_value("#look")) == (40, "")
    asking.locator(f'[data-reason="{REASON}"]').click()
    assert ids() == ["student-00", "student-01"]
    assert asking.input_value("#look") == f"={REASON}"


def test_a_student_opens_with_why_a_person_must_look(asking: Page) -> None:
    asking.select_option("#look", f"={HOSTILE}")
    asking.locator("#students tbody tr").click()
    said = asking.locator("#about .check.must").inner_text()
    assert REASON in said
    assert HOSTILE in said


def test_the_filter_fits_on_a_telephone(asking: Page) -> None:
    asking.set_viewport_size({"width": 390, "height": 800})
    box = asking.locator("#look").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert asking.evaluate(wide) <= 1


def test_a_row_opens_by_keyboard_and_closes(opened: Page) -> None:
    opened.fill("#find", "student-9999")
    opened.locator("#students tbody tr").first.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("dialog").is_visible()
    assert opened.locator("#about .check.failed").count() == 1
    opened.keyboard.press("Escape")
    assert not opened.locator("dialog").is_visible()


def test_it_is_dark_where_the_reader_s_system_is_and_can_be_turned(opened: Page) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    assert opened.evaluate(colour) == "rgb(255, 255, 255)"
    opened.locator("#theme").click()
    assert opened.evaluate(colour) == "rgb(20, 24, 31)"
    opened.locator("#theme").click()
    assert opened.evaluate(colour) == "rgb(255, 255, 255)"
    opened.emulate_media(color_scheme="dark")
    opened.reload()
    assert opened.evaluate(colour) == "rgb(20, 24, 31)"


def test_nothing_is_cut_off_on_a_telephone(opened: Page) -> None:
    opened.set_viewport_size({"width": 390, "height": 800})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert opened.evaluate(wide) <= 1


LINES = """selector => [...document.querySelectorAll(selector)].map(one => {
  const range = document.createRange();
  const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  range.selectNodeContents(texts.nextNode());
  return range.getClientRects().length;
})"""
CHECK = "parameter_update_in_each_step_of_it"


@pytest.mark.parametrize("width", [1280, 390])
def test_ids_scores_and_statuses_stay_whole(page: Page, tmp_path: Path, width: int) -> None:
    grades = [make_grade(f"student-{n:02}", status="time_limit") for n in range(4)]
    failed = [*(replace(one, id=CHECK) for one in grades[0].checks), *grades[0].checks]
    grades[0] = replace(grades[0], checks=tuple(replace(c, outcome="failed") for c in failed))
    class_of = [standing(one.student, one) for one in grades]
    path = tmp_path / "report.html"
    path.write_text(class_page("One", "slope", summarise(class_of), class_of, {}), "utf-8")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(path))
    cells = "#students td:nth-child(-n+3), td.whole, .bar > span:first-child"
    counts = page.evaluate(LINES, cells)
    assert len(counts) == 4 * 3 + 4 + 4
    assert set(counts) == {1}
    wide = "(one => one.scrollWidth - one.clientWidth)"
    assert page.evaluate(f"{wide}(document.documentElement)") <= 0
    if width == 390:
        assert page.evaluate(f"{wide}(document.querySelector('#students').parentElement)") > 0
    heads = page.locator("#students th").count()
    assert page.locator("#students tbody tr").first.locator("td").count() == heads == 5


def test_a_feedback_page_shows_words_and_pictures(page: Page, tmp_path: Path) -> None:
    grade = make_grade("student-01", "criterion", mistake="loss-sum-not-mean")
    path = tmp_path / "feedback.html"
    made = student_page("One", standing("student-01", grade), grade, [("The losses", SVG)])
    path.write_text(made, "utf-8")
    page.goto(address(path))
    assert page.locator(".check.failed").count() == 1
    assert page.locator("svg.chart").is_visible()
    assert page.locator("b.figure").inner_text() == "8"
