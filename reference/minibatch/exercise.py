"""Spec of ``minibatch``: a line, fitted one sample at a time with PyTorch's own building blocks."""

import torch

from autograder.exercise import Exercise, Limits, Module, Variation


def line(slope, bias, generator):
    x = torch.arange(-3, 3, 0.1).view(-1, 1)
    return {"x": x, "y": slope * x + bias + 0.1 * torch.randn(x.size(), generator=generator)}


def data(generator):
    """Sixty points near the line of slope 1 and bias -1, noise of deviation 0.1."""
    return line(1, -1, generator)


def other_line(generator):
    """The same inputs near another line: who knows the lab's answer does not know this one."""
    return line(-2, 1.5, generator)


def objective(parameters, data):
    """Mean squared error of the line over the data given."""
    yhat = data["x"] @ parameters["linear.weight"].T + parameters["linear.bias"]
    return ((yhat - data["y"]) ** 2).mean()


exercise = Exercise(
    lab="minibatch",
    title="Training on one sample at a time",
    contract=Module(
        model_class=("linear_regression", "LinearRegression", "LR"),
        arguments=(1, 1),
        criterion=("criterion", "loss_fn", "loss_function", "loss_func", "criteria"),
        train_model=(
            "train_model_BGD",
            "train_model",
            "train_BGD",
            "my_train_model",
            "train_model_SGD",
            "train_SGD",
            "train",
            "fit",
            "train_loop",
            "training_loop",
        ),
        model=("model", "net"),
        optimizer=("optimizer", "opt"),
        dataset=("dataset", "data_set"),
        loader=("trainloader", "train_loader", "dataloader", "loader"),
        batch_size=1,
        inputs="x",
        targets="y",
    ),
    data=data,
    objective=objective,
    start={"linear.weight": [[-15.0]], "linear.bias": [-10.0]},
    learning_rate=0.01,
    iterations=4,
    public_seeds=(1,),
    hidden_seeds=(30, 31, 32, 33, 34, 35),
    variations=(
        Variation(name="other-line", data=other_line, calls=(1,)),
        Variation(
            name="other-rate",
            start={"linear.weight": [[6.0]], "linear.bias": [9.0]},
            learning_rate=0.03,
            calls=(1,),
        ),
        Variation(name="other-count", data=other_line, learning_rate=0.004, calls=(2,)),
        Variation(name="continued", learning_rate=0.006, calls=(1, 1)),
        Variation(name="isolated", calls=(1,), isolated=True),
        Variation(
            name="isolated-continued",
            start={"linear.weight": [[4.0]], "linear.bias": [-2.0]},
            learning_rate=0.005,
            calls=(1, 1),
            isolated=True,
        ),
    ),
    limits=Limits(cell_seconds=20, call_seconds=20, total_seconds=130),
    points={
        "forward": 2,
        "criterion": 2,
        "loss_decreases": 1,
        "final_parameters": 3,
        "gradient_zeroing": 2,
    },
    inert=("get_surface", "plot_error_surfaces"),
)
