"""Rules on files: a private folder that vanishes, and nothing else."""

from __future__ import annotations

from autograder.sandbox.root import visible_paths

from .rule import CONFINED, Rule, Seen

WRITE_HERE = """
places = [".", tempfile.gettempdir(), os.environ["HOME"]]
tell(found=[name for place in places for name in os.listdir(place) if name.startswith("left")])
for index, place in enumerate(places):
    with open(os.path.join(place, f"left-{index}"), "w") as stream:
        stream.write("x" * 1000)
tell(written=sum(os.path.getsize(os.path.join(p, f"left-{i}")) for i, p in enumerate(places)))
"""


def writes_and_finds_nothing(seen: Seen) -> None:
    assert seen.facts["written"] == 3000
    assert seen.facts["found"] == []


def slash_tmp_is_empty(seen: Seen) -> None:
    """But for links to Python itself, where that lies below /tmp."""
    python = {path.split("/")[2] for path in visible_paths() if path.startswith("/tmp/")}
    assert seen.facts["wrote"] == "done"
    assert set(seen.facts["tmp"]) <= {*python, "autograder-own"}


def outside_is_not_written(seen: Seen) -> None:
    assert set(seen.facts["outside"].values()) <= {"EROFS", "ENOENT", "EACCES", "EPERM"}


def nothing_is_writable(seen: Seen) -> None:
    assert seen.facts["writable"] == []
    assert seen.facts["tried"] > 500


def outside_is_not_read(seen: Seen) -> None:
    assert set(seen.facts["read"].values()) <= {"ENOENT", "EACCES", "EPERM"}


def disk_is_limited(seen: Seen) -> None:
    assert seen.facts["error"] in ("ENOSPC", "EFBIG")
    assert seen.facts["bytes"] <= seen.policy.disk_bytes


def files_are_limited(seen: Seen) -> None:
    assert seen.facts["error"] == "ENOSPC"
    assert seen.facts["files"] <= seen.policy.files


def nothing_is_known(seen: Seen) -> None:
    assert set(seen.facts["known"].values()) <= {"ENOENT", "EACCES", "EPERM"}


def all_done(seen: Seen) -> None:
    assert set(seen.facts["own"].values()) == {"done"}


def refused(seen: Seen) -> None:
    assert set(seen.facts["refused"].values()) <= {
        "EPERM",
        "EACCES",
        "ENOENT",
        "EXDEV",
        "EROFS",
        "ENOSYS",
    }


