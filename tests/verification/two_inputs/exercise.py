"""Spec of ``two_inputs``: a bilinear model of two inputs, forward(a, b)."""

import torch

from autograder.exercise import Exercise, Functions, Variation


def data(generator):
    """Two inputs of different shapes, and targets."""
    A = torch.randn((24, 2), generator=generator)
    B = torch.randn((24, 3), generator=generator)
    noise = 0.1 * torch.randn(24, generator=generator)
    wanted = A @ torch.tensor([2.0, -1.0]) + B @ torch.tensor([1.0, 0.5, -2.0])
    return {"A": A, "B": B, "y": wanted + noise}


def other(generator):
    """Other targets."""
    drawn = data(generator)
    return {**drawn, "y": -drawn["y"] + drawn["B"][:, 0]}


def objective(parameters, data):
    """Mean squared error."""
    return ((data["A"] @ parameters["u"] + data["B"] @ parameters["v"] - data["y"]) ** 2).mean()


exercise = Exercise(
    lab="two_inputs",
    title="Two inputs",
    contract=Functions(inputs="A", more_inputs=("B",), targets="y"),
    data=data,
    objective=objective,
    start={"u": [1.0, 1.0], "v": [-1.0, 0.0, 1.0]},
    learning_rate=0.1,
    iterations=10,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12),
    variations=(
        Variation(name="other", data=other, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.2, calls=(6,)),
        Variation(name="continued", calls=(2, 3)),
        Variation(name="isolated", calls=(5,), isolated=True),
    ),
    points={
        "forward": 1,
        "criterion": 1,
        "loss_recorded": 1,
        "final_parameters": 2,
        "gradient_zeroing": 2,
    },
)
