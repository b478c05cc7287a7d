"""What suites share: traces that are known already, an engine that runs, a way to wait.

A trace's address says what it is a trace of: the job, the limits, the isolation, the versions and
the code. So whoever finds one need not observe it again.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from autograder.course.secret import SETTINGS
from autograder.engines.pool import LocalEngine
from autograder.exercise.plan import Plan
from autograder.exercise.published import KnownMistake
from autograder.grading import mutants
from autograder.grading.cache import Store
from autograder.grading.known import known_mistakes
from autograder.grading.lab import Lab
from autograder.grading.mutants import observe_mutants
from autograder.grading.observe import Observatory
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.mistakes.mistake import Mistake
from autograder.protocol.job import Budget
from autograder.protocol.trace import Trace
from autograder.sandbox.detection import Trial
from autograder.sandbox.message import Level, Policy

ROOT = Path(__file__).resolve().parents[1]
TRAINED = tuple(
    sorted(
        p.parent.name
        for p in ROOT.glob("reference/*/exercise.py")
        if "objective=" in p.read_text("utf-8")
    )
)
"""The labs that train something; the others are parts alone."""
SOME = 4
"""One of so many mistakes is planted by default where a lab is made for tests."""
PROVED = ROOT / "graded"  # where ``make prove`` keeps what it observes


class Known(Store):
    """A store that takes over what ``make prove`` has observed."""

    def read_trace(self, key: str) -> Trace | None:
        """Return a trace of ours, or one of the proof's, which is ours from then on."""
        trace = super().read_trace(key)
        if trace is None:
            trace = Store(PROVED, self.folder.name).read_trace(key)
            if trace is not None:
                self.write_trace(key, trace)
        return trace


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Wait for a state, for as long as a slow machine may need; say whether it came."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Keep the other processes of a run out for as long as the block lasts."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def one_engine(engine: LocalEngine) -> Iterator[None]:
    """Let commands that run in this process use an engine that runs already."""

    class Shared:
        level, notes, start, run = engine.level, engine.notes, engine.start, engine.run

        def __init__(self, level: Level, policy: Policy, entry: str, jobs: int) -> None:
            del jobs
            assert (level, policy, entry) == (engine.level, engine._policy, engine._entry)

        def close(self) -> None:
            """Leave it to the session."""

    trial = Trial(level=engine.level, works=True, detail="tried before")
    with (
        patch("autograder.engines.pool.LocalEngine", Shared),
        patch("autograder.grading.setup.LocalEngine", Shared),
        patch("autograder.grading.setup.detect", lambda: trial),
    ):
        yield


def with_one_variant(root: Path) -> Path:
    """Let a course have one draw of hidden data, so that its mistakes are observed once."""
    (root / SETTINGS).write_text("variants = 1\n", "utf-8")
    return root


def linked_course(root: Path) -> Path:
    """Make a course of the repository's labs with one draw of hidden data."""
    root.mkdir()
    for name in ("reference", "assignments"):
        (root / name).symlink_to(ROOT / name)
    return with_one_variant(root)


def learn(out: Path, bank: Path) -> None:
    """Let an output folder know what the ``bank`` knows: the lab's mistakes."""
    for traces in bank.glob("*/traces"):
        shutil.copytree(traces, out / traces.parent.name / "traces", dirs_exist_ok=True)


@contextlib.contextmanager
def mistakes_kept(traces: Path) -> Iterator[None]:
    """Let whoever publishes a lab take what its mistakes come to where that was observed before.

    The reference itself is observed each time.
    """

    def known(
        plan: Plan, source: bytes, reference: Trace, observatory: Observatory, budget: Budget
    ) -> tuple[KnownMistake, ...]:
        engine, policy = observatory._engine, observatory._shelf._policy
        kept = Observatory(engine, policy, Store(traces, "published"))
        return known_mistakes(plan, source, reference, kept, budget)

    with patch("autograder.grading.publish.known_mistakes", known):
        yield


@contextlib.contextmanager
def mutants_kept(out: Path) -> Iterator[None]:
    """Let whoever grades afresh observe files again, but not the lab's known mistakes."""

    def known(lab: Lab, observatory: Observatory, budget: Budget) -> tuple[Mutant, ...]:
        engine, policy = observatory._engine, observatory._shelf._policy
        return observe_mutants(lab, Observatory(engine, policy, Store(out, lab.name)), budget)

    with patch("autograder.grading.standard.observe_mutants", known):
        yield


@contextlib.contextmanager
def some_planted(every: int, lab: Path) -> Iterator[None]:
    """Plant one of so many mistakes in training, and each that the lab's rejected files name."""
    texts = [path.read_text("utf-8") for path in (lab / "rejected").glob("*.py")]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("# mistake:")]
    named = {word for line in lines for word in line.split()}
    plant, pair = mutants.planted_in, mutants._pairs

    def some(plan: Plan, source: bytes) -> tuple[tuple[Mistake, str], ...]:
        found = enumerate(plant(plan, source))
        return tuple(one for number, one in found if number % every == 0 or one[0].id in named)

    with (
        patch("autograder.grading.mutants.planted_in", some),
        patch("autograder.verification.mutants.planted_in", some),
        patch("autograder.grading.mutants._pairs", lambda ground: pair(ground)[::every]),
    ):
        yield


def no_mistakes_published() -> contextlib.AbstractContextManager[object]:
    """Let labs be published without their mistakes, where nothing asks for them."""
    return patch("autograder.grading.publish.known_mistakes", lambda *_: ())