RULES = (
    Rule("work_folder_is_writable", WRITE_HERE, writes_and_finds_nothing),
    Rule("work_folder_of_the_child_before_is_gone", WRITE_HERE, writes_and_finds_nothing),
    Rule("work_folder_is_gone_on_the_other_server_too", WRITE_HERE, writes_and_finds_nothing),
    Rule("slash_tmp_is_private", """
def write(): open("/tmp/autograder-own", "w").close()
tell(wrote=outcome(write), tmp=os.listdir("/tmp") if outcome(os.listdir, "/tmp") == "done" else [])
outcome(os.unlink, "/tmp/autograder-own")
""", slash_tmp_is_empty),
    Rule("folder_of_the_host_cannot_be_written", """
def write(): open(os.path.join(FOLDER, "planted"), "w").close()
tell(outside={"file": outcome(write), "folder": outcome(os.mkdir, FOLDER + "/planted-folder"),
              "link": outcome(os.symlink, "x", FOLDER + "/planted-link"),
              "remove": outcome(os.unlink, FOLDER + "/removable")})
""", outside_is_not_written),
    Rule("files_of_the_host_cannot_be_read", """
def read(path): open(path, "rb").read()
secret, parent = FOLDER + "/secret.txt", f"/proc/{os.getppid()}"
paths = [secret, "/etc/shadow", "/etc/hostname", "/proc/1/environ", "/proc/self/maps", "/proc/self/mem",
         "/proc/self/root" + secret, "/proc/self/cwd/../../.." + secret, f"/proc/{PID}/environ",
         f"/proc/{PID}/root" + secret, f"/proc/{PID}/cmdline", parent + "/environ", parent + "/mem",
         parent + "/root" + secret, parent + "/fd/0", parent + "/cwd/../" + secret]
paths += ["/proc/self/environ", "/proc/mounts", "/proc/net/tcp", "/proc/kallsyms", "/var/log/syslog"]
tell(read={path: outcome(read, path) for path in paths})
""", outside_is_not_read),
    Rule("nothing_is_known_of_files_outside", """
secret = FOLDER + "/secret.txt"
tell(known={f.__name__: outcome(f, secret) for f in (os.stat, os.lstat, os.statvfs)})
""", nothing_is_known),
    Rule("folders_beside_the_private_one_are_closed", """
beside = os.path.dirname(os.environ["HOME"])
def write(): open(beside + "/tmp/planted", "w").close()
def make(): os.mkdir(beside + "/planted")
def move(): os.rename("../tmp", beside + "/planted")
def look(): assert set(os.listdir(beside)) - {os.path.basename(os.environ["HOME"])}, "nothing beside"
found = {f.__name__: outcome(f) for f in (write, make, move, look)}
tell(refused={name: "EACCES" if said == "AssertionError" else said for name, said in found.items()})
""", refused, CONFINED),
    Rule("links_lead_nowhere", """
secret = FOLDER + "/secret.txt"
def read(path): open(path, "rb").read()
def by_symlink(): os.symlink(secret, "soft"); read("soft")
def by_link(): os.link(secret, "hard"); read("hard")
def by_move(): os.rename(FOLDER + "/movable", "moved"); read("moved")
def by_descriptor():
    folder = os.open(FOLDER, 0o10000000)  # O_PATH
    os.close(os.open("secret.txt", os.O_RDONLY, dir_fd=folder))
def outward(): open("own", "w").close(); os.rename("own", FOLDER + "/planted")
def folder_outward(): os.mkdir("folder"); os.rename("folder", FOLDER + "/planted-folder")
ways = (by_symlink, by_link, by_move, by_descriptor, outward, folder_outward)
tell(refused={f.__name__: outcome(f) for f in ways})
""", refused),
    Rule("modes_and_times_can_be_set", """
open("own", "w").close()
tell(own={"chmod": outcome(os.chmod, "own", 0o700), "utime": outcome(os.utime, "own", (1, 1))})
""", all_done),
    Rule("modes_of_others_cannot_be_set", """
secret = FOLDER + "/secret.txt"
def descriptor(path):
    opened = os.open(path, os.O_RDONLY)
    try: os.fchmod(opened, 0o777)
    finally: os.close(opened)
tell(refused={"chmod": outcome(os.chmod, secret, 0o777), "utime": outcome(os.utime, secret, (1, 1)),
              "folder": outcome(os.chmod, FOLDER, 0), "own": outcome(descriptor, os.__file__),
              "owner": outcome(os.chown, secret, os.getuid(), os.getgid()),
              "attribute": outcome(os.setxattr, secret, "user.x", b"x")})
""", refused, CONFINED),
    Rule("deep_folders_of_no_rights_vanish", """
def descend():
    for _ in range(1500):
        os.mkdir("x" * 100)
        os.chdir("x" * 100)
outcome(descend)
tell(own={"last": outcome(os.mkdir, "last", 0)} if outcome(os.listdir, "last") != "done" else {"last": "done"})
""", all_done, ("landlock", "uid", "none")),
    Rule("no_other_folder_is_writable", """
import itertools
tried, writable = 0, []
places = ["/", "/usr/lib", *sys.path, "/tmp", "/var/tmp", "/dev/shm", "/run", "/proc/self", "/sys/kernel", FOLDER,
          os.path.dirname(FOLDER), "../..", "../../.."]
for folder, folders, names in itertools.chain(*(((p, [], []), *itertools.islice(os.walk(p), 200)) for p in places if p)):
    if os.path.realpath(folder).startswith(os.path.realpath(os.environ["HOME"])):
        continue
    tried += 1
    for act in (lambda: open(os.path.join(folder, "planted"), "w"),
                lambda: open(os.path.join(folder, names[0]), "r+") if names and os.path.realpath(folder) != "/dev" else os.mkdir("/x"),
                lambda: os.mkdir(os.path.join(folder, "planted-folder"))):
        if outcome(act) == "done":
            writable.append(folder)
    if tried >= 1000:
        break
tell(tried=tried, writable=writable)
""", nothing_is_writable, ("namespaces", "landlock")),
    Rule("disk_is_limited", """
written, error = 0, ""
try:
    for number in range(64):
        with open(f"fill-{number}", "wb") as stream:
            written += stream.write(bytes(1 << 20))
except OSError as problem:
    error = errno.errorcode[problem.errno]
tell(bytes=written, error=error)
""", disk_is_limited),
    Rule("one_file_is_limited", """
written, error = 0, ""
try:
    with open("fill", "wb", buffering=0) as stream:
        for number in range(64):
            written += stream.write(bytes(1 << 20))
except OSError as problem:
    error = errno.errorcode[problem.errno]
tell(bytes=written, error=error)
""", disk_is_limited),
    Rule("number_of_files_is_limited", """
made, error = 0, ""
try:
    for made in range(600):
        open(f"empty-{made}", "w").close()
except OSError as problem:
    error = errno.errorcode[problem.errno]
tell(files=made, error=error)
""", files_are_limited),
)  # fmt: skip
