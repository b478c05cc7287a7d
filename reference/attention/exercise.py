"""Spec of ``attention``: softmax, masks, attention, layer norm, and self-attention as a module."""

import torch

from autograder.exercise import (
    Exercise,
    Function,
    Object,
    call,
    construct,
    edge,
    fixture,
    load,
    result,
)


def normal(source, *shape, grad=False):
    """Normal numbers; with ``grad`` their gradient counts, too."""
    return torch.randn(shape, generator=source.torch).requires_grad_(grad)


def scores(source):
    """Scores along the last axis, the first, and one in the middle."""
    return (
        call("softmax", normal(source, 3, 5, grad=True), -1),
        call("softmax", normal(source, 4, 3), 0),
        call("softmax", normal(source, 2, 4, 3), dim=1),
    )


def words(source):
    """A sentence of as many words as nothing else here; attention takes masks of other sizes."""
    return (normal(source, 7, 2),)


def asked(source):
    """Sentences whose words do not look ahead, and questions to another sentence."""
    q, k, v = (normal(source, 2, 4, size, grad=True) for size in (3, 3, 5))
    other = (normal(source, 3, 2), normal(source, 6, 2), normal(source, 6, 4))
    mask = torch.rand((3, 6), generator=source.torch) < 0.6
    mask[:, 2] = True
    return (
        call("attention", q, k, v, result("causal_mask", normal(source, 4, 1))),
        call("attention", *other, mask),
        call("attention", *(normal(source, 5, size) for size in (2, 2, 3))),
    )


def many(source, size):
    """As many words as are asked for."""
    return tuple(normal(source, size, width) for width in (2, 2, 3))


def padded(source):
    """What attention gives for three sentences, and which of their five places hold words."""
    q, k, v = (normal(source, 3, 5, 2) for _ in range(3))
    mask = torch.rand((3, 5), generator=source.torch) < 0.5
    mask[:, 0] = True
    mask[0, 4], mask[1, 3] = False, False
    return result("attention", q, k, v)[0], mask


def spread(source):
    """Vectors far from zero, the weights and biases of their numbers, and an eps that shows."""
    x = (3 * normal(source, 2, 3, 4) + 2).requires_grad_()
    w, b = normal(source, 4, grad=True), normal(source, 4, grad=True)
    return call("layer_norm", x, w, b, 0.5), call(
        "layer_norm", 2 + normal(source, 5, 3), w[:3], b[:3]
    )


def module(source):
    """A module with known weights, that looks at two sentences of three words."""
    names = ("query", "key", "value")
    weights = {f"{name}__weight": normal(source, 4, 6) / 2 for name in names}
    out = {"out__weight": normal(source, 6, 4), "out__bias": normal(source, 6)}
    x = normal(source, 2, 3, 6, grad=True)
    return (
        construct(6, 4).shapes().labelled("parameters"),
        load(**weights, **out),
        call("forward", x, result("causal_mask", normal(source, 3, 1))),
        call("forward", normal(source, 5, 6)),
    )


BIG = torch.tensor([[1000.0, 0.0, -1000.0], [-1000.0, -1001.0, -1000.0]])
ONE = torch.tensor([[1.0, 2.0]])
STEPS = torch.arange(12.0).reshape(3, 4)

exercise = Exercise(
    lab="attention",
    title="Attention, one piece at a time",
    parts=(
        Function(
            "softmax",
            draw=scores,
            edges=(
                edge(BIG, name="huge scores", public=True),
                edge(torch.tensor([[2.0, float("-inf"), 2.0]]), name="a score of minus infinity"),
                edge(torch.tensor([[3.0]]), name="a single score"),
                edge(STEPS.T, 0, name="transposed scores"),
                edge(STEPS[:, ::2], name="every second score"),
            ),
            points=2,
            forbids=("torch.softmax", "torch.log_softmax", "nn.*"),
        ),
        Function(
            "causal_mask",
            draw=words,
            edges=(
                edge(ONE, name="a single word"),
                edge(torch.ones(2, 5, 3), name="two sentences of five words"),
            ),
            points=1,
            no_loops=1,
            sizes=lambda source, size: (normal(source, size, 2),),
            dtypes="kind",
        ),
        Function(
            "attention",
            draw=asked,
            edges=(
                edge(ONE, ONE, ONE, name="a single word"),
                edge(400 * ONE, torch.tensor([[3.0, 1], [1, 3]]), STEPS[:2], name="huge scores"),
                edge(
                    ONE,
                    STEPS[:, :2],
                    STEPS,
                    torch.tensor([[False, True, False]]),
                    name="all words but one hidden",
                ),
                edge(STEPS.T / 9, STEPS.T / 9, STEPS.T, name="transposed inputs"),
            ),
            points=4,
            no_loops=1,
            sizes=many,
            calls={"softmax": fixture("standins.py:squashed")},
        ),
        Function(
            "mean_word",
            draw=padded,
            edges=(
                edge(
                    STEPS.reshape(1, 3, 4),
                    torch.tensor([[False, True, False]]),
                    name="a single word",
                ),
                edge(STEPS.reshape(2, 3, 2), torch.ones(2, 3, dtype=torch.bool), name="no padding"),
            ),
            points=2,
            leaves_inputs=1,
        ),
        Function(
            "layer_norm",
            draw=spread,
            edges=(
                edge(torch.full((2, 3), 7.0), torch.ones(3), torch.ones(3), name="equal numbers"),
                edge(
                    STEPS.T / 1000, torch.ones(3), torch.zeros(3), name="transposed, close numbers"
                ),
                edge(torch.tensor([[1.0, 3.0]]), torch.ones(2), torch.zeros(2), name="one row"),
            ),
            points=2,
            forbids=("nn.*", "torch.layer_norm"),
        ),
        Object(
            "SelfAttention",
            script=module,
            points={"parameters": 1, "forward": 3},
            calls={"attention": fixture("standins.py:mixed")},
        ),
    ),
    public_seeds=(1,),
    hidden_seeds=(40,),
)
