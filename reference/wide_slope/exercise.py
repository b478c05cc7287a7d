"""Spec of ``wide_slope``: one parameter on wide data, where each step lands on the other side.

The mean of X^2 is 8.335. A step of size s multiplies the distance from the best slope by
1 - 2 * s * 8.335: -0.667 at the lab's own 0.1, beyond -1 and divergent from 0.12 on.
"""

import torch

from autograder.exercise import Exercise, Functions, Variation


def near_slope(slope, generator):
    """X from -5 to 5 by 0.1 as a column; Y on a line through 0 with noise of deviation 0.4."""
    X = torch.arange(-5, 5, 0.1).view(-1, 1)
    return {"X": X, "Y": slope * X + 0.4 * torch.randn(X.size(), generator=generator)}


def data(generator):
    """The lab's own slope, -5."""
    return near_slope(-5, generator)


def other_slope(generator):
    """Slope 3: who knows the lab's answer does not know this one."""
    return near_slope(3, generator)


def objective(parameters, data):
    """Mean squared error over all data."""
    return ((parameters["w"] * data["X"] - data["Y"]) ** 2).mean()


exercise = Exercise(
    lab="wide_slope",
    title="Training one parameter on wide data",
    contract=Functions(
        forward=("forward",),
        criterion=("criterion",),
        train_model=("train_model", "train", "my_train_model", "fit", "train_BGD"),
        losses=("loss_list", "LOSS", "Loss", "COST", "losses"),
        learning_rate=("step_size", "lr", "learning_rate"),
    ),
    data=data,
    objective=objective,
    start={"w": -10.0},
    learning_rate=0.1,
    iterations=20,
    public_seeds=(1,),
    hidden_seeds=(40, 41, 42, 43, 44, 45, 46, 47),
    variations=(
        # After twenty iterations w has converged and hides mistakes: these runs are short.
        Variation(name="other-slope", data=other_slope, start={"w": 12.0}, calls=(4,)),
        Variation(name="other-rate", learning_rate=0.02, calls=(5,)),
        Variation(name="other-count", start={"w": 3.0}, learning_rate=0.03, calls=(6,)),
        Variation(name="continued", start={"w": 1.0}, learning_rate=0.09, calls=(2, 3)),
        Variation(name="isolated", calls=(4,), isolated=True),
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
    inert=("gradient_plot", "plot_diagram", "plot_losses"),
)
