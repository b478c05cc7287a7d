"""What comes after grading, for a large class: gradebook, report and its loading, feedback, export.

    python benchmarks/after_grading.py [STUDENTS]        (default: 1000)

Half of the class is right, half wrong: the lab's own accepted and rejected files, in turn, each
with a line of its own. Times are of whole commands, with Python's start; beside the wall clock's
stands the processor's, which other work on the machine does not lengthen. The page is loaded in
Chromium where that and Playwright are there. Prints a Markdown table.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LAB = "slope"
LOADED = """() => {
  const entry = performance.getEntriesByType("navigation")[0];
  return entry.loadEventEnd - entry.startTime;
}"""
TYPED = """() => {
  const find = document.getElementById("find");
  const begin = performance.now();
  find.value = "student-0999";
  find.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return performance.now() - begin;
}"""


def make_course(folder: Path, students: int) -> None:
    """Make a course folder with a class."""
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    shutil.copytree(ROOT / "reference" / LAB, folder / "reference" / LAB, ignore=ignored)
    shutil.copytree(ROOT / "assignments" / LAB, folder / "assignments" / LAB)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    right, wrong = (
        sorted((ROOT / "reference" / LAB / kind).glob("*.py")) for kind in ("accepted", "rejected")
    )
    for number in range(students):
        files = wrong if number % 2 else right
        place = folder / "submitted" / f"student-{number:04}" / LAB / f"{LAB}.py"
        place.parent.mkdir(parents=True)
        source = files[number // 2 % len(files)].read_text("utf-8")
        place.write_text(f"{source}\n# {number}\n", "utf-8")


class Seconds(NamedTuple):
    """What a command took."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s | {self.processor:.1f} s"

    def beyond(self, other: Seconds) -> Seconds:
        """Return what it took more than another."""
        return Seconds(self.wall - other.wall, self.processor - other.processor)


def timed(folder: Path, *arguments: str) -> Seconds:
    """Run the program in the course folder and return what it took."""
    command = [sys.executable, "-m", "autograder.cli.main", *arguments]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return Seconds(wall, used)


def in_browser(path: Path) -> dict[str, float]:
    """Return milliseconds until the page is loaded, and until a search shows what it found."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not everywhere
    except ImportError:
        return {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.resolve().as_uri(), wait_until="load")
        found = {"load": float(page.evaluate(LOADED)), "search": float(page.evaluate(TYPED))}
        browser.close()
    return found


def main() -> None:
    """Measure, and print a table."""
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_course(folder, students)
        grade = ("grade", "submitted", "-a", LAB, "--timeout", "5")
        rows = [("`grade`", str(timed(folder, *grade)))]
        again = timed(folder, *grade)
        rows.append(("`grade` again, nothing changed", str(again)))
        first = timed(folder, *grade, "--db").beyond(again)
        rows.append(("of `grade --db`: gradebook and notebooks", str(first)))
        rows.append(("the same again", str(timed(folder, *grade, "--db").beyond(again))))
        rows.append(("`report`", str(timed(folder, "report", "-a", LAB))))
        page = folder / "graded" / LAB / "report.html"
        rows.append(("its page", f"{page.stat().st_size / 1e6:.2f} MB |"))
        rows += [(f"its page: {name}", f"{ms:.0f} ms |") for name, ms in in_browser(page).items()]
        rows.append(("`feedback`", str(timed(folder, "feedback", "-a", LAB))))
        export = ("export", "-a", LAB, "--out", "grades.csv")
        rows.append(("`export`", str(timed(folder, *export))))
    print(f"| {students} students | wall | processor |\n|---|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
