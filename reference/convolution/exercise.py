"""Spec of ``convolution``: sliding products, padding, strides, channels, pooling, a small network."""

import torch

from autograder.exercise import Exercise, Function, Limits, Model, construct, edge, fixture


def normal(source, *shape, grad=False):
    """Normal numbers; with ``grad`` their gradient counts, too."""
    return torch.randn(shape, generator=source.torch).requires_grad_(grad)


def whole(source, low, high):
    """A whole number from low to high."""
    return int(source.numpy.integers(low, high + 1))


def sizes(source):
    """A side, a kernel that fits, a stride and a padding."""
    return whole(source, 7, 12), whole(source, 2, 4), whole(source, 2, 3), whole(source, 1, 2)


def one_image(source):
    """An image and a kernel, neither of them square."""
    return normal(source, 5, 7, grad=True), normal(source, 2, 3, grad=True)


def batch(source):
    """Images of two channels."""
    return normal(source, 2, 2, 3, 4, grad=True), whole(source, 1, 3)


def layer(source):
    """Images of two channels, three kernels, their biases, a stride and a padding."""
    images, kernels = normal(source, 2, 2, 7, 6, grad=True), normal(source, 3, 2, 3, 2, grad=True)
    return images, kernels, normal(source, 3, grad=True), 2, 1


def pooled(source):
    """Images, and the side of a window."""
    return normal(source, 2, 3, 7, 6, grad=True), whole(source, 2, 3)


def digits(source):
    """Images of the lab's size."""
    return normal(source, 2, 1, 8, 8)


STEPS = torch.arange(12.0).reshape(3, 4)
IMAGE = STEPS.reshape(1, 1, 3, 4)
ONE = torch.ones(1, 1, 1, 1)
FRAMED = fixture("standins.py:mirrored")

exercise = Exercise(
    lab="convolution",
    title="Convolution, from a sliding window to a network",
    parts=(
        Function(
            "correlate",
            draw=one_image,
            edges=(
                edge(STEPS, torch.tensor([[0.0, 1.0], [0.0, 0.0]]), name="a kernel that picks one"),
                edge(STEPS, STEPS, name="a kernel as large as the image"),
                edge(STEPS.T, STEPS[:2, :2].T, name="transposed"),
            ),
            points=2,
            forbids=("torch.conv2d", "nn.*"),
        ),
        Function(
            "pad",
            draw=batch,
            edges=(
                edge(IMAGE, 0, name="no padding"),
                edge(IMAGE.transpose(2, 3), 1, name="transposed"),
            ),
            points=1,
            leaves_inputs=1,
            forbids=("nn.*",),
        ),
        Function(
            "out_size",
            draw=sizes,
            edges=(
                edge(7, 3, 2, 0, name="nothing left over"),
                edge(8, 3, 2, 0, name="a column left over"),
                edge(10, 3, 4, 0, name="three columns left over"),
                edge(4, 4, 1, 0, name="a kernel as large as the image"),
                edge(6, 3, name="stride and padding left out"),
            ),
            points=1,
        ),
        Function(
            "conv2d",
            draw=layer,
            edges=(
                edge(IMAGE, ONE, torch.tensor([10.0]), name="a kernel of one number"),
                edge(
                    IMAGE,
                    STEPS[:2].reshape(2, 1, 2, 2),
                    torch.tensor([0.0, 1.0]),
                    stride=2,
                    name="rows left over",
                ),
                edge(
                    STEPS.reshape(1, 3, 2, 2),
                    STEPS.reshape(1, 3, 2, 2),
                    torch.zeros(1),
                    padding=1,
                    name="three channels",
                ),
            ),
            points=4,
            forbids=("torch.conv2d", "nn.Conv2d"),
            calls={"pad": FRAMED, "out_size": fixture("standins.py:two")},
        ),
        Function(
            "max_pool",
            draw=pooled,
            edges=(
                edge(-1 - IMAGE, 2, name="negative numbers"),
                edge(torch.zeros(1, 2, 4, 4), 2, name="ties"),
                edge(IMAGE, 3, name="a window as high as the image"),
            ),
            points=2,
            forbids=("torch.max_pool2d", "nn.*"),
        ),
        Model(
            "DigitNet",
            draw=digits,
            init=construct(5),
            points={"shapes": 1, "output": 3, "gradients": 1},
        ),
    ),
    limits=Limits(cell_seconds=20, call_seconds=10, total_seconds=80),
    public_seeds=(1,),
    hidden_seeds=(40,),
)
