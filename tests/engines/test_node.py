"""The half of the dask engine in a worker: exactly what the run demands, or a refusal in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from autograder.engines import node as module
from autograder.engines.engine import Work
from autograder.engines.identity import difference, identity
from autograder.engines.node import Node
from autograder.sandbox.message import Policy
from autograder.sandbox.trial import WORD

QUICK = "autograder.sandbox.trial"


def in_node(node: Node, use: Callable[[Node], object]) -> None:
    async def run() -> None:
        await node.setup(None)
        try:
            await asyncio.to_thread(use, node)
        finally:
            await node.teardown(None)

    asyncio.run(run())


def test_a_batch_is_answered_in_order_with_the_level_it_ran_at() -> None:
    def use(node: Node) -> None:
        answer = node.answer([Work(n, b"%d" % n) for n in (1, 2, 3)])
        assert [report.frames for report in answer.reports] == [
            WORD + b"1",
            WORD + b"2",
            WORD + b"3",
        ]
        assert (answer.level, answer.refusal) == ("none", "")

    in_node(Node("none", Policy(), QUICK, identity()), use)


@pytest.mark.parametrize(("limit", "value"), [("BATCH_SECONDS", 0.0), ("BATCH_BYTES", 1)])
def test_a_batch_that_takes_too_much_is_left_undone_after_the_first_job(
    limit: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, value)

    def use(node: Node) -> None:
        assert len(node.answer([Work(n, b"%d" % n) for n in (1, 2, 3)]).reports) == 1

    in_node(Node("none", Policy(), QUICK, identity()), use)


def test_other_versions_are_refused_before_anything_runs() -> None:
    def use(node: Node) -> None:
        assert "torch" in (node.refusal or "")
        answer = node.answer([Work(1, b"1")])
        assert answer.reports == ()
        assert "and 0.1 here" in answer.refusal

    in_node(Node("none", Policy(), QUICK, {**identity(), "torch": "0.1"}), use)


def test_a_sandbox_that_cannot_be_had_is_refused() -> None:
    def use(node: Node) -> None:
        answer = node.answer([Work(1, b"1")])
        assert answer.reports == ()
        assert "no_such_entry" in answer.refusal

    in_node(Node("none", Policy(), "autograder.no_such_entry", identity()), use)


def test_identities_differ_in_each_item_that_one_side_lacks_or_has_otherwise() -> None:
    assert difference(there={"a": "1", "b": "2"}, here={"a": "1", "b": "2"}) == ""
    said = difference(there={"a": "1", "b": "2"}, here={"a": "1", "b": "3", "c": "4"})
    assert said == "b 2 there and 3 here, c missing there and 4 here"
    assert "code of autograder" in identity()
