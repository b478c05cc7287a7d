"""Hypothesis strategies for what a hostile or an unlucky submission may leave in a trace."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from hypothesis import strategies as st

from autograder.errors import ProtocolError
from autograder.protocol.array import Array, pack, unpack
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import (
    CallRecord,
    Done,
    Failure,
    FailureKind,
    LossRecord,
    Note,
    ProbeRecord,
    ScenarioRecord,
    Trace,
)

MOST_ROWS = Budget().recorded_steps
LARGE = (1e16, 1e30, 3.4e38, 3.5e38, 1e154, 1e200, 1e308, 1.7e308)
SMALL = (0.0, 1e-20, 1e-38, 1e-45, 1e-150, 1e-308, 5e-324)
SPECIAL = (*LARGE, *(-x for x in LARGE), *SMALL, *(-x for x in SMALL), np.nan, np.inf, -np.inf)
ROWS = (0, 1, 2, 3, 5, 8, 60, 600, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1)
IMPOSSIBLE = (
    Array("f8", (0, 2**63), b""),
    Array("f8", (0, 10**8, 10**8, 10**8), b""),
    Array("f8", (-1, 8), b""),
    Array("f8", (7, 1), b"\0" * 8),
    Array("f4", (1,) * 9, b"\0" * 4),
    Array("f8", (0, 0), b""),
    Array("f8", (0, 1), b""),
    Array("f8", (1, 0), b""),
    Array("f8", (), b"\0" * 8),
)
MATRICES = ("visited", "held", "fresh", "buffers")
WORDS = st.sampled_from(
    [
        "",
        "E" * 3_000,
        "Int " * 20_000,
        "NameError: name 'w' is not defined",
        "\x1b[2J\u202e",
        "a.b (1,)",
    ]
)
KINDS = st.sampled_from(
    ["", "n", "ng", "?", "\u00e9", "x" * 4, "n" * 20_000, "n" * 20_001, "t" * 7]
)

Change = Callable[[Array], Array]
"""What becomes of an array."""


def _filled(values: tuple[float, ...], step: int) -> Change:
    def change(array: Array) -> Array:
        found = unpack(array)
        flat = found.reshape(-1)
        flat[::step] = np.resize(values, flat[::step].shape)
        return pack(found)

    return change


def _resized(rows: int, *, repeat: bool) -> Change:
    def change(array: Array) -> Array:
        found = np.atleast_1d(unpack(array))
        if not len(found) or not rows:
            return pack(np.zeros((rows, *found.shape[1:])))
        order = (
            np.minimum(np.arange(rows), len(found) - 1) if repeat else np.arange(rows) % len(found)
        )
        return pack(found[order])

    return change


def _drifting(rows: int, factor: float) -> Change:
    def change(array: Array) -> Array:
        found = np.atleast_1d(unpack(array))
        first = found[:1] if len(found) else np.ones((1, *found.shape[1:]))
        steps = np.arange(rows).reshape(-1, *[1] * (found.ndim - 1))
        with np.errstate(all="ignore"):
            away = factor * np.cos(1.0 + steps) * np.arange(1, rows + 1).reshape(steps.shape)
            return pack(first + away)

    return change


def _scaled(factor: float) -> Change:
    def change(array: Array) -> Array:
        with np.errstate(all="ignore"):
            return pack(unpack(array) * factor)

    return change


def _shaped(kind: str) -> Change:
    def change(array: Array) -> Array:
        found = unpack(array)
        shaped = {
            "flat": found.reshape(-1),
            "column": found.reshape(-1, 1),
            "row": found.reshape(1, -1),
            "wide": np.concatenate([np.atleast_2d(found)] * 2, axis=-1),
            "deep": found.reshape(*found.shape, 1),
            "one": np.zeros((1,)),
        }
        return pack(shaped[kind])

    return change


specials = st.sampled_from(SPECIAL)


def _guarded(change: Change) -> Change:
    """Return a change that leaves what is no array any more as it is."""

    def changed(array: Array) -> Array:
        try:
            with np.errstate(over="ignore"):  # float32 has no number as large
                return change(array)
        except ProtocolError:
            return array

    return changed


changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(_filled, st.lists(specials, min_size=1, max_size=3).map(tuple), st.integers(1, 3)),
    st.builds(_resized, st.sampled_from(ROWS), repeat=st.booleans()),
    st.builds(_drifting, st.sampled_from(ROWS), specials | st.just(1e-3)),
    st.builds(_shaped, st.sampled_from(["flat", "column", "row", "wide", "deep", "one"])),
    specials.map(_scaled),
    st.sampled_from(IMPOSSIBLE).map(lambda array: lambda _: array),
    st.just(lambda array: pack(unpack(array), dtype="f4")),
).map(_guarded)
failures = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind.__args__),
    text=WORDS,
    cell=st.sampled_from([None, -1, 2**62]),
    line=st.sampled_from([None, 0, 2**62]),
)
notes = st.builds(
    Note,
    code=st.sampled_from(["check-error", "diagnosis-error", "not-run", "x"]),
    values=st.dictionaries(st.sampled_from(["what", "{0}"]), WORDS, max_size=2),
)


@dataclasses.dataclass(frozen=True)
class Spoiled:
    """Spoils calls: which of them, which fields, and how. The same change goes over all fields."""

    fields: tuple[str, ...]
    turns: tuple[bool, ...]
    change: Change
    names: tuple[bool, ...]

    def __call__(self, record: ScenarioRecord) -> ScenarioRecord:
        if record.failure is not None:
            return record
        calls = [
            self._call(call) if self.turns[turn % len(self.turns)] else call
            for turn, call in enumerate(record.calls)
        ]
        return msgspec.structs.replace(record, calls=tuple(calls))

    def _call(self, call: CallRecord) -> CallRecord:
        made: dict[str, object] = {}
        for field in self.fields:
            found = getattr(call, field)
            if isinstance(found, dict):
                made[field] = {
                    name: self.change(array) if self.names[turn % len(self.names)] else array
                    for turn, (name, array) in enumerate(found.items())
                }
            else:
                made[field] = self.change(found)
        return msgspec.structs.replace(call, **made)


Spoil = Callable[[ScenarioRecord], ScenarioRecord]


def _losses(change: Change | None, kinds: str | None) -> Spoil:
    def spoil(record: ScenarioRecord) -> ScenarioRecord:
        calls = []
        for call in record.calls:
            losses = call.losses
            if change is None or losses is None:
                calls.append(msgspec.structs.replace(call, losses=None))
                continue
            values = change(losses.values)
            size = values.shape[0] if values.shape and values.shape[0] < 2**20 else 0
            same = "n" * max(0, size)
            made = LossRecord(values=values, kinds=same if kinds is None else kinds)
            calls.append(msgspec.structs.replace(call, losses=made))
        return msgspec.structs.replace(record, calls=tuple(calls))

    return spoil


def _prefixes(change: Change) -> Spoil:
    def spoil(record: ScenarioRecord) -> ScenarioRecord:
        old = record.prefixes or (
            record.calls[0].visited if record.calls else pack(np.zeros((0, 0)))
        )
        return msgspec.structs.replace(record, prefixes=change(old))

    return spoil


def _replaced(**fields: object) -> Spoil:
    return lambda record: msgspec.structs.replace(record, **fields)


flags = st.lists(st.booleans(), min_size=1, max_size=3).map(tuple).filter(any)
spoils: st.SearchStrategy[Spoil] = st.one_of(
    st.builds(
        Spoiled,
        fields=st.lists(
            st.sampled_from(("parameters", *MATRICES)), min_size=1, max_size=4, unique=True
        ).map(tuple),
        turns=flags,
        change=changes,
        names=flags,
    ),
    st.builds(_losses, st.none() | changes, st.none() | KINDS),
    changes.map(_prefixes),
    failures.map(lambda failure: _replaced(failure=failure)),
    failures.map(lambda failure: _replaced(failure=failure, calls=(), prefixes=None)),
    st.just(_replaced(calls=())),
    st.sampled_from([-1, 2**62]).map(lambda count: _replaced(backwards=count)),
    st.lists(notes, max_size=2).map(lambda found: _replaced(notes=tuple(found))),
)


@st.composite
def probes(draw: st.DrawFn, record: ProbeRecord) -> ProbeRecord:
    """Return a probe's record with its value, gradients or both spoiled."""
    kind = draw(st.sampled_from(["value", "gradients", "both", "cut", "names", "fails", "nothing"]))
    change = draw(changes)
    made: dict[str, object] = {}
    if kind in ("value", "both") and record.value is not None:
        made["value"] = change(record.value)
    if kind in ("gradients", "both"):
        made["gradients"] = {n: change(a) for n, a in (record.gradients or {}).items()}
    if kind == "cut":
        made["gradients"] = None
    if kind == "names":
        made["gradients"] = {f"{n}?": a for n, a in (record.gradients or {}).items()}
    if kind == "fails":
        made = {"failure": draw(failures), "value": None, "gradients": None}
    if kind == "nothing":
        made = {"value": None, "gradients": None}
    return msgspec.structs.replace(record, **made)


