"""Bounded msgpack for everything that crosses the wall or is stored. Never pickle.

A frame on the pipe is a 4-byte little-endian length and that many bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from autograder.errors import ProtocolError
from autograder.protocol.job import Job
from autograder.protocol.steps import Share
from autograder.protocol.trace import Frame, Trace

T = TypeVar("T")

LENGTH = struct.Struct("<I")
MAX_FRAME_BYTES = 4_000_000

_encoder = msgspec.msgpack.Encoder()
_frames: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)
_jobs = msgspec.msgpack.Decoder(Job)
_shares = msgspec.msgpack.Decoder(Share)
_traces = msgspec.msgpack.Decoder(Trace)


def encode(value: msgspec.Struct) -> bytes:
    """Return the msgpack bytes. Keys stay in order: that of the parameters has a meaning."""
    return _encoder.encode(value)


def _decode(decoder: msgspec.msgpack.Decoder[T], data: bytes, what: str) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ProtocolError(f"{what}: not decodable: {error}") from error


def decode_job(data: bytes) -> Job:
    """Decode a job; raises ProtocolError."""
    return _decode(_jobs, data, "job")


def decode_share(data: bytes) -> Share:
    """Decode a share of a job; raises ProtocolError."""
    return _decode(_shares, data, "share")


def decode_trace(data: bytes) -> Trace:
    """Decode a stored trace; raises ProtocolError."""
    return _decode(_traces, data, "trace")


def encode_frame(frame: msgspec.Struct) -> bytes:
    """Return one frame as it travels: length, then body."""
    body = _encoder.encode(frame)
    return LENGTH.pack(len(body)) + body


def split_frames(data: bytes) -> Iterator[Frame]:
    """Decode the frames of a finished child, in order.

    Raises ProtocolError at the first that does not decode; what was yielded before it stands.
    A cut-off last frame ends the iteration: the child was stopped while writing.
    """
    offset = 0
    while offset + LENGTH.size <= len(data):
        (length,) = LENGTH.unpack_from(data, offset)
        offset += LENGTH.size
        if length > MAX_FRAME_BYTES:
            raise ProtocolError(f"frame: {length} bytes, at most {MAX_FRAME_BYTES} are allowed")
        if offset + length > len(data):
            return
        yield _decode(_frames, data[offset : offset + length], "frame")
        offset += length
