"""Spec of ``moments``: a plane, fitted by AdamW with clipped gradients and a falling rate."""

import torch

from autograder.exercise import Exercise, Module, Rule, Variation

SIDE = torch.linspace(-1.5, 1.5, 5)


def near_plane(weights, bias, generator):
    X = torch.cartesian_prod(SIDE, SIDE)
    noise = 0.2 * torch.randn((len(X), 1), generator=generator)
    return {"X": X, "y": X @ torch.tensor(weights).view(2, 1) + bias + noise}


def data(generator):
    """Points near a plane."""
    return near_plane([2.0, -1.0], 0.5, generator)


def other_plane(generator):
    """Points near another plane."""
    return near_plane([-1.0, 1.0], -1.0, generator)


def objective(parameters, data):
    """Mean squared error over all data."""
    yhat = data["X"] @ parameters["linear.weight"].T + parameters["linear.bias"]
    return ((yhat - data["y"]) ** 2).mean()


exercise = Exercise(
    lab="moments",
    title="A plane by AdamW",
    contract=Module(
        model_class=("LinearRegression",),
        criterion=("criterion",),
        train_model=("train_model", "train"),
        targets="y",
        rule=Rule(
            optimizer="AdamW",
            settings={"weight_decay": 0.2},
            schedule="StepLR",
            schedule_settings={"step_size": 2, "gamma": 0.5},
            clip_norm=3.0,
        ),
    ),
    data=data,
    objective=objective,
    start={"linear.weight": [[-3.0, 3.0]], "linear.bias": [2.0]},
    learning_rate=0.4,
    iterations=12,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12, 13, 14, 15),
    variations=(
        Variation(name="other-plane", data=other_plane, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.8, calls=(7,)),
        Variation(name="other-count", start={"linear.bias": [-3.0]}, calls=(6,)),
        Variation(name="longer", learning_rate=1.5, calls=(9,)),
        Variation(name="isolated", learning_rate=0.4, calls=(5,), isolated=True),
        Variation(name="isolated-longer", learning_rate=0.6, calls=(7,), isolated=True),
    ),
    points={
        "forward": 1,
        "criterion": 1,
        "loss_recorded": 1,
        "final_parameters": 3,
        "gradient_zeroing": 2,
    },
)
