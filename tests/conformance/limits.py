"""Rules on limits: each ends what goes past it, and says so."""

from __future__ import annotations

import signal

from autograder.sandbox.cgroups import SLACK_BYTES

from .rule import CONFINED, Rule, Seen

KEPT_OUTPUT = 32_768
SLACK_SECONDS = 2.0
LATE_SECONDS = 30.0  # may the one be who looks at the clock on a busy machine
CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}


def wall_ends_it(seen: Seen) -> None:
    assert seen.facts["started"] is True
    assert "ended" not in seen.facts
    assert (seen.report.reason, seen.report.code) == ("wall", -signal.SIGKILL)
    assert seen.report.wall_seconds < seen.policy.wall_seconds + LATE_SECONDS


def cpu_or_wall_ends_it(seen: Seen) -> None:
    assert "ended" not in seen.facts
    assert seen.report.code == -signal.SIGKILL
    assert seen.report.cpu_seconds <= seen.policy.cpu_seconds + SLACK_SECONDS


def memory_error(seen: Seen) -> None:
    assert seen.facts["error"] in ("MemoryError", "RuntimeError", "ENOMEM", "OSError")
    assert seen.facts["bytes"] <= 1.2 * seen.policy.memory_bytes


def memory_in_all_is_limited(seen: Seen) -> None:
    """Pages inherited from the zygote and written to are the child's own from then on."""
    assert seen.facts["inherited"] > 2 * SLACK_BYTES
    assert "ended" not in seen.facts
    assert (seen.report.reason, seen.report.code) == ("memory", -signal.SIGKILL)


def output_ends_it(seen: Seen) -> None:
    assert seen.report.reason == "output"
    assert seen.report.code == -signal.SIGKILL
    assert len(seen.report.output) <= KEPT_OUTPUT
    assert len(seen.report.frames) <= seen.policy.frame_bytes


def frames_end_it(seen: Seen) -> None:
    """A file takes the frames; the size limit of files refuses more."""
    assert seen.report.reason == "output"
    assert seen.report.code != 0
    assert len(seen.report.frames) <= seen.policy.frame_bytes


def print_is_dropped(seen: Seen) -> None:
    """What is too much goes nowhere, and what prints it goes on."""
    assert seen.facts["ended"] is True
    assert len(seen.report.output) <= KEPT_OUTPUT


def threads_are_bounded(seen: Seen) -> None:
    assert 1 <= seen.facts["threads"] <= seen.policy.processes


def descriptors_are_bounded(seen: Seen) -> None:
    assert seen.facts["error"] == "EMFILE"
    assert seen.facts["descriptors"] <= seen.policy.open_files


def crashed(seen: Seen) -> None:
    assert seen.report.reason == "exit"
    assert seen.report.code in CRASHES


def exited_with_seven(seen: Seen) -> None:
    assert (seen.report.reason, seen.report.code) == ("exit", 7)


def recursion_is_survived_or_crashes(seen: Seen) -> None:
    assert seen.report.reason == "exit"
    assert seen.report.code in {0, *CRASHES}


def limits_stay(seen: Seen) -> None:
    assert set(seen.facts["raised"].values()) <= {"EPERM", "ValueError"}
    assert seen.facts["cpu"] == [seen.policy.cpu_seconds + 1] * 2
    assert seen.facts["core"] == [0, 0]


BUSY = """
def burn():
    import hashlib
    while True:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 1_000_000)
"""
COUNTED = """
hoard, counted, error = [], 0, ""
try:
    while counted < 4_000_000_000:
        {grow}
        counted += {size}
except (MemoryError, RuntimeError, OSError) as problem:
    hoard = None
    error = errno.errorcode.get(getattr(problem, "errno", None) or 0, type(problem).__name__)
tell(bytes=counted, error=error)
"""

