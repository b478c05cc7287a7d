"""A lab whose reference has been proved: what everything else of it is measured with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from autograder.course.folder import Course
from autograder.engines.engine import Engine
from autograder.errors import AutograderError, CourseError
from autograder.exercise.plan import Plan
from autograder.grading.cache import Store
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import observe_mutants
from autograder.grading.observe import FileObservatory, Observed, Progress, Source, budget_for
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge, require_full_marks, require_whole
from autograder.protocol.codec import encode
from autograder.protocol.job import Scenario, steps_per_iteration
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Policy
from autograder.verification.item import Item, claim
from autograder.verification.margins import MarginBook, float_spread
from autograder.verification.usage import UsageBook
from autograder.words.catalogue import say

REFERENCE_CLAIMS = (
    MARKS := "full marks",
    TWICE := "same trace twice",
    OBJECTIVE := "follows the objective",
    ISOLATED := "passes with our forward and criterion",
    LIMITS := "needs little of the limits",
)
MOST_STEPS = 150  # of a scenario that many mutants are tried in
DISAGREES = 0.5  # of a tolerance: rounding stays far below, another formula far above


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bench:
    """What labs are proved with."""

    course: Course
    engine: Engine
    policy: Policy
    store: Callable[[str], Store]
    progress: Progress | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ready:
    """One lab, judged by its reference.

    ``short`` leaves out the scenarios of many steps, so that many mutants can be tried.
    """

    course: Course
    lab: Lab
    observatory: FileObservatory
    usage: UsageBook
    reference: Trace
    judge: Judge
    short: Plan
    short_judge: Judge
    spread: float
    book: MarginBook

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.lab.name


def prepare(bench: Bench, name: str) -> Iterator[Item | Ready]:
    """Yield an item for spec and reference, then the lab ready to judge, if they hold."""
    try:
        lab = load_lab(bench.course, name)
    except AutograderError as error:
        yield claim(name, "spec", "exercise.py", str(error))
        return
    yield claim(name, "spec", "exercise.py", "")
    store = bench.store(name)
    observatory = FileObservatory(bench.engine, bench.policy, store, bench.progress)
    once, again = _observe_twice(observatory, lab)
    first, second = once.trace, again.trace
    problems = {
        MARKS: _marks(lab, first),
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
    cut_off = unrescued(Judge(lab.plan, first), lab.plan, first)
    problem = say("proof-isolated", checks=", ".join(sorted(cut_off))) if cut_off else ""
    yield from _items(name, {ISOLATED: problem})
    usage = UsageBook(store.folder)
    for run in (once, again):
        usage.add({name: run})
    problem = usage.problems({name: again}, lab.plan.exercise.limits)[name]
    yield from _items(name, {LIMITS: problem})
    mutants = observe_mutants(lab, observatory.known, budget_for(lab.plan.exercise.limits))
    short = _short(lab.plan)
    yield Ready(
        course=bench.course,
        lab=lab,
        observatory=observatory,
        usage=usage,
        reference=first,
        judge=Judge(lab.plan, first, Diagnoser(lab.plan, first, mutants)),
        short=short,
        short_judge=Judge(short, first, Diagnoser(short, first, mutants)),
        spread=spread,
        book=MarginBook(name, lab.plan.exercise.points),
    )


def unrescued(judge: Judge, plan: Plan, trace: Trace) -> set[str]:
    """Return the training checks that do not pass in all isolated scenarios.

    Where forward or criterion is wrong, these cannot be rescued there.
    """
    isolated = {p.scenario.id for p in plan.scenarios if p.scenario.kind == "isolated"}
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
    source = Source(name="reference", filename=f"{lab.name}.py", data=lab.reference_source)
    runs = []
    for label in ("reference", say("proof-reference-again")):
        ((_, found),) = observatory.observe(label, lab.plan, [source], fresh=True)
        runs.append(found)
    return runs[0], runs[1]


def _marks(lab: Lab, trace: Trace) -> str:
    """Return why the reference does not earn full marks, nothing where it does."""
    try:
        require_whole(trace, str(lab.reference_path))
        require_full_marks(Judge(lab.plan, trace).judge(trace), str(lab.reference_path))
    except CourseError as error:
        return str(error)
    return ""


def _short(plan: Plan) -> Plan:
    """Return the plan without scenarios of many steps."""

    def steps(scenario: Scenario) -> int:
        each = steps_per_iteration(plan.exercise.contract, scenario.situation)
        return each * sum(scenario.calls)

    kept = tuple(p for p in plan.scenarios if steps(p.scenario) <= MOST_STEPS)
    return dataclasses.replace(plan, scenarios=kept)
