"""Spec of ``layers``: softmax, accuracy, a product with its gradient, and a layer as a class."""

import numpy as np

from autograder.exercise import (
    Exercise,
    Function,
    Object,
    call,
    construct,
    edge,
    fixture,
    kept,
    read,
    result,
)


def scores(source):
    """Five rows of three scores."""
    return (source.numpy.normal(size=(5, 3)),)


def labelled(source):
    """Scores of eight rows for four classes, and the classes."""
    return source.numpy.normal(size=(8, 4)), source.numpy.integers(0, 4, size=8)


def predicted(source):
    """Probabilities that the reference's softmax gives, and the right classes."""
    scores = source.numpy.normal(size=(6, 4))
    return result("softmax", scores), source.numpy.integers(0, 4, size=6)


def many(source, size):
    """As many rows of probabilities as are asked for."""
    scores = source.numpy.normal(size=(size, 4))
    return result("softmax", scores), source.numpy.integers(0, 4, size=size)


def weighed(source):
    """Scores, the right classes, and a function of the author's."""
    scores = source.numpy.normal(size=(6, 4))
    return scores, source.numpy.integers(0, 4, size=6), fixture("weights.py:Power", 2.0)


def product(source):
    """A forward call, then the backward call with what the student kept of it."""
    x, w, d = (source.numpy.normal(size=shape) for shape in ((4, 3), (3, 2), (4, 2)))
    return (
        call("affine_forward", x, w).keeping(cache=1),
        call("affine_backward", d, kept("cache")),
    )


def layer(source):
    """A layer that is made, goes forward twice, and backward from the second time."""
    W, b = source.numpy.normal(size=(3, 2)), source.numpy.normal(size=2)
    first, second = source.numpy.normal(size=(4, 3)), source.numpy.normal(size=(5, 3))
    d = source.numpy.normal(size=(5, 2))
    return (
        construct(W, b),
        call("forward", first),
        call("forward", second),
        call("backward", d),
        read("dLdW", label="backward"),
        read("dLdb", label="backward"),
    )


exercise = Exercise(
    lab="layers",
    title="Layers by hand",
    parts=(
        Function(
            "softmax",
            draw=scores,
            edges=(
                edge(np.array([[1000.0, 0.0]]), name="large scores"),
                edge(np.arange(12.0).reshape(3, 4).T, name="transposed scores"),
                edge(np.zeros((1, 3)), name="ties", public=True),
            ),
            points=3,
            leaves_inputs=1,
        ),
        Function(
            "accuracy",
            draw=labelled,
            edges=(
                edge(np.zeros((0, 4)), np.zeros(0, dtype=int), raises="ValueError", name="no rows"),
            ),
            points=2,
        ),
        Function(
            "cross_entropy",
            draw=predicted,
            points=2,
            leaves_inputs=1,
            no_loops=1,
            sizes=many,
            forbids=("np.nanmean",),
        ),
        Function("surprise", draw=weighed, points=1, calls=("softmax",)),
        Function(
            "affine_forward", draw=product, points={"affine_forward": 1, "affine_backward": 2}
        ),
        Object("Linear", script=layer, points={"forward": 1, "backward": 2}),
    ),
    public_seeds=(1,),
    hidden_seeds=(20,),
)
