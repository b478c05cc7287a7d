"""A lab with a proved reference, against which everything else is tested."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator

from autograder.course.folder import Course
from autograder.engines.engine import Engine
from autograder.errors import AutograderError, CourseError
from autograder.exercise.part import Variable
from autograder.exercise.plan import Plan
from autograder.exercise.spec import Exercise
from autograder.grading.cache import Store
from autograder.grading.declared import Declared, clashes, read_declared, rejected
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import observe_mutants, observe_part_mutants, short_plan
from autograder.grading.observe import FileObservatory, Observed, Progress, budget_for
from autograder.grading.own_mistakes import observe_own
from autograder.grading.settle import settled
from autograder.judge.cache import Cache
from autograder.judge.diagnosis.course import CourseMistake
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.part_mutants import PartMutant
from autograder.judge.judge import Judge, require_full_marks, require_whole
from autograder.protocol.codec import encode
from autograder.protocol.job import File, Job
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Policy
from autograder.verification.calibration import miscalibrated
from autograder.verification.item import Item, claim
from autograder.verification.margins import MarginBook, float_spread
from autograder.verification.sent import sent_answers
from autograder.verification.usage import UsageBook
from autograder.words.catalogue import say
from autograder.words.text import text

REFERENCE_CLAIMS = (
    MARKS := "full marks",
    TWICE := "same trace twice",
    OBJECTIVE := "follows the objective",
    ISOLATED := "passes with our forward and criterion",
    LIMITS := "needs little of the limits",
    SENDS := "sends no answer",
    CALIBRATED := "keeps its claims on random results",
)
FIXED = "proof-fixed"
DERIVES = "is the derivative that the spec names"
DISAGREES = 0.5  # of a tolerance: rounding stays far below, another formula far above


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bench:
    """What labs are proved with: in a course, and with one variant of its hidden data."""

    course: Course
    engine: Engine
    policy: Policy
    store: Callable[[str], Store]
    progress: Progress | None = None
    variant: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ready:
    """One lab, judged by its reference.

    ``own`` are the mistakes that its rejected files bring, as far as their headers are right.
    ``short`` leaves out the scenarios of many steps, so that many mutants can be tried; planted
    mistakes are every lab's, so ``short_judge`` knows none of the course's own.
    """

    course: Course
    lab: Lab
    observatory: FileObservatory
    usage: UsageBook
    reference: Trace
    judge: Judge
    own: tuple[CourseMistake, ...]
    short: Plan
    short_judge: Judge
    spread: float
    book: MarginBook
    part_mutants: tuple[PartMutant, ...] = ()

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.lab.name


MakeReady = Callable[[], Ready]


def prepare(bench: Bench, name: str) -> Iterator[Item | MakeReady]:
    """Yield items for spec and reference; if they pass, then what makes the lab ready to judge.

    That has the lab's mistakes observed, which neither spec nor reference needs.
    """
    try:
        lab = load_lab(bench.course, name).of_variant(bench.variant)
    except AutograderError as error:
        yield claim(name, "spec", "exercise.py", str(error))
        return
    yield claim(name, "spec", "exercise.py", "")
    store = bench.store(name)
    observatory = FileObservatory(bench.engine, bench.policy, store, bench.progress)
    try:
        lab = settled_lab(lab, observatory)
    except CourseError as error:
        yield claim(name, "reference", MARKS, str(error))
        return
    once, again = _observe_twice(observatory, lab)
    first, second = once.trace, again.trace
    make_judge = functools.cache(lambda: Judge(lab.plan, first))
    problems = {
        MARKS: short_of_marks(lab, make_judge, first),
        TWICE: "" if encode(first) == encode(second) else say("proof-two-differ"),
    }
    yield from _items(name, problems)
    if any(problems.values()):
        return
    spread, where = float_spread(lab.plan, first)
    problem = ""
    if not spread <= DISAGREES:
        problem = say("proof-objective", spread=spread, where=where)
    yield from _items(name, {OBJECTIVE: problem})
    if problem:
        return
    judge = make_judge()
    cut_off = unrescued(judge, lab.plan, first)
    problem = say("proof-isolated", checks=", ".join(sorted(cut_off))) if cut_off else ""
    problem = problem and f"{problem} {_apart(judge, first)}".strip()
    yield from _items(name, {ISOLATED: problem})
    usage = UsageBook(store.folder)
    for run in (once, again):
        usage.add({name: run})
    problem = usage.problems({name: again}, lab.plan.exercise.limits)[name]
    yield from _items(name, {LIMITS: problem, SENDS: _sent(lab, first)})
    yield from written_down(lab.plan.exercise)
    if any(check.derivative_of for check in lab.plan.exercise.part_checks.values()):
        yield from _items(name, {DERIVES: _derived(judge)})
    budget = budget_for(lab.plan.exercise.limits)
    yield from _items(name, {CALIBRATED: miscalibrated(lab, first, observatory.known, budget)})
    yield functools.partial(_ready, bench, lab, observatory, usage, first, spread, judge.cache)


def _ready(
    bench: Bench,
    lab: Lab,
    observatory: FileObservatory,
    usage: UsageBook,
    reference: Trace,
    spread: float,
    cache: Cache,
) -> Ready:
    """Observe the lab's mistakes, and return what judges by them."""
    budget = budget_for(lab.plan.exercise.limits)
    mutants = observe_mutants(lab, observatory.known, budget)
    own = observe_own(_sound(lab), lab.plan, observatory.known, budget)
    parts = observe_part_mutants(lab, observatory.known, budget)
    short = short_plan(lab.plan)
    diagnoser = Diagnoser(lab.plan, reference, mutants, own, parts)
    return Ready(
        course=bench.course,
        lab=lab,
        observatory=observatory,
        usage=usage,
        reference=reference,
        judge=Judge(lab.plan, reference, diagnoser, cache=cache),
        own=own,
        part_mutants=parts,
        short=short,
        short_judge=Judge(short, reference, Diagnoser(short, reference, mutants), cache=cache),
        spread=spread,
        book=MarginBook(lab.name, lab.plan.exercise.points),
    )


