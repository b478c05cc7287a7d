"""A child gets the pieces of its job one by one, and only after it has answered."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from autograder.sandbox.client import Channel, Zygote
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level, Policy, Report

pytestmark = pytest.mark.timeout(120)
LEVELS: tuple[Level, ...] = ("namespaces", "landlock", "none")


@pytest.fixture(scope="module", params=LEVELS)
def channel(request: pytest.FixtureRequest) -> Iterator[Channel]:
    level: Level = request.param
    if not try_level(level).works:
        pytest.skip(f"{level} does not work here")
    with closing(Zygote(level, Policy(), "autograder.sandbox.trial")) as zygote:
        zygote.ready()
        with closing(zygote.open_channel()) as found:
            yield found


def ran(channel: Channel, *pieces: bytes) -> Report:
    channel.submit(b"payload;", pieces=pieces)
    return channel.collect()


def parts(report: Report) -> list[bytes]:
    """Return what was written before each piece, and after the last."""
    ends = (0, *report.ends, len(report.frames))
    return [report.frames[a:b] for a, b in itertools.pairwise(ends)]


def test_each_piece_comes_after_the_answer_to_the_one_before(channel: Channel) -> None:
    report = ran(channel, b"one", b"two", b"three")
    assert parts(report) == [b"confined: payload;", b"one", b"two", b"three"]


def test_a_job_without_pieces_has_one_part(channel: Channel) -> None:
    assert parts(ran(channel)) == [b"confined: payload;"]


def test_a_piece_that_no_pipe_holds_arrives_whole(channel: Channel) -> None:
    large = os.urandom(1_000_000)
    assert parts(ran(channel, large, b"x")) == [b"confined: payload;", large, b"x"]


def test_a_child_that_answers_nothing_gets_no_further_piece(channel: Channel) -> None:
    report = ran(channel, b"one", b"", b"never")  # an empty piece is answered by nothing
    assert parts(report) == [b"confined: payload;", b"one", b""]


def test_the_next_child_of_a_server_gets_its_own_pieces(channel: Channel) -> None:
    ran(channel, b"one", b"", b"never")
    assert parts(ran(channel, b"other")) == [b"confined: payload;", b"other"]
