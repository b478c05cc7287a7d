"""Every isolation backend keeps the same rules; what it cannot do is listed by name.

The rules of a level run in one batch, each fourth followed by an honest submission. By default
these are all at the best level and some of each family at landlock; in thorough runs all at each,
each followed by an honest one, by an ordinary user as well. A gap is as much a claim as a rule:
where one is listed, the rule must be broken.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from budget import BUDGET
from elsewhere import ORDINARY_ID, OrdinaryEngine

from autograder.engines.engine import Work
from autograder.engines.pool import LocalEngine
from autograder.grading.lab import Lab
from autograder.grading.observe import parts_of, trace_of
from autograder.grading.setup import ENTRY
from autograder.judge.judge import Judge
from autograder.protocol.codec import encode, split_frames
from autograder.protocol.job import Job
from autograder.protocol.trace import Spent
from autograder.sandbox.message import MB, Level, Policy, Report
from autograder.sandbox.registry import GAPS, GAPS_WITHOUT_GROUPS, gaps_of
from autograder.sandbox.root import UNPRIVILEGED_ID
from tests.shared import within

from . import calls, files, limits, network, processes
from .rule import Place, Rule, Seen, see, source_of


class Ground(NamedTuple):
    """Where rules are tried: a level, run by whoever runs the tests or by an ordinary user."""

    level: Level
    ordinary: bool = False

    def __str__(self) -> str:
        return f"{self.level}-ordinary" if self.ordinary else self.level


NAMESPACES, LANDLOCK, NONE = Ground("namespaces"), Ground("landlock"), Ground("none")
UID = Ground("uid")
GROUNDS = (
    NAMESPACES,
    NAMESPACES._replace(ordinary=True),
    LANDLOCK,
    LANDLOCK._replace(ordinary=True),
    NONE,
    UID,
)
STRONG = GROUNDS[:4]


FAMILIES = (files, network, processes, limits, calls)
RULES = tuple(r for module in FAMILIES for r in module.RULES)
SAMPLE = {r.name for module in FAMILIES for r in module.RULES[::4]} | {r.name for r in calls.RULES}
"""Some of each family: what is tried of weaker levels by default."""


def rules_of(ground: Ground, *, thorough: bool) -> list[Rule]:
    """Return the rules that are tried at a ground: all at the best one, else a sample or all."""
    whole = thorough or ground == NAMESPACES
    return [r for r in RULES if ground.level in r.levels and (whole or r.name in SAMPLE)]


def marks_of(ground: Ground, rule: Rule | None = None) -> list[pytest.MarkDecorator]:
    """Return the marks of a ground: what an ordinary user starts takes a while."""
    left_out = rule is not None and rule not in rules_of(ground, thorough=False)
    beyond = ground.ordinary or ground in (NONE, UID)
    return [pytest.mark.thorough] if beyond or left_out else []


def each(grounds: tuple[Ground, ...]) -> list[object]:
    """Return a parameter for each ground."""
    return [pytest.param(ground, id=str(ground), marks=marks_of(ground)) for ground in grounds]


HONEST_EVERY = 4  # by default

Results = dict[str, Seen]


class Run:
    """What became of one level's batch."""

    def __init__(self) -> None:
        self.seen: Results = {}
        self.honest: dict[str, Report] = {}
        self.reached: list[str] = []
        self.slept_on = False
        self.changed: list[str] = []
        self.left: list[str] = []
        self.groups = False


@contextlib.contextmanager
def place_of(owner: int) -> Iterator[tuple[Place, list[socket.socket], subprocess.Popen[bytes]]]:
    """Set up what code inside will reach for: files, listeners, a process; all of one user."""
    folder = Path(tempfile.mkdtemp(prefix="autograder-place-"))
    folder.joinpath("secret.txt").write_text("nobody may read this", "utf-8")
    for name in ("movable", "removable"):
        folder.joinpath(name).write_text("nobody may touch this", "utf-8")
    name = f"autograder-test-{os.getpid()}-{folder.name}"
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", tcp.getsockname()[1]))
    streams = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    datagrams = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
    streams[0].bind(f"\0{name}")
    streams[1].bind(str(folder / "socket"))
    datagrams[0].bind(f"\0{name}-datagram")
    datagrams[1].bind(str(folder / "datagram"))
    for stream in streams:
        stream.listen()
    listeners = [tcp, udp, *streams, *datagrams]
    for listener in listeners:
        listener.setblocking(False)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777)
        os.chown(path, owner, owner)
    user = {"user": owner, "group": owner, "extra_groups": ()} if os.getuid() == 0 else {}
    sleeper = subprocess.Popen(["sleep", "600"], **user)
    port = tcp.getsockname()[1]
    try:
        yield Place(str(folder), port, name, f"{name}-datagram", sleeper.pid), listeners, sleeper
    finally:
        sleeper.kill()
        sleeper.wait()
        for listener in listeners:
            listener.close()
        shutil.rmtree(folder)


