"""Spec of ``module``: a line as an ``nn.Module`` with its own parameters, trained in five steps."""

import torch

from autograder.exercise import Exercise, Limits, Module, Variation

SAMPLES = 100


def line(slope, intercept, generator):
    x = torch.linspace(0, 1, SAMPLES)
    return {"X": x, "y": slope * x + intercept + 0.1 * torch.randn(SAMPLES, generator=generator)}


def data(generator):
    """A hundred points over 0…1 near the line of slope 1 through the origin, noise 0.1."""
    return line(1, 0, generator)


def other_line(generator):
    """The same inputs near another line: who knows the lab's answer does not know this one."""
    return line(-3, 2, generator)


def start(generator):
    """Both parameters begin at random, as torch.randn draws them."""
    return {
        "weight": torch.randn(1, generator=generator),
        "bias": torch.randn(1, generator=generator),
    }


def objective(parameters, data):
    """Mean squared error of the line over all data."""
    yhat = parameters["weight"] * data["X"] + parameters["bias"]
    return ((yhat - data["y"]) ** 2).mean()


exercise = Exercise(
    lab="module",
    title="A model of your own, trained in five steps",
    contract=Module(
        model_class=("LinearRegression", "LinearRegressionModel", "linear_regression", "Model"),
        criterion=("loss_fn", "criterion", "loss_function", "loss_func"),
        train_model=(
            "train_model",
            "train",
            "fit",
            "my_train_model",
            "train_loop",
            "training_loop",
        ),
        model=("model", "net"),
        optimizer=("optimizer", "opt"),
        targets="y",
    ),
    data=data,
    objective=objective,
    start=start,
    learning_rate=0.1,
    iterations=240,
    public_seeds=(1,),
    hidden_seeds=(40, 41, 42, 43, 44, 45, 46),
    variations=(
        Variation(name="other-line", data=other_line, calls=(20,)),
        Variation(
            name="other-rate",
            start={"weight": [6.0], "bias": [-4.0]},
            learning_rate=0.25,
            calls=(12,),
        ),
        Variation(name="other-count", start={"weight": [-5.0]}, learning_rate=0.05, calls=(40,)),
        Variation(name="continued", data=other_line, learning_rate=0.15, calls=(7, 5)),
        Variation(name="isolated", learning_rate=0.03, calls=(20,), isolated=True),
        Variation(
            name="isolated-continued",
            start={"weight": [3.0], "bias": [-2.0]},
            learning_rate=0.02,
            calls=(5, 7),
            isolated=True,
        ),
    ),
    limits=Limits(cell_seconds=20, call_seconds=25, total_seconds=160),
    points={
        "forward": 2,
        "criterion": 2,
        "loss_decreases": 1,
        "final_parameters": 3,
        "gradient_zeroing": 2,
    },
)
