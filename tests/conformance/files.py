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
    assert set(seen.facts["tmp"]) <= python


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


RULES = (
    Rule("work_folder_is_writable", WRITE_HERE, writes_and_finds_nothing),
    Rule("work_folder_of_the_child_before_is_gone", WRITE_HERE, writes_and_finds_nothing),
    Rule("work_folder_is_gone_on_the_other_server_too", WRITE_HERE, writes_and_finds_nothing),
    Rule("slash_tmp_is_private", "tell(tmp=os.listdir('/tmp'))\n", slash_tmp_is_empty),
    Rule("folder_of_the_host_cannot_be_written", """
def write(): open(os.path.join(FOLDER, "planted"), "w").close()
tell(outside={"file": outcome(write), "folder": outcome(os.mkdir, FOLDER + "/planted-folder"),
              "link": outcome(os.symlink, "x", FOLDER + "/planted-link"),
              "remove": outcome(os.unlink, FOLDER + "/secret.txt")})
""", outside_is_not_written),
    Rule("files_of_the_host_cannot_be_read", """
def read(path): open(path, "rb").read()
paths = [FOLDER + "/secret.txt", "/etc/shadow", "/etc/hostname", "/proc/1/environ", "/proc/self/maps"]
tell(read={path: outcome(read, path) for path in paths})
""", outside_is_not_read),
    Rule("no_other_folder_is_writable", """
tried, writable = 0, []
for folder, folders, names in os.walk("/"):
    if os.path.realpath(folder).startswith(os.environ["HOME"]):
        continue
    tried += 1
    for act in (lambda: open(os.path.join(folder, "planted"), "w"),
                lambda: open(os.path.join(folder, names[0]), "r+") if names and folder != "/dev" else os.mkdir("/x")):
        if outcome(act) == "done":
            writable.append(folder)
    if tried >= 3000:
        break
tell(tried=tried, writable=writable)
""", nothing_is_writable, CONFINED),
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
    for made in range(4096):
        open(f"empty-{made}", "w").close()
except OSError as problem:
    error = errno.errorcode[problem.errno]
tell(files=made, error=error)
""", files_are_limited),
)  # fmt: skip
