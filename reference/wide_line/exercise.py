"""Spec of ``wide_line``: slope and bias on wide data, one overshooting, the other slow.

The mean of X^2 is 8.335. A step of size s multiplies the slope's distance from the best one by
about 1 - 2 * s * 8.335 and the bias's by about 1 - 2 * s: -0.667 and 0.8 at the lab's own 0.1.
"""

import torch

from autograder.exercise import Exercise, Functions, Variation


def near_line(slope, bias, generator):
    """X from -5 to 5 by 0.1 as a column; Y on a line with noise of deviation 0.4."""
    X = torch.arange(-5, 5, 0.1).view(-1, 1)
    return {"X": X, "Y": slope * X + bias + 0.4 * torch.randn(X.size(), generator=generator)}


def data(generator):
    """The lab's own line: slope -5 through the origin."""
    return near_line(-5, 0, generator)


def other_line(generator):
    """Slope 3, bias 6: who knows the lab's answer does not know this one."""
    return near_line(3, 6, generator)


def objective(parameters, data):
    """Mean squared error over all data."""
    yhat = parameters["w"] * data["X"] + parameters["b"]
    return ((yhat - data["Y"]) ** 2).mean()


exercise = Exercise(
    lab="wide_line",
    title="Training a slope and a bias on wide data",
    contract=Functions(
        forward=("forward",),
        criterion=("criterion",),
        train_model=("train_model", "train", "my_train_model", "fit", "train_BGD"),
        losses=("loss_list", "LOSS", "Loss", "COST", "losses"),
        learning_rate=("step_size", "lr", "learning_rate"),
    ),
    data=data,
    objective=objective,
    start={"w": -10.0, "b": -20.0},
    learning_rate=0.1,
    iterations=20,
    public_seeds=(1,),
    hidden_seeds=(50, 51, 52, 53, 54, 55, 56, 57),
    variations=(
        # After twenty iterations w has converged and hides mistakes: these runs are short.
        Variation(name="other-line", data=other_line, start={"w": 12.0, "b": 8.0}, calls=(4,)),
        Variation(name="other-rate", learning_rate=0.02, calls=(5,)),
        Variation(name="other-count", start={"w": 3.0, "b": 10.0}, learning_rate=0.03, calls=(6,)),
        Variation(name="continued", start={"w": 1.0, "b": 9.0}, learning_rate=0.09, calls=(2, 3)),
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
