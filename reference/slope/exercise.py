"""Spec of ``slope``: a line through the origin, one parameter, four steps of gradient descent."""

import torch

from autograder.exercise import Exercise, Functions, Variation


def data(generator):
    """X from -3 to 3 by 0.1 as a column; Y on a line of slope -3 with noise of deviation 0.1."""
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    return {"X": X, "Y": -3 * X + 0.1 * torch.randn(X.size(), generator=generator)}


def other_slope(generator):
    """The same inputs on a line of slope 2: who knows the lab's answer does not know this one."""
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    return {"X": X, "Y": 2 * X + 0.1 * torch.randn(X.size(), generator=generator)}


def objective(parameters, data):
    """Mean squared error over all data."""
    return ((parameters["w"] * data["X"] - data["Y"]) ** 2).mean()


exercise = Exercise(
    lab="slope",
    title="Training one parameter",
    contract=Functions(
        forward=("forward",),
        criterion=("criterion",),
        train_model=("train_model", "train", "my_train_model"),
        losses=("LOSS", "Loss", "COST", "loss_list"),
        learning_rate=("lr", "learning_rate"),
    ),
    data=data,
    objective=objective,
    start={"w": -10.0},
    learning_rate=0.1,
    iterations=4,
    public_seeds=(1,),
    hidden_seeds=(20, 21, 22, 23, 24, 25, 26, 27),
    variations=(
        Variation(name="other-slope", data=other_slope, start={"w": 6.0}, calls=(3,)),
        Variation(name="other-rate", learning_rate=0.04, calls=(5,)),
        Variation(name="other-count", start={"w": 2.5}, learning_rate=0.07, calls=(6,)),
        Variation(name="continued", start={"w": -7.0}, learning_rate=0.06, calls=(2, 3)),
        Variation(name="isolated", isolated=True),
        Variation(
            name="isolated-continued",
            start={"w": -2.0},
            learning_rate=0.06,
            calls=(2, 3),
            isolated=True,
        ),
    ),
    points={
        "forward": 2,
        "criterion": 2,
        "loss_recorded": 1,
        "loss_decreases": 1,
        "final_parameters": 2,
        "gradient_zeroing": 2,
    },
    inert=("gradient_plot", "plot_diagram"),
)
