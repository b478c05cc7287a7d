"""Prove the stub and the examples: nothing for the one, what they deserve for the others.

The examples are files that must get full marks, and files that declare what they lose.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.spec import CHECKS
from autograder.grading.observe import Source
from autograder.judge.result import Diagnosis, Verdict
from autograder.verification.context import Ready
from autograder.verification.item import Group, Item, claim
from autograder.verification.usage import TRIES
from autograder.words.catalogue import say


def prove_stub(ready: Ready) -> Iterator[Item]:
    """Require that what students receive earns nothing as it is."""
    folder = ready.course.assignment(ready.name)
    paths = [folder / f"{ready.name}{suffix}" for suffix in (".py", ".ipynb")]
    for path in paths:
        if not path.is_file():
            problem = say("proof-no-stub", name=ready.name, path=path)
            yield claim(ready.name, "stub", path.name, problem)
    there = [path for path in paths if path.is_file()]
    for path, verdict in _judged(ready, "stub", there):
        problem = "" if verdict.score == 0.0 else say("proof-stub-scores", score=verdict.score)
        yield claim(ready.name, "stub", path.name, problem)


def prove_accepted(ready: Ready) -> Iterator[Item]:
    """Require full marks for right files, within a twentieth of the limits.

    Their deviations are kept for the margins.
    """
    paths = accepted(ready.course, ready.name)
    judged = list(_judged(ready, "accepted", paths))
    problems = _wasteful(ready, paths)
    for path, verdict in judged:
        lost = [f"{c.id}: {c.message}" for c in verdict.checks if not c.passed]
        if verdict.status != "graded":
            lost = [verdict.status, verdict.message, *lost]
        if not lost and problems[path.name]:
            lost = [problems[path.name]]
        yield claim(ready.name, "accepted", path.name, "; ".join(lost))


def prove_rejected(ready: Ready) -> Iterator[Item]:
    """Require that wrong files lose what they declare, and that their mistakes are named."""
    declared, problems = {}, {}
    for path in rejected(ready.course, ready.name):
        try:
            declared[path] = read_declared(path)
        except CourseError as error:
            problems[path] = str(error)
    for path, problem in problems.items():
        yield claim(ready.name, "rejected", path.name, problem)
    for path, verdict in _judged(ready, "rejected", list(declared)):
        said = declared[path]
        lost = {check.id for check in verdict.checks if not check.passed}
        problem = ""
        if lost != said.fails:
            problem = say("proof-other-checks", declared=_listed(said.fails), lost=_listed(lost))
        else:
            problem = misnamed(said, verdict.diagnosis)
        yield claim(ready.name, "rejected", path.name, problem)


def misnamed(declared: Declared, found: tuple[Diagnosis, ...]) -> str:
    """Return how the mistakes named differ from those declared, nothing where they do not.

    More may be named only where they say that they coincide.
    """
    named = {diagnosis.id for diagnosis in found}
    missing = [one for one in declared.mistakes if not one & named]
    if missing:
        wanted = "; ".join(f" {say('or')} ".join(sorted(one)) for one in missing)
        return say("proof-mistake-not-named", listed=_listed(named), wanted=wanted)
    wanted_ids = frozenset().union(*declared.mistakes)
    beside = [d.id for d in found if d.id not in wanted_ids and "several" not in d.remarks]
    if beside:
        return say("proof-mistake-named", listed=_listed(set(beside)))
    return ""


def _wasteful(ready: Ready, paths: list[Path]) -> dict[str, str]:
    """Return which files need too much of the limits; what was never measured is run again."""
    limits, plan = ready.lab.plan.exercise.limits, ready.lab.plan
    found = dict(ready.observatory.observe("accepted", plan, _sources(ready, paths)))
    for _ in range(TRIES):
        ready.usage.add(found)
        problems = ready.usage.problems(found, limits)
        again = [path for path in paths if problems[path.name]]
        if not again:
            break
        sources = _sources(ready, again)
        found |= dict(
            ready.observatory.observe(say("proof-time-accepted"), plan, sources, fresh=True)
        )
    return problems


def _sources(ready: Ready, paths: list[Path]) -> list[Source]:
    return [
        Source(name=path.name, filename=f"{ready.name}{path.suffix}", data=path.read_bytes())
        for path in paths
    ]


def _judged(ready: Ready, group: Group, paths: list[Path]) -> Iterator[tuple[Path, Verdict]]:
    """Yield each file with its verdict, in the order of ``paths``, whichever was done first."""
    found = dict(ready.observatory.observe(group, ready.lab.plan, _sources(ready, paths)))
    if group == "accepted":
        ready.usage.add(found)
    for path in paths:
        trace = found[path.name].trace
        if group == "accepted":
            ready.book.add_accepted(path.name, ready.judge.findings(trace, isolated=False))
        yield path, ready.judge.judge(trace)


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names)) or say("nothing")


HEADER_LINES = 6
_LINE = re.compile(r"#\s*(fails|mistake|why)\s*:\s*(.*)")
NONE = "none"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declared:
    """What a rejected file says of itself.

    ``mistakes`` holds alternatives for each mistake: all must be named, one of each.
    """

    fails: frozenset[str]
    mistakes: tuple[frozenset[str], ...]
    why: str


def accepted(course: Course, lab: str) -> list[Path]:
    """Return the files that must get full marks."""
    return _files(course, lab, "accepted")


def rejected(course: Course, lab: str) -> list[Path]:
    """Return the files that must lose exactly what they declare."""
    return _files(course, lab, "rejected")


def _files(course: Course, lab: str, kind: str) -> list[Path]:
    folder = course.exercise(lab).parent / kind
    return sorted(path for path in folder.glob("*") if path.suffix in (".py", ".ipynb"))


def read_declared(path: Path) -> Declared:
    """Return what the first lines of a rejected file declare. Raises CourseError."""
    found = {}
    for line in path.read_text("utf-8", "replace").splitlines()[:HEADER_LINES]:
        match = _LINE.match(line)
        if match:
            found[match[1]] = match[2].strip()
    if "fails" not in found or "mistake" not in found:
        raise CourseError(say("rejected-no-header", path=path))
    fails = frozenset(_names_in(found["fails"]))
    unknown = sorted(fails - set(CHECKS))
    if unknown or not fails:
        raise CourseError(
            say("rejected-unknown", checks=unknown or say("no-check"), known=CHECKS, path=path)
        )
    named = [] if found["mistake"] == NONE else _names_in(found["mistake"])
    mistakes = tuple(frozenset(part.strip() for part in one.split("|")) for one in named)
    return Declared(fails=fails, mistakes=mistakes, why=found.get("why", ""))


def _names_in(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
