"""Prove that what students receive is up to date and has nothing that only graders may know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograder.assignment.build import compare
from autograder.course.folder import Course
from autograder.errors import AutograderError, CourseError
from autograder.exercise.published import FILENAME, load_published
from autograder.exercise.scripts import PlannedScript
from autograder.grading.lab import Lab
from autograder.grading.publish import Publisher
from autograder.verification.context import Ready
from autograder.verification.item import Item, claim
from autograder.words.catalogue import say

TELLING_DIGITS = 4  # smaller numbers stand everywhere; they tell only where they are called seeds
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
_SEED = re.compile(r"seed\w*\W{1,4}(\d+)", re.IGNORECASE)


def prove_build(ready: Ready, publisher: Publisher) -> Iterator[Item]:
    """Require files that are what the reference makes, and that leak neither solution nor seeds."""
    try:
        for file in compare(ready.course, ready.name, publisher):
            sound = file.state in ("written", "unchanged")
            problem = "" if sound else f"{file.state}: {file.detail or say('proof-run-build')}"
            yield claim(ready.name, "build", file.path.name, problem)
    except AutograderError as error:
        yield claim(ready.name, "build", "build", str(error))
    yield claim(ready.name, "build", "hidden seeds", leaked_seeds(ready.course, ready.lab))


def leaked_seeds(course: Course, lab: Lab) -> str:
    """Return which hidden seeds stand in the assignment's texts, or hidden data in its numbers."""
    seeds = lab.plan.exercise.hidden_seeds
    found = []
    for path in sorted(course.assignment(lab.name).glob("*")):
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            large = {int(n) for n in _NUMBER.findall(text) if len(n) >= TELLING_DIGITS}
            named = {int(n) for n in _SEED.findall(text)}
            found += [
                say("proof-hidden-seed", file=path.name, seed=seed)
                for seed in seeds
                if seed in large | named
            ]
    return "; ".join([*found, *_leaked_data(course, lab), *told_draws(lab.plan.scripts)])


def told_draws(scripts: Iterable[PlannedScript]) -> list[str]:
    """Return which hidden scripts hand over what a public one does: their outcome is published.

    Steps without arguments have nothing to be drawn, and another seed gives other random results.
    """
    scripts = list(scripts)
    public = [(one.script.steps, one.script.seed) for one in scripts if one.public]
    return [
        say("proof-told-draw", file=FILENAME, script=one.script.id)
        for one in scripts
        if not one.public
        and (one.script.steps, one.script.seed) in public
        and any(step.arguments or step.named for step in one.script.steps)
    ]


def _leaked_data(course: Course, lab: Lab) -> list[str]:
    """Return which hidden scenarios' data are among the published ones."""
    try:
        published = load_published(course.expected(lab.name))
    except CourseError:
        return []  # missing or broken: said where the files are compared
    given = [dict(scenario.situation.data) for scenario in published.scenarios]
    return [
        say("proof-hidden-data", file=FILENAME, id=planned.scenario.id)
        for planned in lab.plan.scenarios
        if not planned.public and dict(planned.scenario.situation.data) in given
    ]
