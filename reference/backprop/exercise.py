"""Spec of ``backprop``: a slow gradient, three layers with their fast ones, a network, training."""

import numpy as np

from autograder.exercise import (
    Exercise,
    Function,
    Object,
    call,
    construct,
    edge,
    fixture,
    load,
    read,
    result,
)


def hilly(source):
    """A function of the author's and where to ask for its slopes, coarsely and finely."""
    f = fixture("pieces.py:hills")
    return (
        call("numerical_gradient", f, source.numpy.normal(size=(2, 3)), 0.1),
        call("numerical_gradient", f, source.numpy.normal(size=4)),
    )


def pairs(source):
    """Gradients that differ a little, and one against what a slow gradient is."""
    one = source.numpy.normal(size=(3, 2))
    slow = result("numerical_gradient", fixture("pieces.py:hills"), source.numpy.normal(size=3))
    return (
        call("relative_error", one, one + 0.1 * source.numpy.normal(size=(3, 2))),
        call("relative_error", slow, 5 * source.numpy.normal(size=3)),
    )


def linear(source):
    """A layer that goes there and back twice, with different numbers of rows, then takes a step.

    The gradients of that step are ours: a wrong way back does not cost the step's points.
    """
    W, b = source.numpy.normal(size=(3, 2)), source.numpy.normal(size=2)
    first, second = source.numpy.normal(size=(4, 3)), source.numpy.normal(size=(3, 5)).T
    return (
        construct(W, b),
        call("forward", first),
        call("backward", source.numpy.normal(size=(4, 2))),
        read("dW", label="backward"),
        read("db", label="backward"),
        call("forward", second),
        call("backward", source.numpy.normal(size=(5, 2))),
        read("dW", label="backward"),
        read("db", label="backward"),
        load(dW=source.numpy.normal(size=(3, 2)), db=source.numpy.normal(size=2)),
        call("step", 0.3).unrecorded(),
        read("W", label="step"),
        read("b", label="step"),
        read("dW", label="step"),
        read("db", label="step"),
    )


def relu(source):
    """Numbers of both signs, zeros among them; each backward belongs to the last forward."""
    first, second = (source.numpy.integers(-2, 3, size=(4, 3)).astype(float) for _ in range(2))
    return (
        construct(),
        call("forward", first),
        call("forward", second),
        call("backward", source.numpy.normal(size=(4, 3))),
        call("forward", source.numpy.normal(size=(1, 6))[:, ::2]),
        call("backward", source.numpy.normal(size=(1, 3))),
    )


def loss(source):
    """Scores of six rows for four classes; then two rows, one of them with huge scores.

    Who asks twice for the way back gets the same twice.
    """
    huge = np.array([[1000.0, 0.0, -1000.0], [1.0, 2.0, 0.0]])
    return (
        construct(),
        call("forward", source.numpy.normal(size=(6, 4)), source.numpy.integers(0, 4, size=6)),
        call("backward"),
        call("forward", huge, np.array([1, 2])),
        call("backward"),
        call("backward"),
    )


def network(source):
    """A network of the author's layers, which goes there and back, takes a step, and goes again."""
    layers = [fixture("pieces.py:Bend", amount) for amount in (0.5, 0.8, 0.3)]
    x = source.numpy.normal(size=(2, 3))
    return (
        construct(layers),
        call("forward", x),
        call("backward", source.numpy.normal(size=(2, 3))),
        call("step", 0.2).unrecorded(),
        call("forward", x).labelled("step"),
    )


def trained(source):
    """A network and a loss of the author's, data, a rate, and a number of steps."""
    x, y = source.numpy.normal(size=(2, 5, 2))
    return fixture("pieces.py:Chain", 0.7), fixture("pieces.py:Distance"), x, y, 0.4, 3


HILLS = fixture("pieces.py:hills")
GRID = np.arange(6.0).reshape(2, 3) / 4

exercise = Exercise(
    lab="backprop",
    title="Backpropagation by hand",
    parts=(
        Function(
            "numerical_gradient",
            draw=hilly,
            edges=(
                edge(HILLS, GRID.T, 0.1, name="a transposed array"),
                edge(HILLS, np.array([0.5]), 0.1, name="a single number"),
            ),
            points=2,
            leaves_inputs=1,
        ),
        Function(
            "relative_error",
            draw=pairs,
            edges=(
                edge(np.zeros((2, 2)), np.zeros((2, 2)), name="nothing but zeros", public=True),
                edge(np.array([3.0]), np.array([-3.0]), name="the other sign"),
                edge(np.array([1.0, 2.0]), np.array([1.0, 5.0]), name="a slope that is too small"),
                edge(np.array([2e-3, 1e-3]), np.array([2e-3, 3e-3]), name="tiny slopes"),
            ),
            points=1,
        ),
        Object("Linear", script=linear, points={"forward": 1, "backward": 2, "step": 1}),
        Object("ReLU", script=relu, points={"forward": 1, "backward": 1}, leaves_inputs=1),
        Object("SoftmaxCrossEntropy", script=loss, points={"forward": 2, "backward": 2}),
        Object("Network", script=network, points={"forward": 1, "backward": 1, "step": 1}),
        Function(
            "train",
            draw=trained,
            edges=(
                edge(
                    fixture("pieces.py:Chain", 0.7),
                    fixture("pieces.py:Distance"),
                    GRID,
                    GRID,
                    0.1,
                    0,
                    name="no steps",
                ),
            ),
            points=2,
        ),
    ),
    public_seeds=(1,),
    hidden_seeds=(50,),
)
