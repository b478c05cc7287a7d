"""Prove the stub, which gets zero points, and the examples, which get what they declare.

The examples are files that must get full marks, and files that declare what they lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.fixtures import ALTERNATIVES
from autograder.grading import declared
from autograder.grading.declared import Declared, clashes, read_declared
from autograder.grading.observe import Observed
from autograder.judge.result import Diagnosis, Verdict
from autograder.protocol.job import Job
from autograder.protocol.trace import Trace
from autograder.verification.context import Ready, handed_in
from autograder.verification.item import Group, Item, claim, listed
from autograder.verification.own import told_besides, unknown_ids, untellable, untold
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
    for path, _, verdict in _judged(ready, "stub", there):
        problem = "" if verdict.score == 0.0 else say("proof-stub-scores", score=verdict.score)
        yield claim(ready.name, "stub", path.name, problem)


def prove_accepted(ready: Ready) -> Iterator[Item]:
    """Require full marks for right files, within a twentieth of the limits.

    Their deviations are kept for the margins.
    """
    jobs = _jobs(ready, accepted(ready.course, ready.name))
    found, verdicts = _observed(ready, "accepted", jobs)
    problems = _wasteful(ready, jobs, found)
    for name, verdict in verdicts.items():
        trace = found[name].trace
        ready.book.add_accepted(name, ready.judge.findings(trace, isolated=False))
        lost = [f"{c.id}: {say(c.message)}" for c in verdict.checks if not c.passed]
        if verdict.status != "graded":
            lost = [verdict.status, say(verdict.message), *lost]
        if not lost and problems[name]:
            lost = [problems[name]]
        yield claim(ready.name, "accepted", name, "; ".join(lost))


def prove_rejected(ready: Ready) -> Iterator[Item]:
    """Require that wrong files lose what they declare, and that their mistakes are named.

    A mistake that a file brings must be told for it, and for nothing that is right.
    """
    read, problems = {}, {}
    for path in rejected(ready.course, ready.name):
        try:
            read[path] = read_declared(path, ready.lab.plan.exercise.points)
        except CourseError as error:
            said_once = str(error).removeprefix(f"{path}: ")
            problems[path] = said_once.replace(str(path), path.name)
    problems |= clashes(read.values())
    own = {one.own.id for one in read.values() if one.own is not None}
    for path, said in read.items():
        unknown = unknown_ids(said, own)
        if unknown:
            problems.setdefault(path, unknown)
    for path, problem in problems.items():
        yield claim(ready.name, "rejected", path.name, problem)
    sound = {path: said for path, said in read.items() if path not in problems}
    right = _accepted_traces(ready) if any(said.own for said in sound.values()) else {}
    for path, trace, verdict in _judged(ready, "rejected", list(sound)):
        said = sound[path]
        lost = {check.id for check in verdict.checks if not check.passed}
        problem = untellable(ready, said, trace, right)
        if not problem:
            other = say("proof-other-checks", declared=listed(said.fails), lost=listed(lost))
            wrong = ("" if lost == said.fails else other, _misnamed(said, verdict.diagnosis))
            problem = "; ".join(filter(None, wrong))
        yield claim(ready.name, "rejected", path.name, problem)


def _accepted_traces(ready: Ready) -> dict[str, Trace]:
    """Return the traces of right files, which were observed before."""
    jobs = _jobs(ready, accepted(ready.course, ready.name))
    found = ready.observatory.observe("accepted", jobs)
    return {f"accepted/{name}": one.trace for name, one in found.items()}


def _misnamed(said: Declared, found: tuple[Diagnosis, ...]) -> str:
    if said.own is not None:
        return untold(said, found)
    return told_besides(said, found) or misnamed(said, found)


def misnamed(said: Declared, found: tuple[Diagnosis, ...]) -> str:
    """Return how the mistakes named differ from those declared, nothing where they do not.

    More may be named only where they say that they coincide.
    """
    named = {diagnosis.id for diagnosis in found}
    missing = [one for one in said.mistakes if not one & named]
    if missing:
        wanted = "; ".join(f" {say('or')} ".join(sorted(one)) for one in missing)
        return say("proof-mistake-not-named", listed=listed(named), wanted=wanted)
    wanted_ids = frozenset().union(*said.mistakes)
    beside = [d.id for d in found if d.id not in wanted_ids and "several" not in d.remarks]
    if beside:
        return say("proof-mistake-named", listed=listed(set(beside)))
    return ""


def _wasteful(
    ready: Ready, jobs: Mapping[str, Job], found: Mapping[str, Observed]
) -> dict[str, str]:
    """Return which files need too much of the limits; what was never measured is run again."""
    limits = ready.lab.plan.exercise.limits
    ready.usage.add(found)
    for _ in range(TRIES):
        problems = ready.usage.problems(found, limits)
        again = {name: jobs[name] for name, problem in problems.items() if problem}
        if not again:
            break
        label = say("proof-time-accepted")
        ready.usage.add(ready.observatory.observe(label, again, fresh=True))
    return ready.usage.problems(found, limits)


def _jobs(ready: Ready, paths: Iterable[Path]) -> dict[str, Job]:
    return {path.name: handed_in(ready.lab, path.suffix, path.read_bytes()) for path in paths}


def _judged(ready: Ready, group: Group, paths: list[Path]) -> Iterator[tuple[Path, Trace, Verdict]]:
    """Yield each file with trace and verdict, in the order of ``paths``."""
    found, verdicts = _observed(ready, group, _jobs(ready, paths))
    for path in paths:
        yield path, found[path.name].trace, verdicts[path.name]


def _observed(
    ready: Ready, label: str, jobs: Mapping[str, Job]
) -> tuple[dict[str, Observed], dict[str, Verdict]]:
    """Return what was observed of each file, and its verdict: some are judged while others run."""
    found, verdicts = {}, {}
    for name, one in ready.observatory.each(label, jobs):
        found[name], verdicts[name] = one, ready.judge.judge(one.trace)
    return {name: found[name] for name in jobs}, {name: verdicts[name] for name in jobs}


def accepted(course: Course, lab: str) -> list[Path]:
    """Return the files that must get full marks: other ways to what is right."""
    folder = course.exercise(lab).parent
    found = [*(folder / "accepted").glob("*"), *(folder / ALTERNATIVES).glob("*.py")]
    return sorted(path for path in found if path.suffix in (".py", ".ipynb"))


def rejected(course: Course, lab: str) -> list[Path]:
    """Return the files that must lose exactly what they declare."""
    return declared.rejected(course.exercise(lab).parent)