def _apart(judge: Judge, reference: Trace) -> str:
    """Return what keeps a part of the reference from passing with a neutral stand-in."""
    checks = judge.parts.checks.values()
    found = [one for check in checks for one in judge.parts.findings(check.id, reference).values()]
    wrong = [one.message for one in found if one.outcome not in ("passed", "absent")]
    return "; ".join(dict.fromkeys(map(say, wrong)))


def written_down(exercise: Exercise) -> Iterator[Item]:
    """Yield the values that anybody can write down; refuted where the author does not say so."""
    for part in exercise.parts:
        if isinstance(part, Variable):
            points = sum(part.worths().values())
            code = FIXED if part.fixed else "proof-not-fixed"
            why = text(code, name=part.names[0], points=f"{points:g}")
            yield Item(
                lab=exercise.lab,
                group="reference",
                name=f"{part.key} is written down",
                outcome="proved" if part.fixed else "refuted",
                message=say(why),
                code=why.code,
            )


def _derived(judge: Judge) -> str:
    """Return which checks have a reference that is not the derivative that it should be."""
    found = ", ".join(judge.parts.underived())
    return say("proof-no-derivative", checks=found) if found else ""


def _sent(lab: Lab, reference: Trace) -> str:
    """Return which scripts hand over what another one asks for."""
    found = dict.fromkeys(sent_answers(lab.plan.scripts, reference.scripts))
    return "; ".join(say("proof-sent-answer", script=one, other=other) for one, other in found)


def settled_lab(lab: Lab, observatory: FileObservatory) -> Lab:
    """Return the lab with what draws ask of the reference. Raises CourseError."""
    budget = budget_for(lab.plan.exercise.limits)
    path, source = lab.reference_path, lab.reference_source
    plan = settled(lab.plan, path, source, observatory.known, budget)
    return dataclasses.replace(lab, plan=plan)


def _sound(lab: Lab) -> list[Declared]:
    """Return what files with own mistakes declare; a wrong header is reported elsewhere."""
    found = []
    for path in rejected(lab.reference_path.parent):
        with contextlib.suppress(CourseError):
            declared = read_declared(path, lab.plan.exercise.points)
            if declared.own is not None:
                found.append(declared)
    clashing = clashes(found)
    return [one for one in found if one.path not in clashing]


def unrescued(judge: Judge, plan: Plan, trace: Trace) -> set[str]:
    """Return the training checks that do not pass in all isolated scenarios.

    Where forward or criterion is wrong, these cannot be rescued there.
    """
    isolated = {p.scenario.id for p in plan.scenarios if p.scenario.kind == "isolated"}
    isolated |= {p.script.id for p in plan.scripts if p.script.kind == "isolated"}
    return {
        check
        for check, found in judge.findings(trace).items()
        if any(one.outcome not in ("passed", "absent") for n, one in found.items() if n in isolated)
    }


def _items(lab: str, problems: dict[str, str]) -> Iterator[Item]:
    for name, problem in problems.items():
        yield claim(lab, "reference", name, problem)


def _observe_twice(observatory: FileObservatory, lab: Lab) -> tuple[Observed, Observed]:
    """Run the reference two times, whatever is stored."""
    jobs = {"reference": handed_in(lab, ".py", lab.reference_source)}
    (once,) = observatory.observe("reference", jobs, fresh=True).values()
    label = say("proof-reference-again")
    (again,) = observatory.observe(label, jobs, fresh=True).values()
    return once, again


def handed_in(lab: Lab, suffix: str, data: bytes) -> Job:
    """Return the job of a file as if a student had handed it in."""
    budget = budget_for(lab.plan.exercise.limits)
    return lab.job((File(name=f"{lab.name}{suffix}", data=data),), budget)


def short_of_marks(lab: Lab, make_judge: Callable[[], Judge], trace: Trace) -> str:
    """Return why the reference does not earn full marks, nothing where it does."""
    try:
        require_whole(trace, str(lab.reference_path))
        require_full_marks(make_judge().judge(trace), str(lab.reference_path))
    except CourseError as error:
        return str(error)
    return ""
