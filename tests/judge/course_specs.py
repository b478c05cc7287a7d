"""Specs of exercises that public courses set, in words of our own; docs/courses.md counts lines."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import (
    Function,
    Model,
    Object,
    Random,
    Variable,
    call,
    construct,
    distribution,
    edge,
    fixture,
    kept,
    load,
    read,
    relation,
)


def affine():
    def there_and_back(source):
        x, w, d = (source.numpy.normal(size=shape) for shape in ((4, 3), (3, 2), (4, 2)))
        first = call("affine_forward", x, w).keeping(cache=1)
        return first, call("affine_backward", d, kept("cache"))

    points = {"affine_forward": 1, "affine_backward": 2}
    return (Function("affine_forward", draw=there_and_back, points=points),)


def neighbours():
    def rows(source, size=6):
        known, asked = source.numpy.normal(size=(size, 3)), source.numpy.normal(size=(size - 2, 3))
        return construct(known, np.arange(size) % 3), call("distances", asked)

    def script(source):
        near = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [6.0, 5.0, 4.0, 1.0, 2.0, 3.0]])
        apart = source.numpy.permuted(np.tile(np.arange(6.0), (5, 1)), axis=1)
        return *rows(source), call("vote", near, 2), call("vote", apart, 3), call("vote", apart, 5)

    points = {"distances": 2, "vote": 1}
    return (Object("Neighbours", script=script, points=points, no_loops=1, sizes=rows),)


def batch_norm():
    def script(source):
        normal = source.numpy.normal
        scales, shifts, mean, var = normal(size=(4, 1, 3)) ** 2 + 0.5
        return (
            construct(3, 0.8),
            load(weight=scales, bias=shifts),
            call("forward", 2 + 3 * normal(size=(5, 3))),
            read("mean", label="running"),
            read("var", label="running"),
            call("backward", normal(size=(5, 3))),
            read("dweight", label="backward"),
            read("dbias", label="backward"),
            load(mean=mean, var=var),
            call("forward", normal(size=(1, 3)), training=False).labelled("evaluated"),
            read("mean", label="evaluated"),
        )

    points = {"forward": 1, "running": 1, "backward": 3, "evaluated": 1}
    return (Object("BatchNorm", script=script, points=points),)


def adam():
    def step(source):
        def table(*names):
            shapes = {"W1": (2, 3), "b1": (2, 1)}
            return {p + n: source.numpy.normal(size=s) for p in names for n, s in shapes.items()}

        first = table("d")
        second = {name: value**2 for name, value in table("d").items()}
        return table(""), table("d"), first, second, int(source.numpy.integers(1, 6)), 0.1

    return (Function("adam_step", draw=step, points=3),)


def he():
    def spread(result, sizes):
        return torch.special.ndtr(torch.tensor(result["W1"] / np.sqrt(2 / sizes[0]))).numpy()

    claims = (
        relation(lambda p, sizes: not p["b1"].any() and not p["b2"].any(), "start biases at zero"),
        distribution(spread),
        distribution(lambda p, sizes: spread({"W1": p["W2"]}, sizes[1:])),
    )
    return (Random("initial", draw=lambda source: [40, 10, 20], claims=claims, points=2),)


CORPUS = """
class Corpus:
    def __init__(self, order):
        self.order = list(order)

    def draw(self):
        self.order.append(self.order.pop(0))
        return self.order[-1]
"""


def word_vectors():
    def words(source):
        return source.numpy.normal(size=3), 2, source.numpy.normal(size=(5, 3))

    def sampled(source):
        order = [2, *(int(word) for word in source.numpy.permutation([0, 2, 2, 4, 4]))]
        return *words(source), fixture("corpus.py:Corpus", order), 3

    return (
        Function("naive", draw=words, points=4, derivative_of="naive"),
        Function("negative", draw=sampled, points=4, derivative_of="negative"),
    )


LINES = """
def lines(*texts):
    yield from texts
    raise RuntimeError("a line more than was asked for")
