"""Every isolation backend keeps the same rules; what ``none`` cannot do is listed by name.

All rules of a level run in one batch, each followed by an honest submission.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
from collections.abc import Callable, Iterator

import pytest

from autograder.engines.local import LocalEngine
from autograder.grading.lab import Lab
from autograder.grading.observation import budget_for, trace_of
from autograder.judge.judge import Judge
from autograder.protocol.codec import encode
from autograder.sandbox.message import Level, Report
from autograder.sandbox.policy import Policy

from . import calls, files, limits, network, processes
from .rule import Place, Rule, Seen, see, source_of

LEVELS: tuple[Level, ...] = ("namespaces", "none")
RULES = tuple(r for module in (files, network, processes, limits, calls) for r in module.RULES)
HONEST = b"honest"

# Level none is no security boundary. What it does not do, and why:
GAPS_OF_NONE = {
    "slash_tmp_is_private": "no mount namespace: /tmp is the machine's",
    "folder_of_the_host_cannot_be_written": "no mount namespace, no landlock",
    "files_of_the_host_cannot_be_read": "no mount namespace, no landlock",
    "disk_is_limited": "RLIMIT_FSIZE bounds one file, not their sum",
    "number_of_files_is_limited": "no tmpfs of its own",
    "no_connection_to_the_machine": "no network namespace",
    "no_datagram_to_the_machine": "no network namespace",
    "no_abstract_socket": "no network namespace",
    "no_abstract_datagram_from_a_pair": "no network namespace",
    "no_named_socket_of_the_host": "no mount namespace",
    "no_server": "no network namespace",
    "no_other_process_is_seen": "no process namespace",
    "fork_is_refused": "no system-call filter",
    "subprocess_is_refused": "no system-call filter",
    "exec_is_refused": "no system-call filter",
}

Results = dict[str, Seen]


class Run:
    """What became of one level's batch."""

    def __init__(self) -> None:
        self.seen: Results = {}
        self.honest: dict[str, Report] = {}
        self.reached: list[str] = []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, list[socket.socket]]]:
    """Set up what code inside will reach for: a file, listeners, this process."""
    folder = tmp_path_factory.mktemp("outside")
    folder.joinpath("secret.txt").write_text("nobody may read this", "utf-8")
    name = f"autograder-test-{os.getpid()}"
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", tcp.getsockname()[1]))
    abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0{name}")
    named.bind(str(folder / "socket"))
    datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagram.bind(f"\0{name}-datagram")
    for stream in (abstract, named):
        stream.listen()
    listeners = [tcp, udp, abstract, named, datagram]
    for listener in listeners:
        listener.setblocking(False)
    yield (
        Place(str(folder), tcp.getsockname()[1], name, f"{name}-datagram", os.getpid()),
        listeners,
    )
    for listener in listeners:
        listener.close()


@pytest.fixture(scope="module")
def honest_source(slope: Lab) -> bytes:
    """A right submission: the reference itself."""
    return slope.reference_source


@pytest.fixture(scope="module")
def judge(slope: Lab, run_one: Callable[[Level, bytes], Report], namespaces_trial, policy) -> Judge:
    """A judge that holds the reference's trace."""
    level: Level = "namespaces" if namespaces_trial.works else "none"
    report = run_one(level, slope.reference_source)
    job = slope.plan.job("slope.py", slope.reference_source, budget_for(policy, 250_000))
    return Judge(slope.plan, trace_of(job, report, policy))


@pytest.fixture(scope="module")
def run_one(
    slope: Lab, engine_of: Callable[[Level], LocalEngine], policy: Policy
) -> Callable[[Level, bytes], Report]:
    """Return a function that runs one source at one level."""

    def run(level: Level, source: bytes) -> Report:
        job = slope.plan.job("slope.py", source, budget_for(policy, 250_000))
        ((_, report),) = engine_of(level).run([(0, encode(job))])
        return report

    return run


