"""System calls that the strong levels refuse: numbers of x86-64, arguments that could succeed."""

from __future__ import annotations

from .rule import CONFINED, Rule, Seen

CALLS = {
    "ptrace": "101, 0, 0, 0, 0",
    "process_vm_readv": "310, 1, buffer, 1, buffer, 1, 0",
    "process_vm_writev": "311, 1, buffer, 1, buffer, 1, 0",
    "keyctl": "250, 0, -3, 1",
    "add_key": "248, b'user', b'name', b'x', 1, -3",
    "request_key": "249, b'user', b'name', 0, 0",
    "memfd_create": "319, b'x', 0",
    "memfd_secret": "447, 0",
    "io_uring_setup": "425, 8, buffer",
    "userfaultfd": "323, 1",
    "perf_event_open": "298, buffer, 0, -1, -1, 0",
    "bpf": "321, 0, buffer, 128",
    "unshare_user": "272, 0x10000000",
    "unshare_mounts": "272, 0x20000",
    "setns": "308, 3, 0",
    "clone_new_user": "56, 0x10000011, 0, 0, 0, 0",
    "clone3": "435, buffer, 88",
    "mount": "165, b'none', b'/usr/lib', b'tmpfs', 0, 0",
    "umount": "166, os.environ['HOME'].encode(), 2",
    "fsopen": "430, b'tmpfs', 0",
    "open_tree": "428, -100, b'/', 1",
    "move_mount": "429, -100, b'/usr', -100, b'/tmp', 0",
    "pivot_root": "155, b'.', b'.'",
    "chroot": "161, b'/usr'",
    "shmget": "29, 0, 4096, 0o1600",
    "semget": "64, 0, 1, 0o1600",
    "msgget": "68, 0, 0o1600",
    "mq_open": "240, b'name', 0o102, 0o600, 0",
    "setrlimit": "160, 7, buffer",
    "prlimit64": "302, 0, 7, buffer, 0",
    "socket": "41, 2, 1, 0",
    "socket_vsock": "41, 40, 1, 0",
    "connect": "42, 3, buffer, 16",
    "execve": "59, b'/lib64/ld-linux-x86-64.so.2', 0, 0",
    "execveat": "322, -100, b'/lib64/ld-linux-x86-64.so.2', 0, 0, 0",
    "prlimit64_of_another": "302, os.getppid() or 1, 7, 0, buffer",
    "socketpair_datagram": "53, 1, 2, 0, buffer",
    "setxattr": "188, b'.', b'user.x', b'x', 1, 0",
    "chown": "92, b'.', 0, 0",
    "pidfd_send_signal": "424, 3, 9, 0, 0",
    "process_madvise": "440, 3, buffer, 1, 4, 0",
    "landlock_restrict": "446, 3, 0",
    "mknod_fifo": "133, b'fifo', 0o10666, 0",
    "set_parent_death_signal": "157, 1, 9, 0, 0, 0",
    "set_subreaper": "157, 36, 1, 0, 0, 0",
    "fork": "57",
    "vfork": "58",
    "pidfd_open": "434, 1, 0",
    "pidfd_getfd": "438, 3, 0, 0",
    "kcmp": "312, 1, 1, 0, 0, 0",
    "personality": "135, 0x0040000",
    "setuid": "105, 0",
    "capset": "126, buffer, buffer",
    "seccomp": "317, 1, 0, buffer",
    "landlock_create": "444, 0, 0, 1",
    "set_dumpable": "157, 4, 1, 0, 0, 0",
    "set_seccomp_off": "157, 22, 0, 0, 0, 0",
    "open_by_handle_at": "304, -100, buffer, 0",
    "name_to_handle_at": "303, -100, b'/', buffer, buffer, 0",
    "mknod_device": "133, b'device', 0o20666, 259",
    "fanotify_init": "300, 0, 0",
    "inotify_init": "253",
    "quotactl": "179, 0, 0, 0, 0",
    "syslog": "103, 3, buffer, 128",
    "modify_ldt": "154, 0, buffer, 128",
    "setpriority": "141, 0, 0, -20",
    "sched_setaffinity": "203, 0, 8, buffer",
    "sched_setscheduler": "144, 0, 1, buffer",
    "ioctl_tiocsti": "16, 1, 0x5412, buffer",
    "clock_settime": "227, 0, buffer",
    "sethostname": "170, b'x', 1",
    "acct": "163, 0",
    "swapon": "167, b'x', 0",
    "flock": "73, file, 2",
    "fcntl_lock": "72, file, 6, struct.pack('hhqqi', 0, 0, 0, 0, 0)",
    "fcntl_open_file_lock": "72, file, 37, struct.pack('hhqqi', 0, 0, 0, 0, 0)",
    "fcntl_lease": "72, file, 1024, 0",
    "fcntl_get_lease": "72, file, 1025, 0",
    "fcntl_notify": "72, folder, 1026, 1",
    "fcntl_set_owner": "72, file, 8, os.getpid()",
    "fcntl_set_signal": "72, file, 10, 10",
    "fcntl_pipe_size": "72, pipe, 1031, 4096",
    "fcntl_read_hint": "72, file, 1035, buffer",
    "fadvise64": "221, file, 0, 0, 4",
    "mincore": "27, page, 4096, buffer",
    "preadv2_nowait": "327, file, vector, 1, 0, 0, 8",
    "pwritev2_append": "328, file, vector, 1, 0, 0, 16",
    "cachestat": "451, file, buffer, buffer, 0",
    "readahead": "187, file, 0, 4096",
}


def every_call_is_refused(seen: Seen) -> None:
    assert set(seen.facts["calls"]) == set(CALLS)


def killed_or_refused(seen: Seen) -> None:
    assert seen.facts["ready"] is True
    assert seen.report.code != 0 or seen.facts.get("answer") in (-1, -38)


ATTEMPT_ALL = (
    "import struct\nbuffer = ctypes.create_string_buffer(4096)\ncalls = {}\n"
    "file, folder = os.open('tried', os.O_RDWR | os.O_CREAT), os.open('.', os.O_RDONLY)\n"
    "os.write(file, bytes(4096))\npipe = os.pipe()[1]\n"
    "page = ctypes.c_void_p(ctypes.addressof(buffer) & ~4095)\n"
    "vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 16)\n"
    + "".join(
        f"ctypes.set_errno(0)\nresult = libc.syscall({arguments})\n"
        f"calls[{name!r}] = errno.errorcode.get(ctypes.get_errno(), '') if result < 0 else 'done'\n"
        for name, arguments in CALLS.items()
    )
    + "tell(calls=calls)\n"
)
# Machine code for: mov eax, 20 (getpid of 32 bits); int 0x80; ret. And: mov eax, 0x40000027; syscall; ret.
RUN_MACHINE_CODE = """
import mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(CODE)
tell(ready=True)
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
tell(answer=function())
"""

RULES = (
    Rule("system_calls", ATTEMPT_ALL, every_call_is_refused, CONFINED),
    Rule(
        "calls_of_32_bits",
        "CODE = bytes.fromhex('b814000000cd80c3')\n" + RUN_MACHINE_CODE,
        killed_or_refused,
        CONFINED,
    ),
    Rule(
        "calls_of_x32",
        "CODE = bytes.fromhex('b8270000400f05c3')\n" + RUN_MACHINE_CODE,
        killed_or_refused,
        CONFINED,
    ),
)
