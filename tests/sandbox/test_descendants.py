"""Whatever a child starts ends with it, however it hides from its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing

import pytest
from budget import BUDGET
from msgspec.structs import replace

from autograder.engines.pool import LocalEngine
from autograder.grading.lab import Lab
from autograder.grading.setup import ENTRY
from autograder.protocol.codec import encode
from autograder.sandbox.message import Level, Policy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")

WAYS = {
    "orphans": """
        for _ in range(5):
            if os.fork() == 0:
                stay()
    """,
    "twice forked, in a session of their own": """
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    stay()
                os._exit(0)
    """,
    "what ignores signals": """
        if os.fork() == 0:
            for number in set(signal.valid_signals()) - {9, 19}:
                signal.signal(number, signal.SIG_IGN)
            stay()
    """,
    "a chain of forks": """
        if os.fork() == 0:
            for _ in range(3000):  # each lives for an instant: a moving target
                if os.fork():
                    os._exit(0)
            stay()
    """,
}
PROGRAM = """
import os, signal, time
from autograder.sandbox.linux import adopt_descendants, end_descendants

def stay():
    while True:
        time.sleep(60)

adopt_descendants()
child = os.fork()
if child == 0:
{way}
    os._exit(0)
os.waitpid(child, 0)
before = os.waitpid(-1, os.WNOHANG)
end_descendants()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none left")
"""


@pytest.mark.parametrize("way", WAYS)
def test_none_is_left(way: str) -> None:
    code = PROGRAM.format(way=textwrap.indent(textwrap.dedent(WAYS[way]), "    "))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=240, check=True)
    assert run.stdout.split(b"\n")[0] == b"none left"


def test_daemon_of_a_submission_does_not_outlive_it(
    slope: Lab, engine_of: Callable[[Level], LocalEngine], policy: Policy
) -> None:
    """At level none, where nothing refuses to start it."""
    source = b"""
import os, time
told, telling = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(1, b"\\ndaemon %d\\n" % os.getpid())
        os.write(telling, b"!")
        time.sleep(300)
    os._exit(0)
os.wait()
os.read(told, 1)
"""
    job = slope.plan.job("slope.py", source, BUDGET)
    ((_, report),) = engine_of("none").run([(0, encode(job))])
    (line,) = [line for line in report.output.split(b"\n") if line.startswith(b"daemon ")]
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


@pytest.mark.timeout(300)
def test_a_submission_that_stops_itself_does_not_hold_the_run_up(
    slope: Lab, policy: Policy
) -> None:
    """At level none, where nothing refuses it; the wall's limit is an hour away."""
    source = b"import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n"
    job = encode(slope.plan.job("slope.py", source, BUDGET))
    patient = replace(policy, wall_seconds=3_600.0, cpu_seconds=3_600.0)
    with closing(LocalEngine("none", patient, ENTRY, 1)) as engine:
        ((_, report),) = engine.run([(0, job)])
    assert (report.reason, report.code) == ("wall", -signal.SIGKILL)