def work_of(number: int, job: Job) -> Work:
    """Return a job as an engine takes it."""
    payload, *pieces = parts_of(job)
    return Work(number, payload, None, tuple(pieces))


@pytest.fixture(scope="module")
def honest_source(slope: Lab) -> bytes:
    """A right submission: the reference itself."""
    return slope.reference_source


@pytest.fixture(scope="module")
def judge(slope: Lab, run_one: Callable[[Level, bytes], Report], namespaces_trial, policy) -> Judge:
    """A judge that holds the reference's trace."""
    level: Level = "namespaces" if namespaces_trial.works else "none"
    report = run_one(level, slope.reference_source)
    job = slope.plan.job("slope.py", slope.reference_source, BUDGET)
    return Judge(slope.plan, trace_of(job, report))


@pytest.fixture(scope="module")
def run_one(
    slope: Lab, engine_of: Callable[[Level], LocalEngine], policy: Policy
) -> Callable[[Level, bytes], Report]:
    """Return a function that runs one source at one level."""

    def run(level: Level, source: bytes) -> Report:
        job = slope.plan.job("slope.py", source, BUDGET)
        ((_, report),) = engine_of(level).run([work_of(0, job)])
        return report

    return run


@pytest.fixture(scope="module")
def run_of(
    slope: Lab,
    engine_of: Callable[[Level], LocalEngine],
    ordinary_engine_of: Callable[[Level], OrdinaryEngine],
    policy: Policy,
    honest_source: bytes,
    request: pytest.FixtureRequest,
) -> Callable[[Ground], Run]:
    """Return a function from a ground to its batch, run once, also where that fails."""
    thorough = any(item.get_closest_marker("thorough") for item in request.session.items)
    done: dict[Ground, Run] = {}
    failed: dict[Ground, Exception] = {}

    def batch(ground: Ground) -> Run:
        engine = (ordinary_engine_of if ground.ordinary else engine_of)(ground.level)
        if ground in failed:
            raise failed[ground]
        if ground not in done:
            try:
                rules = rules_of(ground, thorough=thorough)
                every = 1 if thorough else HONEST_EVERY
                done[ground] = run_batch(
                    engine, ground, rules, slope, policy, honest_source, every=every
                )
            except Exception as error:
                failed[ground] = error
                raise
        return done[ground]

    return batch


def run_batch(
    engine: LocalEngine | OrdinaryEngine,
    ground: Ground,
    rules: list[Rule],
    lab: Lab,
    policy: Policy,
    honest: bytes,
    *,
    every: int,
) -> Run:
    """Run rules that may be let loose at the ground's level, an honest one after so many."""
    run, numbers, jobs = Run(), {}, []
    with place_of(owner_of(ground)) as (place, listeners, sleeper):
        for number, rule in enumerate(rules):
            mine = (source_of(rule, place), rule.name)
            pair = (mine, (honest, f"+{rule.name}")) if number % every == 0 else (mine,)
            for text, kind in pair:
                numbers[len(jobs)] = kind
                job = lab.plan.job("slope.py", text, BUDGET)
                jobs.append(work_of(len(jobs), job))
        before = states(place)
        for number, report in engine.run(jobs):
            kind = numbers[number]
            if kind.startswith("+"):
                run.honest[kind[1:]] = report
            else:
                run.seen[kind] = see(report, policy)
        run.reached = [str(at.getsockname()) for at in listeners if was_reached(at)]
        run.slept_on = sleeper.poll() is None
        run.changed = sorted(set(before) ^ set(states(place)))
    run.groups = has_groups(engine)
    if isinstance(engine, LocalEngine):
        run.left = private_folders(engine)
    return run


def has_groups(engine: LocalEngine | OrdinaryEngine) -> bool:
    """Say whether the engine's children are in control groups."""
    return "memory" in engine.controllers


def private_folders(engine: LocalEngine) -> list[str]:
    """Return the folders of children in the engine's; a job that was taken over may still run."""
    path = engine._zygote._scratch.path

    def found() -> list[str]:
        return [name for name in os.listdir(path) if "child" in name]

    within(120, lambda: not found())
    return found()


def owner_of(ground: Ground) -> int:
    """Return the user that student code is run by, as the machine sees it."""
    if os.getuid() != 0 or ground.level == "none":
        return os.getuid()
    return ORDINARY_ID if ground.ordinary else UNPRIVILEGED_ID


def states(place: Place) -> list[str]:
    """Return what can be seen of the place's files, but for when they were read."""
    entries = sorted(os.scandir(place.folder), key=lambda entry: entry.name)
    return [f"{e.name} {os.lstat(e)[:7]} {os.lstat(e)[8:]}" for e in entries]


