"""Spec of ``multiple``: prices from three features; standardising, r squared, training by hand."""

import torch

from autograder.exercise import Exercise, Function, Functions, Variation, edge, held_out


def near_plane(w, b, generator):
    """Fifty standardised homes (50, 3), bigger ones with more rooms, and prices (50,) near a plane."""
    X = torch.randn((50, 3), generator=generator)
    X[:, 1] = 0.6 * X[:, 0] + 0.8 * X[:, 1]
    return {"X": X, "Y": X @ torch.tensor(w) + b + 0.5 * torch.randn(50, generator=generator)}


def data(generator):
    """The lab's own town."""
    return near_plane([3.0, 1.0, -2.0], 5.0, generator)


def other_town(generator):
    """A town where people love the outskirts: who knows the lab's answer does not know this one."""
    return near_plane([-1.0, 2.0, 2.5], -3.0, generator)


def objective(parameters, data):
    """Mean squared error over all homes."""
    return ((data["X"] @ parameters["w"] + parameters["b"] - data["Y"]) ** 2).mean()


def columns(source, rows, others, features):
    """Features of very different sizes, for training and held out; the latter lie elsewhere."""
    scale = torch.tensor([30.0, 2.0, 0.5, 400.0])[:features]
    train, other = (torch.randn((n, features), generator=source.torch) for n in (rows, others))
    return scale * (train + 3), held_out(scale * (1.5 * other + 2))


def guesses(source):
    """Predictions, not very good ones, and targets."""
    targets = 5 + 3 * torch.randn(9, generator=source.torch)
    return targets + torch.randn(9, generator=source.torch) + 0.5, targets


GRID = torch.arange(12.0).reshape(3, 4) ** 2

exercise = Exercise(
    lab="multiple",
    title="Several features",
    contract=Functions(
        train_model=("train_model", "train", "fit"),
        losses=("LOSS", "losses"),
    ),
    data=data,
    objective=objective,
    start={"w": [-2.0, 3.0, 1.0], "b": -1.0},
    learning_rate=0.1,
    iterations=30,
    public_seeds=(1,),
    hidden_seeds=(70, 71, 72, 73, 74, 75),
    variations=(
        Variation(name="other-town", data=other_town, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.05, calls=(6,)),
        Variation(name="other-count", start={"w": [6.0, -2.0, 4.0]}, calls=(4,)),
        Variation(name="continued", start={"b": 12.0}, learning_rate=0.15, calls=(2, 3)),
        Variation(name="isolated", learning_rate=0.05, calls=(5,), isolated=True),
        Variation(
            name="isolated-continued",
            start={"w": [1.0, -1.0, 3.0], "b": 2.0},
            learning_rate=0.03,
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
    parts=(
        Function(
            "standardize",
            draw=lambda source: columns(source, 7, 4, 3),
            edges=(
                edge(GRID.T, held_out(GRID.T[:2] + 1), name="transposed features"),
                edge(GRID[:, ::2], held_out(GRID[:1, 1::2]), name="a single home held out"),
            ),
            points=2,
            leaves_inputs=1,
            statistics_from_train_only=1,
            accept=("divided_by_n.py",),
        ),
        Function(
            "r_squared",
            draw=guesses,
            edges=(
                edge(torch.tensor([2.0, 2.0, 2.0]), torch.tensor([1.0, 2.0, 3.0]), name="the mean"),
                edge(
                    torch.tensor([3.0, 1.0]), torch.tensor([1.0, 3.0]), name="worse than the mean"
                ),
                edge(torch.arange(4.0), torch.arange(4.0), name="everything right", public=True),
            ),
            points=2,
        ),
    ),
)
