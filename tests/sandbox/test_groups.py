"""Control groups are found, bound a server's children, and go with the zygote."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from autograder.sandbox import cgroups
from autograder.sandbox.cgroups import PREFIX, Place, _candidates, remove_groups
from autograder.sandbox.client import Zygote
from autograder.sandbox.message import MB, Policy

FIRST = """\
9:name=systemd:/
8:pids:/course
4:memory:/box/of/mine
0::/
"""
FIRST_MOUNTS = """\
14 31 0:32 /box /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
18 39 0:36 / /sys/fs/cgroup/pids rw,relatime shared:7 - cgroup cgroup rw,pids
20 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
SECOND = "0::/user.slice/session.scope\n"
SECOND_MOUNTS = "30 23 0:26 / {0} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def told(folder: Path, own: str, mounts: str) -> list[list[Place]]:
    (folder / "cgroup").write_text(own)
    (folder / "mountinfo").write_text(mounts)
    return _candidates(str(folder))


def test_groups_of_version_1_lie_below_the_own_ones(tmp_path: Path) -> None:
    assert told(tmp_path, FIRST, FIRST_MOUNTS) == [
        [
            Place("/sys/fs/cgroup/pids/course", ("pids",), 1),
            Place("/sys/fs/cgroup/memory/of/mine", ("memory",), 1),
        ]
    ]


@pytest.mark.parametrize(("bound", "more"), [("max", True), ("1000000", False)])
def test_a_group_beside_is_used_only_where_no_bound_is_left(
    tmp_path: Path, bound: str, more: bool
) -> None:
    own = tmp_path / "user.slice" / "session.scope"
    own.mkdir(parents=True)
    (own / "memory.max").write_text(f"{bound}\n")
    found = told(tmp_path, SECOND, SECOND_MOUNTS.format(tmp_path))
    paths = [places[0].path for places in found]
    assert paths == [str(own), str(own.parent)][: 1 + more]
    assert found[0][0].version == 2


def test_no_proc_means_no_groups(tmp_path: Path) -> None:
    assert _candidates(str(tmp_path / "none")) == []


@pytest.mark.parametrize("level", ["namespaces", "landlock"])
def test_a_server_is_bounded_and_its_groups_go_with_the_zygote(level: str) -> None:
    policy = Policy(memory_bytes=128 * MB, disk_bytes=MB, processes=7)
    zygote = Zygote(level, policy, "autograder.sandbox.trial")
    pid = zygote._process.pid
    try:
        ready = zygote.ready()
        if ready.controllers != ("memory", "pids"):
            pytest.skip(f"no groups here: {ready.notes}")
        channel = zygote.open_channel()
        made = [Path(place.path, f"{PREFIX}{pid}") for places in _candidates() for place in places]
        (memory,) = [next(p.glob("server-*/memory.*")).parent for p in made if "memory" in str(p)]
        (pids,) = [next(p.glob("server-*/pids.max")) for p in made if "pids" in str(p)]
        names = ("memory.max", "memory.limit_in_bytes")
        (bound,) = [memory / name for name in names if (memory / name).exists()]
        wanted = 128 * MB + MB + cgroups.SLACK_BYTES
        assert wanted - 4096 < int(bound.read_text()) <= wanted
        assert pids.read_text() == "8\n"
        assert len((memory / "cgroup.procs").read_text().split()) == 1
        channel.close()
    finally:
        zygote.close()
    assert [path for path in made if path.exists()] == []


def test_groups_may_be_unwanted() -> None:
    made, note = cgroups.open_groups(msgspec.structs.replace(Policy(), groups=False), (0, 0))
    assert (made, note.code) == (None, "groups-not-wanted")


def test_removing_what_was_never_made_is_no_error() -> None:
    remove_groups(2**30)


def test_groups_of_a_zygote_that_was_killed_go_with_the_next(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}{2**30}" / "server-1").mkdir(parents=True)
    (tmp_path / f"{PREFIX}{os.getpid()}").mkdir()
    (tmp_path / "of-somebody-else").mkdir()
    cgroups._remove_stale(str(tmp_path))
    assert {p.name for p in tmp_path.iterdir()} == {f"{PREFIX}{os.getpid()}", "of-somebody-else"}
