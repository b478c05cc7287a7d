"""Spec of ``validated``: a small network, batches, dropout, evaluation, and the best model kept."""

import torch
from torch.nn.functional import cross_entropy

from autograder.exercise import Evaluation, Exercise, Module, Recorded, Validation, Variation

SIZES = {"hidden.weight": (4, 2), "hidden.bias": (4,), "out.weight": (3, 4), "out.bias": (3,)}


def clouds(count, turn, generator):
    """Points of three clouds around the origin, and their clouds."""
    y = torch.randint(3, (count,), generator=generator)
    angle = 2 * torch.pi * y / 3 + turn
    X = torch.stack([angle.cos(), angle.sin()], dim=1)
    return X + 0.5 * torch.randn((count, 2), generator=generator), y


def drawn(turn, generator):
    """Points to train on, and fewer that are kept for evaluation."""
    X, y = clouds(28, turn, generator)
    X_val, y_val = clouds(18, turn, generator)
    return {"X": X, "y": y, "X_val": X_val, "y_val": y_val}


def data(generator):
    """The lab's own points."""
    return drawn(0.0, generator)


def other_points(generator):
    """Clouds elsewhere."""
    return drawn(1.0, generator)


def other_validation(generator):
    """Points kept for evaluation that training makes worse: the best epoch is not the last."""
    found = drawn(0.0, generator)
    return {**found, "y_val": (found["y_val"] + 1) % 3}


def scores(parameters, X):
    """The network without dropout."""
    hidden = torch.relu(X @ parameters["hidden.weight"].T + parameters["hidden.bias"])
    return hidden @ parameters["out.weight"].T + parameters["out.bias"]


def objective(parameters, data):
    """Mean cross-entropy of the points."""
    return cross_entropy(scores(parameters, data["X"]), data["y"])


def validation_loss(parameters, data):
    """Mean cross-entropy of the points kept for evaluation."""
    return cross_entropy(scores(parameters, data["X_val"]), data["y_val"])


def accuracy(parameters, data):
    """Share of the points kept for evaluation whose cloud has the largest score."""
    return (scores(parameters, data["X_val"]).argmax(1) == data["y_val"]).double().mean()


def start(generator):
    """Random weights."""
    return {name: torch.randn(size, generator=generator) for name, size in SIZES.items()}


exercise = Exercise(
    lab="validated",
    title="Is it getting better?",
    contract=Module(
        model_class=("Net",),
        criterion=("criterion",),
        train_model=("train_model", "train"),
        dataset=("train_set",),
        loader=("train_loader",),
        batch_size=7,
        targets="y",
        outputs=(3,),
        validation=Validation(dataset=("val_set",), loader=("val_loader",), batch_size=6),
        without_dropout=True,
        keeps_best=True,
    ),
    data=data,
    objective=objective,
    start=start,
    learning_rate=0.1,
    iterations=6,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12, 13, 14, 15),
    variations=(
        Variation(name="other-points", data=other_points, calls=(3,)),
        Variation(name="other-rate", learning_rate=0.05, calls=(4,)),
        Variation(name="other-validation", data=other_validation, calls=(3,)),
        Variation(name="continued", learning_rate=0.2, calls=(2, 3)),
        Variation(name="isolated", learning_rate=0.05, calls=(3,), isolated=True),
        Variation(name="isolated-continued", learning_rate=0.03, calls=(2, 2), isolated=True),
    ),
    points={"forward": 1, "criterion": 1, "final_parameters": 2, "gradient_zeroing": 2},
    recorded=(
        Recorded(("VAL", "val_losses"), validation_loss, points=2),
        Recorded(("ACC", "accuracies"), accuracy, points=1),
    ),
    evaluation=Evaluation(eval_mode=1, no_grad=1),
)