@st.composite
def spoiled(draw: st.DrawFn, trace: Trace) -> list[msgspec.Struct]:
    """Return the frames of a trace with some of its records spoiled, in the job's order."""
    assert trace.loading is not None
    loading = trace.loading
    if draw(st.integers(0, 5)) == 0:
        loading = msgspec.structs.replace(
            loading,
            failures=tuple(draw(st.lists(failures, max_size=3))),
            notes=tuple(draw(st.lists(notes, max_size=3))),
            shadowed=tuple(draw(st.lists(st.sampled_from(["w", "?"]), max_size=2))),
        )
    frames: dict[str, msgspec.Struct] = {**trace.probes, **trace.scenarios}
    chosen: Sequence[str] = draw(
        st.lists(st.sampled_from(list(trace.scenarios)), max_size=len(trace.scenarios), unique=True)
    )
    everywhere = draw(st.none() | spoils)
    for name in frames if everywhere is not None else ():
        record = frames[name]
        if isinstance(record, ScenarioRecord):
            frames[name] = everywhere(record)  # type: ignore[misc]  # it is not None
    for name in chosen:
        record = frames[name]
        assert isinstance(record, ScenarioRecord)
        frames[name] = draw(spoils)(record)
    for name in draw(st.lists(st.sampled_from(list(trace.probes)), max_size=2, unique=True)):
        record = frames[name]
        assert isinstance(record, ProbeRecord)
        frames[name] = draw(probes(record))
    return [loading, *frames.values(), Done()]


def sent(job: Job, frames: Sequence[msgspec.Struct]) -> Trace:
    """Return the trace of a child that wrote these frames."""
    return assemble(job, b"".join(map(encode_frame, frames)), ending="done")