RULES = (
    Rule("wall_limit_ends_a_wait", """
import select
tell(started=True)
select.select([], [], [], 60)
tell(ended=True)
""", wall_ends_it),
    Rule("wall_limit_ends_a_busy_loop", "tell(started=True)\nwhile True: pass\n", wall_ends_it),
    Rule("wall_limit_ends_what_ignores_everything", """
tell(started=True)
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    try:
        while True: threading.Event().wait(0.1)
    except BaseException: pass
""", wall_ends_it),
    Rule("wall_limit_ends_a_call_in_c", "tell(started=True)\nmax(range(10**12))\ntell(ended=True)\n", wall_ends_it),
    Rule("cpu_limit_ends_busy_threads", BUSY + """
for _ in range(3): threading.Thread(target=burn, daemon=True).start()
burn()
tell(ended=True)
""", cpu_or_wall_ends_it),
    Rule("memory_of_bytes_is_limited", COUNTED.format(
        grow="hoard.append(bytes(3 * 10**8))", size=3 * 10**8), memory_error),
    Rule("memory_of_a_tensor_is_limited", """
import torch
counted = 4 * 10**10
try: torch.empty(10**10).fill_(1.0)
except (MemoryError, RuntimeError) as problem: counted, error = 0, type(problem).__name__
tell(bytes=counted, error=error)
""", memory_error),
    Rule("memory_shared_with_nobody_is_limited", "import mmap\n" + COUNTED.format(
        grow="hoard.append(mmap.mmap(-1, 10**7))", size=10**7), memory_error),
    Rule("raw_output_is_limited", "while True: os.write(1, b'x' * 65536)\n", output_ends_it),
    Rule("raw_output_on_standard_error_is_limited", "while True: os.write(2, b'x' * 65536)\n", output_ends_it),
    Rule("raw_frames_are_limited", "while True: os.write(3, b'x' * 65536)\n", frames_end_it),
    Rule("print_is_limited", """
for _ in range(50_000): print("x" * 1000)
sys.stdout.write("x" * 10**7)
tell(ended=True)
""", print_is_dropped),
    Rule("threads_are_bounded", """
threading.stack_size(65536)  # so that memory is not what bounds them
go, count = threading.Event(), 1
try:
    for _ in range(100):
        threading.Thread(target=go.wait, daemon=True).start()
        count += 1
except RuntimeError: pass
tell(threads=count)
go.set()
""", threads_are_bounded, CONFINED),
    Rule("descriptors_are_bounded", """
held, error = [], ""
try:
    while True: held += os.pipe()
except OSError as problem:
    error = errno.errorcode[problem.errno]
    count = len(held)
    for number in held: os.close(number)
tell(descriptors=count + 4, error=error)
""", descriptors_are_bounded),
    Rule("segmentation_fault_is_a_crash", "ctypes.string_at(0)\n", crashed),
    Rule("abort_is_a_crash", "os.abort()\n", crashed),
    Rule("exit_code_is_told", "os._exit(7)\n", exited_with_seven),
    Rule("recursion_is_survived_or_crashes", """
sys.setrecursionlimit(10**9)
def again(_): return sorted([1], key=again)  # through C: the stack of the process itself grows
again(1)
""", recursion_is_survived_or_crashes),
    Rule("limits_cannot_be_raised", """
import resource
names = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_MEMLOCK")
tell(raised={name: outcome(resource.setrlimit, getattr(resource, name), (-1, -1)) for name in names},
     cpu=list(resource.getrlimit(resource.RLIMIT_CPU)), core=list(resource.getrlimit(resource.RLIMIT_CORE)))
""", limits_stay, CONFINED),
)  # fmt: skip

MEMORY_IN_ALL = Rule("memory_in_all_is_limited", """
libc.sbrk.restype = ctypes.c_void_p
out, into = os.pipe()
os.set_blocking(into, False)
def readable(address):
    if libc.write(into, ctypes.c_void_p(address), 1) != 1: return False
    os.read(out, 1)
    return True
top = libc.sbrk(0)
low = top - 4096
while readable(low - 2**20): low -= 2**20
tell(inherited=top - low)
for address in range(low, top, 4096):
    ctypes.memmove(address, address, 1)  # one byte onto itself copies the page
tell(ended=True)
""", memory_in_all_is_limited, CONFINED)  # fmt: skip
"""Tried apart from the others: with little memory, so that it is soon used up."""
