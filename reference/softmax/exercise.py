"""Spec of ``softmax``: which of three kinds a bean is; softmax, accuracy, and a training on classes."""

import torch
from torch.nn.functional import cross_entropy

from autograder.exercise import Exercise, Function, Module, Variation, call, edge


def beans(centres, generator):
    """Fifty-four beans (54, 2) around the centres of their kinds, and the kinds (54,), int64."""
    y = torch.randint(3, (54,), generator=generator)
    return {"X": torch.tensor(centres)[y] + 0.7 * torch.randn((54, 2), generator=generator), "y": y}


def data(generator):
    """The lab's own beans."""
    return beans([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]], generator)


def other_beans(generator):
    """Beans from elsewhere: who knows the lab's answer does not know this one."""
    return beans([[1.0, 1.0], [-1.2, 0.4], [0.4, -1.2]], generator)


def objective(parameters, data):
    """Mean cross-entropy over all beans."""
    scores = data["X"] @ parameters["linear.weight"].T + parameters["linear.bias"]
    return cross_entropy(scores, data["y"])


def rows(source):
    """Scores of a few rows, as many classes as rows among them; gradients count, too."""
    return tuple(
        call("softmax", torch.randn(shape, generator=source.torch).requires_grad_())
        for shape in ((5, 3), (4, 4), (2, 6))
    )


def answers(source):
    """Scores and classes: more rows than classes, fewer, and as many."""
    return tuple(
        call(
            "accuracy",
            torch.randn((n, classes), generator=source.torch),
            torch.randint(classes, (n,), generator=source.torch),
        )
        for n, classes in ((20, 3), (3, 5), (6, 6))
    )


LARGE = torch.tensor([[1000.0, 999.0, 0.0], [-1000.0, -1002.0, -1000.0]])
SQUARE = torch.tensor([[0.1, 2.0, 0.3], [3.0, 0.2, 0.1], [0.5, 0.4, 0.6]])
START = {"linear.weight": [[1.2, 0.5], [-1.0, 0.8], [0.2, -1.4]], "linear.bias": [0.3, -0.2, 0.1]}

exercise = Exercise(
    lab="softmax",
    title="Which of three?",
    contract=Module(
        model_class=("SoftmaxRegression", "Classifier"),
        criterion=("criterion", "loss_fn"),
        train_model=("train_model", "train", "fit"),
        targets="y",
        outputs=(3,),
    ),
    data=data,
    objective=objective,
    start=START,
    learning_rate=0.5,
    iterations=20,
    public_seeds=(1,),
    hidden_seeds=(60, 61, 62, 63, 64, 65),
    variations=(
        Variation(name="other-beans", data=other_beans, calls=(5,)),
        Variation(name="other-rate", learning_rate=0.2, calls=(6,)),
        Variation(name="other-count", learning_rate=0.8, calls=(4,)),
        Variation(name="continued", learning_rate=0.3, calls=(2, 3)),
        Variation(name="isolated", learning_rate=0.1, calls=(5,), isolated=True),
        Variation(name="isolated-continued", learning_rate=0.06, calls=(2, 3), isolated=True),
    ),
    points={
        "forward": 1,
        "criterion": 2,
        "loss_recorded": 1,
        "loss_decreases": 1,
        "final_parameters": 2,
        "gradient_zeroing": 2,
    },
    parts=(
        Function(
            "softmax",
            draw=rows,
            edges=(
                edge(LARGE, name="huge scores", public=True),
                edge(torch.tensor([[2.0]]), name="a single class"),
                edge(SQUARE.T, name="transposed scores"),
            ),
            points=2,
            rtol=1e-3,
            forbids=("torch.softmax", "torch.log_softmax", "nn.*"),
        ),
        Function(
            "accuracy",
            draw=answers,
            edges=(
                edge(SQUARE, torch.tensor([1, 0, 2]), name="all right", public=True),
                edge(SQUARE, torch.tensor([0, 2, 1]), name="all wrong"),
                edge(SQUARE[:1], torch.tensor([1]), name="a single row"),
                edge(SQUARE.T, torch.tensor([1, 2, 2]), name="transposed scores"),
            ),
            points=2,
            leaves_inputs=1,
        ),
    ),
)