@pytest.fixture(scope="module")
def run_of(
    slope: Lab,
    engine_of: Callable[[Level], LocalEngine],
    policy: Policy,
    place: tuple[Place, list[socket.socket]],
    honest_source: bytes,
) -> Callable[[Level], Run]:
    """Return a function from a level to its batch, run once."""
    done: dict[Level, Run] = {}

    def batch(level: Level) -> Run:
        engine = engine_of(level)
        if level not in done:
            done[level] = run_batch(engine, slope, policy, place, honest_source)
        return done[level]

    return batch


def run_batch(
    engine: LocalEngine,
    lab: Lab,
    policy: Policy,
    place: tuple[Place, list[socket.socket]],
    honest: bytes,
) -> Run:
    """Run all rules that may be let loose at the engine's level, an honest one after each."""
    run, numbers, jobs = Run(), {}, []
    budget = budget_for(policy, 250_000)
    for rule in RULES:
        if engine.level in rule.levels:
            for source, kind in ((source_of(rule, place[0]), rule.name), (honest, f"+{rule.name}")):
                numbers[len(jobs)] = kind
                jobs.append((len(jobs), encode(lab.plan.job("slope.py", source, budget))))
    for number, report in engine.run(jobs):
        kind = numbers[number]
        if kind.startswith("+"):
            run.honest[kind[1:]] = report
        else:
            run.seen[kind] = see(report, policy)
    run.reached = [str(listener.getsockname()) for listener in place[1] if was_reached(listener)]
    return run


def was_reached(listener: socket.socket) -> bool:
    """Say whether anything arrived at a listener of ours."""
    with contextlib.suppress(BlockingIOError):
        if listener.type == socket.SOCK_DGRAM:
            return bool(listener.recv(10))
        listener.accept()[0].close()
        return True
    return False


def pairs() -> list[object]:
    """Return a parameter for each level and rule, marked where it is a known gap."""
    found = []
    for level in LEVELS:
        for rule in RULES:
            if level in rule.levels:
                gap = GAPS_OF_NONE.get(rule.name) if level == "none" else None
                marks = [pytest.mark.xfail(reason=gap, strict=True)] if gap else []
                found.append(pytest.param(level, rule, marks=marks, id=f"{level}-{rule.name}"))
    return found


@pytest.mark.parametrize(("level", "rule"), pairs())
def test_rule_holds(level: Level, rule: Rule, run_of: Callable[[Level], Run]) -> None:
    if rule in calls.RULES and platform.machine() != "x86_64":
        pytest.skip("call numbers and machine code are those of x86-64")
    seen = run_of(level).seen[rule.name]
    assert seen.report.reason != "setup", seen.report.detail
    rule.holds(seen)


@pytest.mark.parametrize("name", sorted(calls.CALLS))
def test_system_call_is_refused(name: str, run_of: Callable[[Level], Run]) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("call numbers are those of x86-64")
    seen = run_of("namespaces").seen["system_calls"]
    assert seen.facts["calls"][name] in ("EPERM", "ENOSYS")


@pytest.mark.parametrize("level", LEVELS)
def test_next_honest_submission_gets_full_marks(
    level: Level,
    run_of: Callable[[Level], Run],
    judge: Judge,
    slope: Lab,
    policy: Policy,
    honest_source: bytes,
) -> None:
    job = slope.plan.job("slope.py", honest_source, budget_for(policy, 250_000))
    verdicts = {n: judge.judge(trace_of(job, r, policy)) for n, r in run_of(level).honest.items()}
    assert {n: v.score for n, v in verdicts.items() if v.score != v.max_score} == {}
    assert len(verdicts) >= 30


@pytest.mark.parametrize("level", LEVELS)
def test_children_keep_their_own_reports(level: Level, run_of: Callable[[Level], Run]) -> None:
    frames = {report.frames for report in run_of(level).honest.values()}
    assert len(frames) == 1, "the same submission leaves the same frames, whatever ran before it"


def test_listeners_were_never_reached(run_of: Callable[[Level], Run]) -> None:
    assert run_of("namespaces").reached == []


def test_every_gap_names_a_rule() -> None:
    assert set(GAPS_OF_NONE) <= {rule.name for rule in RULES}
