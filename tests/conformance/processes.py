"""Rules on processes: alone, unprivileged, with a clean environment and four descriptors."""

from __future__ import annotations

from .rule import CONFINED, Rule, Seen

REFUSED = {"EPERM", "EACCES", "ESRCH", "EAGAIN", "ENOENT"}
ENVIRONMENT = {
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "MPLBACKEND", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "GLIBC_TUNABLES", "PYTHONMALLOC", "HOME",
    "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR",
}  # fmt: skip


def no_process_is_seen(seen: Seen) -> None:
    assert seen.facts["others"] == []
    assert seen.facts["grader"] == "ESRCH"
    assert seen.facts["parent"] == 0


def everything_is_refused(seen: Seen) -> None:
    assert set(seen.facts["refused"].values()) <= REFUSED


def environment_is_clean(seen: Seen) -> None:
    leaked = {
        k
        for k in seen.facts["names"]
        if k not in ENVIRONMENT and not k.startswith(("TORCH", "KMP", "__KMP"))
    }
    assert leaked == set()
    assert "in the environment of the grader" not in seen.facts["values"]


def few_descriptors(seen: Seen) -> None:
    assert seen.facts["open"] == [0, 1, 2, 3, 5, 6]


def input_is_empty(seen: Seen) -> None:
    assert seen.facts["input"] == ""


def is_nobody(seen: Seen) -> None:
    assert 0 not in seen.facts["ids"]
    assert seen.facts["refused"]["setuid"] == "EPERM"


RULES = (
    Rule("no_other_process_is_seen", """
def seen(pid): return libc.kill(pid, 0) == 0 or ctypes.get_errno() == errno.EPERM
tell(others=[pid for pid in range(2, 5000) if seen(pid)], grader=outcome(os.kill, PID, 0), parent=os.getppid())
""", no_process_is_seen),
    Rule("no_signal_gets_out", """
def by_owner(pid):
    out, into = os.pipe()
    fcntl.fcntl(out, fcntl.F_SETOWN, pid)
    fcntl.fcntl(out, 10, signal.SIGTERM)  # F_SETSIG
    fcntl.fcntl(out, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(into, b"x")
def by_queue(pid):
    if libc.syscall(129, pid, signal.SIGTERM, ctypes.create_string_buffer(128)) < 0:
        raise OSError(ctypes.get_errno(), "")
def by_thread(pid):
    if libc.syscall(200, pid, signal.SIGTERM) < 0:
        raise OSError(ctypes.get_errno(), "")
outcome(by_owner, PID)  # may be set, but must not be delivered: the process must live on
pids = {"other": PID, **({"server": os.getppid()} if os.getppid() > 1 else {})}
ways = {"kill": lambda pid: os.kill(pid, signal.SIGTERM), "queue": by_queue, "thread": by_thread}
tell(refused={f"{way} {name}": outcome(act, pid) for way, act in ways.items() for name, pid in pids.items()})
""", everything_is_refused, CONFINED),
    Rule("no_process_is_traced_or_read", """
def trace(pid):
    if libc.syscall(101, 16, pid, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "")
def link(pid): os.readlink(f"/proc/{pid}/exe")
def limits(pid):
    import resource
    resource.prlimit(pid, resource.RLIMIT_NOFILE)
pids = {"other": PID, **({"server": os.getppid()} if os.getppid() else {})}
ways = {"trace": trace, "link": link, "limits": limits}
tell(refused={f"{way} {name}": outcome(act, pid) for way, act in ways.items() for name, pid in pids.items()})
""", everything_is_refused, CONFINED),
    Rule("fork_is_refused", """
def fork():
    if os.fork() == 0:
        os._exit(0)
tell(refused={"fork": outcome(fork)})
""", everything_is_refused),
    Rule("subprocess_is_refused", """
import subprocess
def run(): subprocess.run(["/bin/true"], check=True)
def spawn(): os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
tell(refused={"subprocess": outcome(run), "spawn": outcome(spawn)})
""", everything_is_refused),
    Rule("vfork_and_clone_are_refused", """
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
tell(refused={"vfork": outcome(call, 58), "fork": outcome(call, 57), "clone": outcome(call, 56, 17, 0, 0, 0, 0)})
""", everything_is_refused, CONFINED),
    Rule("exec_is_refused", """
import glob
loaders = glob.glob("/lib64/ld-linux*") + glob.glob("/lib/ld-linux*") + [sys.executable, "/bin/true"]
tell(refused={"any": "done"})  # which is not taken back where one succeeds
tell(refused={path: outcome(os.execv, path, [path]) for path in loaders})
""", everything_is_refused),
    Rule("environment_is_clean", """
tell(names=sorted(os.environ), values=" ".join(os.environ.values()))
""", environment_is_clean),
    Rule("no_descriptor_is_inherited", """
there = [number for number in range(4096) if outcome(os.fstat, number) == "done"]
printed = os.fstat(1)  # what prints has a descriptor of its own to the same pipe
tell(open=[n for n in there if n < 4 or not os.path.samestat(os.fstat(n), printed)])
""", few_descriptors),
    Rule("standard_input_is_empty", "tell(input=sys.stdin.read())\n", input_is_empty),
    Rule("runs_as_nobody", """
tell(ids=[os.getuid(), os.geteuid(), os.getgid(), os.getegid()],
     refused={"setuid": outcome(os.setuid, 0), "chroot": outcome(os.chroot, ".")})
""", is_nobody, CONFINED),
)  # fmt: skip
