"""Spec of ``by_hand``: a plane without torch; the gradient is a formula, in a function of its own."""

import torch

from autograder.exercise import (
    Exercise,
    Function,
    Functions,
    Recorded,
    Validation,
    Variation,
    fixture,
)


def near_plane(weights, bias, generator):
    def rows(count):
        X = torch.randn((count, 2), generator=generator)
        noise = 0.2 * torch.randn(count, generator=generator)
        return X, X @ torch.tensor(weights) + bias + noise

    X, y = rows(20)
    X_val, y_val = rows(8)
    return {"X": X, "y": y, "X_val": X_val, "y_val": y_val}


def data(generator):
    """Points near a plane."""
    return near_plane([2.0, -1.0], 0.5, generator)


def other_plane(generator):
    """Points near another plane."""
    return near_plane([-1.0, 1.0], -1.0, generator)


def objective(parameters, data):
    """Mean squared error over all data."""
    return ((data["X"] @ parameters["net.W"] + parameters["net.b"] - data["y"]) ** 2).mean()


def validation_loss(parameters, data):
    """The same on validation data."""
    yhat = data["X_val"] @ parameters["net.W"] + parameters["net.b"]
    return ((yhat - data["y_val"]) ** 2).mean()


def rows(source):
    """Inputs, targets and predictions of a few rows."""
    normal = source.numpy.normal
    return normal(size=(5, 2)), normal(size=5), normal(size=5)


exercise = Exercise(
    lab="by_hand",
    title="A plane by hand",
    contract=Functions(targets="y", numpy=True, validation=Validation()),
    parts=(Function("gradient", draw=rows, points=2),),
    calls={"gradient": fixture("standins.py:gradient")},
    data=data,
    objective=objective,
    recorded=(Recorded("VAL", validation_loss, points=1),),
    start={"net.W": [-3.0, 3.0], "net.b": 2.0},
    learning_rate=0.1,
    iterations=12,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12, 13),
    variations=(
        Variation(name="other-plane", data=other_plane, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.2, calls=(7,)),
        Variation(name="continued", start={"net.b": -3.0}, calls=(2, 3)),
        Variation(name="isolated", calls=(5,), isolated=True),
        Variation(name="isolated-longer", learning_rate=0.2, calls=(7,), isolated=True),
    ),
    points={
        "forward": 1,
        "criterion": 1,
        "loss_recorded": 1,
        "loss_decreases": 1,
        "final_parameters": 3,
    },
)
