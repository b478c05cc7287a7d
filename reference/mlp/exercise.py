"""Spec of ``mlp``: a hidden layer with dropout, mini-batches, and points kept for validation."""

import dataclasses

import torch
from torch.nn.functional import cross_entropy

from autograder.exercise import (
    Evaluation,
    Exercise,
    Function,
    Limits,
    Module,
    Object,
    Random,
    Recorded,
    Validation,
    Variation,
    call,
    construct,
    edge,
    fixture,
    load,
    relation,
    share,
)

HIDDEN = 8
SIZES = {"hidden.weight": (HIDDEN, 2), "hidden.bias": (HIDDEN,)}
SIZES |= {"out.weight": (3, HIDDEN), "out.bias": (3,)}


def arms(count, turn, generator):
    """Points on three arms of a pinwheel, and their arms."""
    y = torch.randint(3, (count,), generator=generator)
    far = torch.rand((count,), generator=generator)
    bend = 2 * torch.pi * y / 3 + 2.5 * far + turn
    bend = bend + 0.25 * torch.randn((count,), generator=generator)
    return 3 * far.unsqueeze(1) * torch.stack([bend.cos(), bend.sin()], dim=1), y


def drawn(turn, generator):
    """Points to train on, and fewer to validate with."""
    X, y = arms(24, turn, generator)
    X_val, y_val = arms(15, turn, generator)
    return {"X": X, "y": y, "X_val": X_val, "y_val": y_val}


def data(generator):
    """The lab's own pinwheel."""
    return drawn(0.0, generator)


def turned(generator):
    """Another pinwheel."""
    return drawn(1.0, generator)


def misleading(generator):
    """Validation points whose arms are those of their neighbours: training makes it worse."""
    found = drawn(0.0, generator)
    return {**found, "y_val": (found["y_val"] + 1) % 3}


def scores(parameters, X):
    """The network without dropout."""
    hidden = torch.relu(X @ parameters["hidden.weight"].T + parameters["hidden.bias"])
    return hidden @ parameters["out.weight"].T + parameters["out.bias"]


def objective(parameters, data):
    """Mean cross-entropy of the points to train on."""
    return cross_entropy(scores(parameters, data["X"]), data["y"])


def validation_loss(parameters, data):
    """Mean cross-entropy of the points to validate with."""
    return cross_entropy(scores(parameters, data["X_val"]), data["y_val"])


def start(generator):
    """Random weights."""
    return {name: torch.randn(size, generator=generator) for name, size in SIZES.items()}


def counts(source):
    """How many points there are, and how many of them, nearly half, are kept."""
    half = int(source.numpy.integers(5, 9))
    return 2 * half, half - 1


def everything_dropped(source):
    """A network whose dropout lets nothing through in train mode, and everything in eval mode."""

    def normal(*shape):
        return torch.randn(shape, generator=source.torch)

    values = {name.replace(".", "__"): normal(*size) for name, size in SIZES.items()}
    x = normal(6, 2)
    return (
        construct(HIDDEN, 1.0).unrecorded(),
        load(**values),
        call("forward", x)
        .gradients("out.weight")
        .keeping(scores=-1)
        .unrecorded()
        .labelled("dropout"),
        dataclasses.replace(call("any"), on="scores").labelled("dropout"),
        call("eval").unrecorded(),
        call("forward", x).keeping(still=-1).unrecorded(),
        dataclasses.replace(call("std", 0), on="still").keeping(spread=-1).unrecorded(),
        dataclasses.replace(call("any"), on="spread").labelled("dropout"),
    )


def measured(source):
    """A model, a loss, and batches of which the last is smaller."""

    def normal(*shape):
        return torch.randn(shape, generator=source.torch)

    y = torch.randint(3, (8,), generator=source.torch)
    model = fixture("pieces.py:Scores", normal(3, 2), normal(3))
    return model, fixture("pieces.py:surprise"), fixture("pieces.py:batches", normal(8, 2), y, 3)


def graded(*rows, made="Scores"):
    """A listed case: scores that are given as points, and the arms of these."""
    X = torch.tensor([row[:-1] for row in rows], dtype=torch.float32)
    y = torch.tensor([row[-1] for row in rows])
    model = fixture(f"pieces.py:{made}", torch.eye(3), torch.zeros(3))
    return model, fixture("pieces.py:distance"), fixture("pieces.py:batches", X, y, 2)


exercise = Exercise(
    lab="mlp",
    title="A hidden layer, and when to stop",
    parts=(
        Random(
            "hold_out",
            draw=counts,
            claims=(
                relation(lambda kept, _, count: kept.sum() == count, "hold out count points"),
                share(lambda kept, *_: kept[:1], lambda n, count: count / n),
                share(lambda kept, *_: kept[-1:], lambda n, count: count / n),
            ),
            repeats=60,
            points=2,
            dtypes="kind",
        ),
        Object("Net", script=everything_dropped, points={"dropout": 1}),
        Function(
            "evaluate",
            draw=measured,
            edges=(
                edge(*graded([3, 1, 0, 0]), name="a single point"),
                edge(
                    *graded([3, 1, 0, 0], [0, 1, 0, 1], [9, 9, 1, 2]),
                    name="another loss, and a last batch of one",
                ),
                edge(
                    *graded([3, 1, 0, 0], [0, 1, 0, 2], made="at_rest"),
                    name="a model in eval mode",
                ),
            ),
            points=3,
            eval_mode=1,
            no_grad=1,
        ),
    ),
    contract=Module(
        model_class=("Net",),
        arguments=(HIDDEN, 0.0),
        criterion=("criterion", "loss_fn"),
        train_model=("train_model", "train", "fit"),
        dataset=("train_set",),
        loader=("train_loader",),
        batch_size=6,
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
    iterations=4,
    public_seeds=(1,),
    hidden_seeds=(10, 11, 12, 13, 14, 15),
    variations=(
        Variation(name="other-arms", data=turned, calls=(3,)),
        Variation(name="other-rate", learning_rate=0.05, calls=(4,)),
        Variation(
            name="misleading",
            data=misleading,
            start={"out.weight": torch.zeros(3, HIDDEN), "out.bias": [0.0, 0.0, 0.0]},
            calls=(3,),
        ),
        Variation(name="continued", learning_rate=0.2, calls=(2, 3)),
        Variation(name="isolated", learning_rate=0.05, calls=(3,), isolated=True),
        Variation(name="isolated-continued", learning_rate=0.03, calls=(2, 2), isolated=True),
    ),
    points={"forward": 2, "criterion": 1, "final_parameters": 3, "gradient_zeroing": 2},
    recorded=(Recorded(("VAL", "val_losses"), validation_loss, points=2, rtol=2e-4, atol=2e-5),),
    evaluation=Evaluation(eval_mode=1, no_grad=1),
    limits=Limits(cell_seconds=20, call_seconds=4, total_seconds=60),
    calls={"evaluate": fixture("pieces.py:worse")},
)
