"""Any bytes either decode or raise ProtocolError; what was encoded comes back the same."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ProtocolError
from autograder.protocol.array import pack
from autograder.protocol.codec import (
    LENGTH,
    MAX_FRAME_BYTES,
    decode_job,
    decode_trace,
    encode,
    encode_frame,
    split_frames,
)
from autograder.protocol.job import VERSION, Situation
from autograder.protocol.trace import Done, Frame, Loading, ScenarioRecord, Trace

from .frames import JOB, frames, loadings, probe_records, scenario_records

DEEP = b"\x91" * 5_000 + b"\x90"
TRACE = Trace(version=VERSION, loading=Loading(), probes={}, scenarios={}, ending="done")


def test_a_job_survives_the_wall() -> None:
    assert decode_job(encode(JOB)) == JOB


@given(loadings, st.lists(probe_records, max_size=2), st.lists(scenario_records, max_size=2))
def test_a_trace_survives_storage(loading, probes, scenarios) -> None:
    trace = Trace(
        version=VERSION,
        loading=loading,
        probes={record.id: record for record in probes},
        scenarios={record.id: record for record in scenarios},
        ending="crash",
        detail="signal 9",
    )
    assert decode_trace(encode(trace)) == trace


@given(st.lists(frames, max_size=4))
def test_frames_arrive_in_order_and_unchanged(sent: list[Frame]) -> None:
    assert list(split_frames(b"".join(map(encode_frame, sent)))) == sent


def test_parameters_keep_the_order_of_the_spec() -> None:
    start = {"w": pack(1.0), "b": pack(2.0)}
    situation = Situation(data={}, start=start, learning_rate=0.1)
    found = msgspec.msgpack.decode(encode(situation), type=Situation)
    assert list(found.start) == ["w", "b"], "steps are rows of values in this order"


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_raise_protocol_error(data: bytes) -> None:
    for decode in (decode_job, decode_trace, lambda data: list(split_frames(data))):
        with suppress(ProtocolError):
            decode(data)


@given(st.binary(max_size=200))
def test_any_frame_body_decodes_or_raises_protocol_error(body: bytes) -> None:
    with suppress(ProtocolError):
        list(split_frames(LENGTH.pack(len(body)) + body))


@given(st.lists(frames, min_size=1, max_size=2), st.data())
def test_any_damaged_frame_decodes_or_raises_protocol_error(sent, data) -> None:
    stream = bytearray(b"".join(map(encode_frame, sent)))
    stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ProtocolError):
        list(split_frames(bytes(stream)))


@given(st.lists(frames, min_size=1, max_size=3), st.data())
def test_a_cut_off_stream_yields_the_whole_frames_before_the_cut(sent, data) -> None:
    encoded = [encode_frame(frame) for frame in sent]
    cut = data.draw(st.integers(0, len(b"".join(encoded)) - 1))
    whole, end = 0, 0
    for frame in encoded:
        end += len(frame)
        whole += end <= cut
    assert list(split_frames(b"".join(encoded)[:cut])) == sent[:whole]


def test_frames_before_garbage_are_yielded_first() -> None:
    stream = split_frames(encode_frame(Done()) + LENGTH.pack(3) + b"\xc1\xc1\xc1")
    assert next(stream) == Done()
    with pytest.raises(ProtocolError, match="not decodable"):
        next(stream)


def test_an_oversized_frame_is_refused_by_its_length_alone() -> None:
    with pytest.raises(ProtocolError, match="at most"):
        list(split_frames(LENGTH.pack(MAX_FRAME_BYTES + 1)))


def test_a_frame_of_the_largest_size_is_read() -> None:
    spare = len(encode(Loading(file="x" * 100_000))) - 100_000
    frame = Loading(file="x" * (MAX_FRAME_BYTES - spare))
    assert len(encode(frame)) == MAX_FRAME_BYTES
    assert list(split_frames(encode_frame(frame))) == [frame]


@pytest.mark.parametrize("decode", [decode_job, decode_trace])
def test_deep_nesting_is_refused(decode) -> None:
    with pytest.raises(ProtocolError, match="not decodable"):
        decode(DEEP)


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (TRACE, (b"\xa4done", b"\xa4gone")),
        (ScenarioRecord(id="s"), (b"\xa8scenario", b"\xa8scenari0")),
    ],
    ids=["unknown ending", "unknown kind of frame"],
)
def test_values_outside_the_protocol_are_refused(value, changed: tuple[bytes, bytes]) -> None:
    data = encode(value)
    assert changed[0] in data
    decode = decode_trace if isinstance(value, Trace) else lambda data: list(split_frames(data))
    data = data.replace(*changed)
    with pytest.raises(ProtocolError, match="not decodable"):
        decode(data if isinstance(value, Trace) else LENGTH.pack(len(data)) + data)
