"""The system calls a child may make. Everything not named here fails with EPERM.

An allow-list: what a future kernel adds is refused until somebody reads about it. libseccomp's
default for foreign architectures (32-bit ``int 0x80``, x32) kills.
"""

from __future__ import annotations

import errno
import tempfile

import pyseccomp

MEMORY = "brk mmap munmap mremap mprotect madvise msync mlock munlock membarrier"
THREADS = """futex futex_waitv set_robust_list get_robust_list set_tid_address rseq gettid
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min getcpu exit exit_group restart_syscall arch_prctl"""
SIGNALS = """rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait
    rt_sigqueueinfo sigaltstack kill tkill tgkill alarm setitimer getitimer timer_create
    timer_settime timer_gettime timer_delete timer_getoverrun pause signalfd4"""
TIME = "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times"
FILES = """read write readv writev pread64 pwrite64 preadv pwritev open openat
    creat close close_range dup dup2 dup3 lseek stat lstat fstat newfstatat statx
    statfs fstatfs access faccessat faccessat2 readlink readlinkat getcwd chdir fchdir mkdir
    mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat
    getdents getdents64 truncate ftruncate fallocate fsync fdatasync sync_file_range
    umask copy_file_range sendfile
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"""
WAITING = """poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
    epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
    pipe pipe2 wait4 waitid"""
ABOUT_ONESELF = """getpid getppid getpgid getpgrp getsid getuid geteuid getgid getegid getresuid
    getresgid getgroups getrusage getrlimit getpriority capget uname sysinfo getrandom setsid
    setpgid"""
# A socket pair ends in this process: asyncio needs one. socket() itself is refused.
PAIRS = "sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername getsockopt setsockopt"

# Landlock has no say in these: allowed only where no file of the machine can be reached.
MODES = "chmod fchmod fchmodat utime utimes utimensat futimesat"

GROUPS = (MEMORY, THREADS, SIGNALS, TIME, FILES, WAITING, ABOUT_ONESELF, PAIRS)
ALLOWED = tuple(name for group in GROUPS for name in group.split())
# glibc falls back to an older call on ENOSYS, but gives up on EPERM.
ABSENT = ("clone3", "openat2", "io_uring_setup")
_CLONE_THREAD = 0x10000
_AF_UNIX = 1
_SOCK_STREAM, _SOCK_KIND = 1, 0xF
_PRCTL_SET_NAME, _PRCTL_GET_NAME, _PRCTL_SET_VMA = 15, 16, 0x53564D41
# No locks, leases or signals about files: through a file of the machine they reach a neighbour.
_FCNTLS = (0, 1030, 1, 2, 3, 4)  # F_DUPFD DUPFD_CLOEXEC GETFD SETFD GETFL SETFL
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS WINSZ FIONREAD FIONBIO CLEX


def compile_filter(*, modes: bool) -> bytes:
    """Return the allow-list as a BPF program; ``modes``: may files change mode and times."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in (*ALLOWED, *(MODES.split() if modes else ())):
        _add(rules, pyseccomp.ALLOW, name)
    for name in ABSENT:
        _add(rules, pyseccomp.ERRNO(errno.ENOSYS), name)
    masked, equal = pyseccomp.MASKED_EQ, pyseccomp.EQ
    _add(rules, pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, masked, _CLONE_THREAD, _CLONE_THREAD))
    # Streams only: a datagram of a pair can be sent to any socket that has a path.
    stream = pyseccomp.Arg(1, masked, _SOCK_KIND, _SOCK_STREAM)
    _add(rules, pyseccomp.ALLOW, "socketpair", pyseccomp.Arg(0, equal, _AF_UNIX), stream)
    own, read = pyseccomp.Arg(0, equal, 0), pyseccomp.Arg(2, equal, 0)
    _add(rules, pyseccomp.ALLOW, "prlimit64", own, read)
    for option in (_PRCTL_SET_NAME, _PRCTL_GET_NAME, _PRCTL_SET_VMA):
        _add(rules, pyseccomp.ALLOW, "prctl", pyseccomp.Arg(0, equal, option))
    for operation in _FCNTLS:
        _add(rules, pyseccomp.ALLOW, "fcntl", pyseccomp.Arg(1, equal, operation))
    for name in ("preadv2", "pwritev2"):  # without flags: RWF_NOWAIT tells what the page cache has
        _add(rules, pyseccomp.ALLOW, name, pyseccomp.Arg(5, equal, 0))
    for request in _IOCTLS:
        _add(rules, pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, equal, request))
    with tempfile.TemporaryFile() as stream:
        rules.export_bpf(stream)
        stream.seek(0)
        return stream.read()


def _add(rules: pyseccomp.SyscallFilter, action: int, name: str, *arguments: object) -> None:
    """Add a rule; a name that this libseccomp or machine does not know stays refused."""
    try:
        pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        rules.add_rule(action, name, *arguments)
    except (ValueError, OSError):
        return
