"""Spec of ``classes``: which of three bars a picture of three by three dots shows."""

import torch
from torch.nn.functional import cross_entropy

from autograder.exercise import Exercise, Module, Variation

PATTERNS = torch.zeros(3, 3, 3)
PATTERNS[0, 1, :] = 1.0
PATTERNS[1, :, 1] = 1.0
PATTERNS[2].fill_diagonal_(1.0)


def pictures(noise, generator):
    """Sixty pictures (60, 1, 3, 3) of a bar, noisy, and which bar it is."""
    y = torch.randint(3, (60,), generator=generator)
    X = PATTERNS[y] + noise * torch.randn((60, 3, 3), generator=generator)
    return {"X": X.unsqueeze(1), "y": y}


def data(generator):
    """The lab's own pictures."""
    return pictures(0.5, generator)


def other_pictures(generator):
    """Negatives, more noisy."""
    drawn = pictures(0.8, generator)
    return {"X": -drawn["X"], "y": drawn["y"]}


def objective(parameters, data):
    """Mean cross-entropy of the classes."""
    scores = data["X"].flatten(1) @ parameters["linear.weight"].T + parameters["linear.bias"]
    return cross_entropy(scores, data["y"])


def start(generator):
    """Weights as far off as random ones are."""
    return {
        "linear.weight": torch.randn((3, 9), generator=generator),
        "linear.bias": torch.randn(3, generator=generator),
    }


exercise = Exercise(
    lab="classes",
    title="Which bar is it?",
    contract=Module(
        model_class=("Classifier",),
        criterion=("criterion", "loss_fn"),
        train_model=("train_model", "train"),
        targets="y",
        outputs=(3,),
    ),
    data=data,
    objective=objective,
    start=start,
    learning_rate=0.5,
    iterations=12,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12, 13, 14, 15),
    variations=(
        Variation(name="other-pictures", data=other_pictures, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.2, calls=(7,)),
        Variation(name="other-count", learning_rate=0.8, calls=(4,)),
        Variation(name="continued", learning_rate=0.3, calls=(2, 3)),
        Variation(name="isolated", learning_rate=0.1, calls=(5,), isolated=True),
        Variation(name="isolated-continued", learning_rate=0.06, calls=(2, 3), isolated=True),
    ),
    points={
        "forward": 2,
        "criterion": 2,
        "loss_recorded": 1,
        "loss_decreases": 1,
        "final_parameters": 2,
        "gradient_zeroing": 2,
    },
)