def was_reached(listener: socket.socket) -> bool:
    """Say whether anything arrived at a listener of ours."""
    with contextlib.suppress(BlockingIOError):
        if listener.type == socket.SOCK_DGRAM:
            return bool(listener.recv(10))
        listener.accept()[0].close()
        return True
    return False


def pairs() -> list[object]:
    """Return a parameter for each ground and rule."""
    return [
        pytest.param(ground, rule, id=f"{ground}-{rule.name}", marks=marks_of(ground, rule))
        for ground in GROUNDS
        for rule in RULES
        if ground.level in rule.levels
    ]


@pytest.mark.parametrize(("ground", "rule"), pairs())
def test_rule_holds_or_is_a_listed_gap(
    ground: Ground, rule: Rule, run_of: Callable[[Ground], Run]
) -> None:
    if rule in calls.RULES and platform.machine() != "x86_64":
        pytest.skip("call numbers and machine code are those of x86-64")
    run = run_of(ground)
    seen = run.seen[rule.name]
    assert seen.report.reason != "setup", seen.report.detail
    if rule.name in gaps_of(ground.level, groups=run.groups):
        with pytest.raises(AssertionError):
            rule.holds(seen)
    else:
        rule.holds(seen)


@pytest.mark.parametrize("ground", each(STRONG))
@pytest.mark.parametrize("name", sorted(calls.CALLS))
def test_system_call_is_refused(name: str, ground: Ground, run_of: Callable[[Ground], Run]) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("call numbers are those of x86-64")
    seen = run_of(ground).seen["system_calls"]
    assert seen.facts["calls"][name] in ("EPERM", "ENOSYS")


@pytest.mark.parametrize("ground", each(GROUNDS))
def test_next_honest_submission_gets_full_marks(
    ground: Ground,
    run_of: Callable[[Ground], Run],
    judge: Judge,
    slope: Lab,
    policy: Policy,
    honest_source: bytes,
) -> None:
    job = slope.plan.job("slope.py", honest_source, BUDGET)
    verdicts = {n: judge.judge(trace_of(job, r)) for n, r in run_of(ground).honest.items()}
    assert {n: v.score for n, v in verdicts.items() if v.score != v.max_score} == {}
    assert len(verdicts) >= (14 if ground == NAMESPACES else 3)


@pytest.mark.parametrize("ground", each(GROUNDS))
def test_children_keep_their_own_reports(ground: Ground, run_of: Callable[[Ground], Run]) -> None:
    honest = run_of(ground).honest.values()
    observed = {
        b"".join(encode(f) for f in split_frames(report.frames) if not isinstance(f, Spent))
        for report in honest
    }
    assert len(observed) == 1, "the same submission leaves the same frames, whatever ran before it"


@pytest.mark.parametrize("ground", each(STRONG))
def test_nothing_outside_was_reached_or_changed(
    ground: Ground, run_of: Callable[[Ground], Run]
) -> None:
    run = run_of(ground)
    assert run.reached == []
    assert run.changed == []
    assert run.slept_on, "the process outside got a signal"


@pytest.mark.parametrize("ground", each(GROUNDS))
def test_no_private_folder_stays(ground: Ground, run_of: Callable[[Ground], Run]) -> None:
    assert run_of(ground).left == []


@pytest.mark.parametrize(
    ("level", "groups"),
    [
        ("namespaces", True),
        pytest.param("landlock", True, marks=pytest.mark.thorough),
        pytest.param("landlock", False, marks=pytest.mark.thorough),
    ],
)
def test_memory_in_all_is_limited_by_a_control_group(
    level: Level, groups: bool, slope: Lab, policy: Policy, engine_of: Callable[[Level], object]
) -> None:
    engine_of(level)  # skips where the level does not work
    changes = {"memory_bytes": 64 * MB, "disk_bytes": MB, "wall_seconds": 30.0, "groups": groups}
    policy = msgspec.structs.replace(policy, cpu_seconds=30, **changes)
    rule = limits.MEMORY_IN_ALL
    source = source_of(rule, Place("", 0, "", "", 0))
    job = slope.plan.job("slope.py", source, BUDGET)
    engine = LocalEngine(level, policy, ENTRY, 1)
    with contextlib.closing(engine):
        ((_, report),) = engine.run([work_of(0, job)])
        if has_groups(engine) != groups:
            pytest.skip(f"no control group is writable here: {engine.notes}")
    seen = see(report, policy)
    if groups:
        rule.holds(seen)
        assert trace_of(job, report).ending == "memory"
    else:
        with pytest.raises(AssertionError):
            rule.holds(seen)


def test_every_gap_names_a_rule() -> None:
    rules = {rule.name: rule for rule in (*RULES, limits.MEMORY_IN_ALL)}
    for gaps in (GAPS, GAPS_WITHOUT_GROUPS):
        for level, named in gaps.items():
            for name in named:
                assert level in rules[name].levels
