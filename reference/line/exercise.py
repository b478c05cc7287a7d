"""Spec of ``line``: a slope and a bias, fifteen steps of gradient descent on both."""

import torch

from autograder.exercise import Exercise, Functions, Variation


def near_line(slope, bias, generator):
    """X from -3 to 3 by 0.1 as a column; Y on a line with noise of deviation 0.1."""
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    return {"X": X, "Y": slope * X + bias + 0.1 * torch.randn(X.size(), generator=generator)}


def data(generator):
    """The lab's own line: slope 1, bias -1."""
    return near_line(1, -1, generator)


def other_line(generator):
    """Slope -2, bias 3: who knows the lab's answer does not know this one."""
    return near_line(-2, 3, generator)


def objective(parameters, data):
    """Mean squared error over all data."""
    yhat = parameters["w"] * data["X"] + parameters["b"]
    return ((yhat - data["Y"]) ** 2).mean()


exercise = Exercise(
    lab="line",
    title="Training a slope and a bias",
    contract=Functions(
        forward=("forward",),
        criterion=("criterion",),
        train_model=("train_model", "train", "my_train_model", "fit", "train_BGD"),
        losses=("LOSS", "Loss", "COST", "loss_list"),
        learning_rate=("lr", "learning_rate"),
    ),
    data=data,
    objective=objective,
    start={"w": -15.0, "b": -10.0},
    learning_rate=0.1,
    iterations=15,
    public_seeds=(1,),
    hidden_seeds=(30, 31, 32, 33, 34, 35, 36, 37),
    variations=(
        # After fifteen iterations w has converged and hides mistakes: these runs are short.
        Variation(name="other-line", data=other_line, start={"w": 10.0, "b": 4.0}, calls=(3,)),
        Variation(name="other-rate", learning_rate=0.04, calls=(8,)),
        Variation(name="other-count", start={"w": 4.0, "b": 5.0}, learning_rate=0.07, calls=(6,)),
        Variation(name="practice-rate", learning_rate=0.2, calls=(7,)),
        Variation(name="continued", start={"w": -7.0, "b": 2.0}, learning_rate=0.06, calls=(2, 3)),
        Variation(name="isolated", calls=(4,), isolated=True),
        Variation(
            name="isolated-continued",
            start={"w": -2.0, "b": 3.0},
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
    inert=("get_surface", "plot_error_surfaces", "plot_losses"),
)