"""


def tokenizer():
    vocab = {n: bytes([n]) for n in range(256)}
    vocab |= {256: b"th", 257: b"the", 258: b" the", 259: b"<end>", 260: b"in"}
    merges = [(b"t", b"h"), (b"th", b"e"), (b"i", b"n"), (b" ", b"the")]

    def script(source):
        said = " ".join(source.numpy.choice(["the", "thin", "in", "hint", "<end>", "é"], size=9))
        return (
            construct(vocab, merges, ["<end>"]),
            call("encode", said),
            call("encode", ""),
            call("decode", [258, 110, 101, 0xC3, 0xA9, 259]),
            call("decode", [int(n) for n in source.numpy.integers(97, 261, size=8)]),
            call("encode_lines", fixture("text.py:lines", "the tin", said)).first_items(6),
        )

    return (
        Object("Tokenizer", script=script, points={"encode": 3, "decode": 1, "encode_lines": 1}),
    )


def autodiff():
    def product(source):
        a, b, d = (float(one) for one in source.numpy.normal(size=3))
        kept_there = call("Context").keeping("ctx")
        return (
            kept_there,
            call("Mul.forward", kept("ctx"), a, b),
            call("Mul.backward", kept("ctx"), d),
        )

    shapes = (((2, 3), (3,)), ((4, 1), (1, 5)), ((), (2,)), ((1,), (3, 1, 2)))
    return (
        Function("Mul", draw=product, points={"Mul.forward": 1, "Mul.backward": 2}),
        Function(
            "broadcast_shape",
            edges=(
                *(edge(one, other) for one, other in shapes),
                edge((2, 3), (2,), name="shapes that do not fit", raises="RuntimeError"),
            ),
            points=2,
        ),
    )


def loader():
    def rows(source):
        return [{"x": source.numpy.normal(size=2), "y": n} for n in range(7)]

    def in_order(source):
        data = rows(source)
        return (
            construct(data, 3, drop_last=False),
            call("__len__"),
            call("__iter__").first_items(9),
            call("__iter__").first_items(2),
            construct(data, 3, drop_last=True),
            call("__len__"),
            call("__iter__").first_items(9),
        )

    def shuffled(source):
        return construct(rows(source), 7, shuffle=True), call("__iter__").first_items(9)

    order = relation(lambda found, *_: sorted(found[0]["y"]) == [*range(7)], "show each row once")
    return (
        Object("Loader", script=in_order, points={"__len__": 1, "__iter__": 2}),
        Random("Loader", id="shuffled", draw=shuffled, claims=(order,), points=1),
    )


def network():
    def rows(source):
        return torch.randn(4, 6, generator=source.torch)

    points = {"output": 2, "gradients": 1, "shapes": 1}
    return (
        Model("MLP", draw=rows, init=construct(6, [5, 4], 3), points=points),
        Model("MLP", id="linear", draw=rows, init=construct(6, [], 3), points={"output": 1}),
    )


def masks():
    def encoded(source):
        return torch.randn(3, 5, 2, generator=source.torch), [5, 3, 1]

    def asked(source):
        hidden, _ = encoded(source)
        mask = torch.arange(5) >= torch.tensor([[5], [3], [1]])
        return hidden.requires_grad_(), torch.randn(3, 2, generator=source.torch), mask

    return (
        Function("sentence_masks", draw=encoded, points=1, dtypes="kind"),
        Function("attend", draw=asked, points=3, leaves_inputs=1),
    )


MDP = """
class MDP:
    def __init__(self, table):
        self.table = table

    def states(self):
        return list(self.table)

    def actions(self, state):
        return list(self.table[state])

    def next_states(self, state, action):
        return {where: chance for where, (chance, _) in self.table[state][action].items()}

    def reward(self, state, action, where):
        return self.table[state][action][where][1]

def worth(mdp, values, state, action, gamma):
    return len(action) * values[state] - gamma
"""


def planning():
    def world(source):
        p, q, r = source.numpy.uniform(0.1, 0.9, size=3)
        table = {
            "a": {"go": {"a": (p, 1.0), "b": (1 - p, -2 * r)}, "stay": {"a": (1.0, r)}},
            "b": {"go": {"a": (q, 5.0), "end": (1 - q, 0.0)}, "stay": {"b": (1.0, -1.0)}},
            "end": {},
        }
        values = {state: float(source.numpy.normal()) for state in ("a", "b", "end")}
        return fixture("mdp.py:MDP", table), values

    def with_action(source):
        mdp, values = world(source)
        return mdp, values, "a", "go", 0.9

    return (
        Function("action_value", draw=with_action, points=2),
        Function(
            "improve",
            draw=lambda source: (*world(source), 0.9),
            points=2,
            calls={"action_value": fixture("mdp.py:worth")},
        ),
    )


FILES = """
import gzip, struct, tempfile

def idx(pixels):
    head = struct.pack(">IIII", 2051, *pixels.shape)
    with tempfile.NamedTemporaryFile(suffix=".gz", delete=False) as file:
        file.write(gzip.compress(head + pixels.tobytes()))
    return file.name
"""


def files():
    def written(source):
        pixels = source.numpy.integers(0, 256, size=(3, 4, 2)).astype(np.uint8)
        return (fixture("files.py:idx", pixels),)

    return (Function("parse_images", draw=written, points=2, dtypes="exact"),)


def formula():
    def table(source):
        return {"data": source.numpy.normal(size=(6, 3))}

    return (Variable("scaled", points=1, given=table),)
