"""Spec of ``logistic``: two classes in the plane, told apart by logistic regression."""

import torch

from autograder.exercise import Exercise, Module, Variation

SAMPLES = 80


def blobs(first, second, generator):
    """Half of the points around each centre; the second half is class 1."""
    centres = torch.tensor([first, second]).repeat_interleave(SAMPLES // 2, dim=0)
    x = centres + torch.randn((SAMPLES, 2), generator=generator)
    y = torch.tensor([[0.0], [1.0]]).repeat_interleave(SAMPLES // 2, dim=0)
    return {"X": x, "y": y}


def data(generator):
    """Two clouds of deviation 1 around (-1.5, -1) and (1.5, 1)."""
    return blobs([-1.5, -1.0], [1.5, 1.0], generator)


def other_clouds(generator):
    """Clouds elsewhere: who knows the lab's answer does not know this one."""
    return blobs([1.0, -1.0], [-0.5, 1.5], generator)


def objective(parameters, data):
    """Mean binary cross-entropy over all data; its logarithms end at -100, as BCELoss has it."""
    logits = data["X"] @ parameters["linear.weight"].T + parameters["linear.bias"]
    yes = torch.nn.functional.logsigmoid(logits).clamp(min=-100)
    no = torch.nn.functional.logsigmoid(-logits).clamp(min=-100)
    return -(data["y"] * yes + (1 - data["y"]) * no).mean()


def points(generator, rows):
    """Inputs so near the origin that no probability is 0 or 1 in float32."""
    return 0.4 * torch.randn((rows, 2), generator=generator)


def guesses(generator, rows):
    """Probabilities and classes."""
    probabilities = torch.sigmoid(2 * torch.randn((rows, 1), generator=generator))
    return probabilities, torch.randint(2, (rows, 1), generator=generator).float()


exercise = Exercise(
    lab="logistic",
    title="Telling two classes apart",
    contract=Module(
        model_class=("LogisticRegression", "logistic_regression"),
        criterion=("criterion", "loss_fn", "loss_function", "loss_func"),
        train_model=(
            "train_model",
            "train",
            "fit",
            "my_train_model",
            "train_loop",
            "training_loop",
        ),
        optimizer=("optimizer", "opt"),
        losses=("LOSS", "losses", "loss_list"),
        targets="y",
    ),
    data=data,
    objective=objective,
    start={"linear.weight": [[-1.0, 1.0]], "linear.bias": [1.5]},
    learning_rate=0.5,
    iterations=40,
    public_seeds=(1,),
    hidden_seeds=(50, 51, 52, 53, 54, 55, 56),
    variations=(
        Variation(name="other-clouds", data=other_clouds, calls=(12,)),
        Variation(
            name="other-rate",
            start={"linear.weight": [[0.5, -2.0]], "linear.bias": [-1.0]},
            learning_rate=0.2,
            calls=(10,),
        ),
        Variation(name="other-count", data=other_clouds, learning_rate=0.8, calls=(25,)),
        Variation(name="continued", learning_rate=0.3, calls=(4, 6)),
        Variation(name="isolated", learning_rate=0.03, calls=(10,), isolated=True),
        Variation(
            name="isolated-continued",
            start={"linear.weight": [[2.0, -3.0]], "linear.bias": [0.5]},
            learning_rate=0.02,
            calls=(4, 5),
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
    forward_inputs=points,
    criterion_inputs=guesses,
)
