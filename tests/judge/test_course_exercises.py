"""Exercises of public courses, as parts: right code earns all points, a mistake what it concerns."""

from __future__ import annotations

from typing import Any

from autograder.judge.result import Verdict
from autograder.words.catalogue import say
from tests.judge import course_specs
from tests.parts import Grade, check, lab, lost, settled_grader


def grade_of(parts: tuple[Any, ...], reference: str, **fixtures: str) -> Grade:
    files = {f"{name}.py": text for name, text in fixtures.items()}
    return settled_grader(lab(*parts, fixtures=files), reference)


def changed(source: str, old: str, new: str) -> str:
    assert source.count(old) == 1, old
    return source.replace(old, new)


def told(verdict: Verdict, name: str) -> str:
    """Return what a student reads of a check that did not pass."""
    found = check(verdict, name)
    assert not found.passed
    return f"{say(found.message)} {say(found.hint)}"


AFFINE = """
def affine_forward(x, w):
    return x @ w, (x, w)
def affine_backward(d, cache):
    x, w = cache
    return d @ w.T, x.T @ d
"""


def test_a_layer_with_a_cache_of_the_students_choice_as_in_cs231n() -> None:
    """Backward takes what forward kept, whatever that is."""
    grade = grade_of(course_specs.affine(), AFFINE)
    named = changed(AFFINE, " (x, w)\n", " {'x': x, 'w': w}\n")
    assert not lost(grade(changed(named, "= cache", "= cache.values()")))
    wrong = grade(changed(AFFINE, "x.T @ d", "(d.T @ x)"))
    assert lost(wrong) == {"affine_forward-affine_backward"}
    assert "(2, 3)" in told(wrong, "affine_forward-affine_backward")


NEIGHBOURS = """
class Neighbours:
    def __init__(self, rows, labels):
        self.rows, self.labels = rows, labels
    def distances(self, asked):
        squares = (asked**2).sum(1)[:, None] + (self.rows**2).sum(1) - 2 * asked @ self.rows.T
        return np.sqrt(squares)
    def vote(self, distances, k):
        nearest = np.argsort(distances, axis=1)[:, :k]
        return np.array([np.bincount(self.labels[row]).argmax() for row in nearest])
"""


def test_distances_without_loops_and_votes_with_ties_as_in_cs231n() -> None:
    grade = grade_of(course_specs.neighbours(), NEIGHBOURS)
    whole = "        return np.linalg.norm(asked[:, None] - self.rows, axis=2)\n"
    start, _, end = NEIGHBOURS.partition("        squares")
    assert not lost(grade(start + whole + "    def vote" + end.partition("    def vote")[2]))
    slow = "        return np.array([np.linalg.norm(a - self.rows, axis=1) for a in asked])\n"
    looped = grade(start + slow + "    def vote" + end.partition("    def vote")[2])
    assert lost(looped) == {"Neighbours-no_loops"}
    assert "one by one" in told(looped, "Neighbours-no_loops")
    larger = "np.bincount(self.labels[row])[::-1].argmax()"
    ties = grade(changed(NEIGHBOURS, "np.bincount(self.labels[row]).argmax()", f"2 - {larger}"))
    assert lost(ties) >= {"Neighbours-vote"}
    assert "Neighbours-distances" not in lost(ties)


BATCH_NORM = """
class BatchNorm:
    def __init__(self, size, alpha):
        self.alpha, self.weight, self.bias = alpha, np.ones((1, size)), np.zeros((1, size))
        self.mean, self.var = np.zeros((1, size)), np.ones((1, size))
    def forward(self, z, training=True):
        if not training:
            return self.weight * (z - self.mean) / np.sqrt(self.var + 1e-8) + self.bias
        mean, self.v = z.mean(axis=0, keepdims=True), z.var(axis=0, keepdims=True)
        self.normal = (z - mean) / np.sqrt(self.v + 1e-8)
        self.mean = self.alpha * self.mean + (1 - self.alpha) * mean
        self.var = self.alpha * self.var + (1 - self.alpha) * self.v
        return self.weight * self.normal + self.bias
    def backward(self, d):
        self.dweight = (d * self.normal).sum(axis=0, keepdims=True)
        self.dbias = d.sum(axis=0, keepdims=True)
        g = d * self.weight
        rest = g.mean(axis=0) + self.normal * (g * self.normal).mean(axis=0)
        return (g - rest) / np.sqrt(self.v + 1e-8)
"""


def test_batch_norm_with_running_statistics_as_in_11_785() -> None:
    grade = grade_of(course_specs.batch_norm(), BATCH_NORM)
    apart = changed(
        BATCH_NORM,
        "z.var(axis=0, keepdims=True)",
        "np.mean((z - z.mean(0, keepdims=True)) ** 2, 0, keepdims=True)",
    )
    assert not lost(grade(apart))
    swapped = changed(
        BATCH_NORM,
        "self.alpha * self.mean + (1 - self.alpha) * mean",
        "(1 - self.alpha) * self.mean + self.alpha * mean",
    )
    assert lost(grade(swapped)) == {"BatchNorm-running"}
    simple = grade(changed(BATCH_NORM, "(g - rest)", "g"))
    assert lost(simple) == {"BatchNorm-backward"}
    assert told(simple, "BatchNorm-backward").startswith("BatchNorm.backward")
    batch = "(z - z.mean(0)) / np.sqrt(z.var(0) + 1e-8)"
    batch_in_use = changed(BATCH_NORM, "(z - self.mean) / np.sqrt(self.var + 1e-8)", batch)
    assert lost(grade(batch_in_use)) == {"BatchNorm-evaluated"}


ADAM = """
def adam_step(parameters, grads, v, s, t, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for name in parameters:
        d = grads["d" + name]
        v["d" + name] = beta1 * v["d" + name] + (1 - beta1) * d
        s["d" + name] = beta2 * s["d" + name] + (1 - beta2) * d**2
        first, second = v["d" + name] / (1 - beta1**t), s["d" + name] / (1 - beta2**t)
        parameters[name] = parameters[name] - rate * first / (np.sqrt(second) + epsilon)
    return parameters, v, s
"""


def test_a_step_of_adam_by_hand_on_dicts_as_at_deeplearning_ai() -> None:
    grade = grade_of(course_specs.adam(), ADAM)
    copying = changed(
        ADAM,
        "    for name",
        "    parameters, v, s = dict(parameters), dict(v), dict(s)\n    for name",
    )
    assert not lost(grade(copying))
    assert "['W1']" in told(grade(changed(ADAM, " / (1 - beta1**t)", "")), "adam_step")
    assert "not a tuple" in told(
        grade(changed(ADAM, "return parameters, v, s", "return parameters")), "adam_step"
    )
    lost_key = changed(ADAM, "return parameters, v, s", 'v.pop("db1")\n    return parameters, v, s')
    assert "dW1" in told(grade(lost_key), "adam_step")


HE = """
def initial(sizes):
    found = {}
    for n in range(1, len(sizes)):
        found[f"W{n}"] = np.random.randn(sizes[n], sizes[n - 1]) * np.sqrt(2 / sizes[n - 1])
        found[f"b{n}"] = np.zeros((sizes[n], 1))
    return found
"""


def test_random_start_values_in_a_dict_as_at_deeplearning_ai() -> None:
    grade = grade_of(course_specs.he(), HE)
    other = changed(
        HE,
        "np.random.randn(sizes[n], sizes[n - 1])",
        "np.random.default_rng().normal(size=(sizes[n], sizes[n - 1]))",
    )
    assert not lost(grade(other))
    assert "distribution" in told(
        grade(changed(HE, "np.sqrt(2 / sizes[n - 1])", "0.01")), "initial"
    )
    seeded = changed(HE, "    found = {}", "    np.random.seed(3)\n    found = {}")
    assert "same" in told(grade(seeded), "initial")
    turned = changed(HE, "randn(sizes[n], sizes[n - 1])", "randn(sizes[n - 1], sizes[n])")
    assert "(40, 10)" in told(grade(turned), "initial")
    unnamed = grade(changed(HE, '"b{n}"', '"c{n}"'))
    assert check(unnamed, "initial").outcome == "failed"  # it is the student's error, not ours
    assert "'c1'" in told(unnamed, "initial")


WORDS = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def naive(center, outside, vectors):
    scores = vectors @ center
    likely = np.exp(scores - scores.max())
    likely /= likely.sum()
    loss = -np.log(likely[outside])
    likely[outside] -= 1
    return loss, vectors.T @ likely, np.outer(likely, center)
def negative(center, outside, vectors, corpus, k):
    drawn = []
    while len(drawn) < k:
        word = corpus.draw()
        if word != outside:
            drawn.append(word)
    right, wrong = sigmoid(vectors[outside] @ center), sigmoid(-vectors[drawn] @ center)
    grad = np.zeros_like(vectors)
    grad[outside] = (right - 1) * center
    np.add.at(grad, drawn, np.outer(1 - wrong, center))
    slope = (right - 1) * vectors[outside] + vectors[drawn].T @ (1 - wrong)
    return -np.log(right) - np.log(wrong).sum(), slope, grad
"""


def test_word_vectors_with_a_corpus_of_the_authors_as_in_cs224n() -> None:
    """Who gets the loss wrong and its derivative right has half of the points."""
    grade = grade_of(course_specs.word_vectors(), WORDS, corpus=course_specs.CORPUS)
    assert lost(grade(WORDS.replace("np.add.at(grad, drawn, ", "for n, row in enumerate("))) == {
        "negative"
    }
    once = grade(
        changed(
            WORDS,
            "np.add.at(grad, drawn, np.outer(1 - wrong, center))",
            "grad[drawn] += np.outer(1 - wrong, center)",
        )
    )
    assert lost(once) == {"negative"}
    assert "[2]" in told(once, "negative")
    doubled = changed(
        WORDS,
        "return loss, vectors.T @ likely, np.outer(likely, center)",
        "return 2 * loss, 2 * vectors.T @ likely, 2 * np.outer(likely, center)",
    )
    assert check(grade(doubled), "naive").points == 2
    assert (
        check(
            grade(changed(WORDS, "-np.log(likely[outside])", "-2 * np.log(likely[outside])")),
            "naive",
        ).points
        == 0
    )


TOKENIZER = """
class Tokenizer:
    def __init__(self, vocab, merges, special=()):
        self.vocab, self.merges, self.special = vocab, merges, special
        self.ids = {token: n for n, token in vocab.items()}
    def encode(self, text):
        import re
        found = []
        for part in re.split("(" + "|".join(map(re.escape, self.special)) + ")", text):
            tokens = [part.encode()] if part in self.special else [bytes([n]) for n in part.encode()]
            for pair in self.merges:
                at = 0
                while at < len(tokens) - 1:
                    if (tokens[at], tokens[at + 1]) == pair:
                        tokens[at : at + 2] = [pair[0] + pair[1]]
                    at += 1
            found += [self.ids[token] for token in tokens]
        return found
    def decode(self, ids):
        return b"".join(self.vocab[n] for n in ids).decode("utf-8", errors="replace")
    def encode_lines(self, lines):
        for line in lines:
            yield from self.encode(line)
"""


def test_a_tokenizer_of_bytes_that_is_lazy_as_in_cs336() -> None:
    grade = grade_of(course_specs.tokenizer(), TOKENIZER, text=course_specs.LINES)
    assert not lost(
        grade(
            TOKENIZER.replace(
                "yield from self.encode(line)",
                "for n in self.encode(line):\n                yield n",
            )
        )
    )
    at_once = changed(
        TOKENIZER,
        "        for line in lines:\n            yield from self.encode(line)",
        "        return iter([n for line in lines for n in self.encode(line)])",
    )
    assert lost(grade(at_once)) == {"Tokenizer-encode_lines"}
    strict = grade(changed(TOKENIZER, ', errors="replace"', ""))
    assert lost(strict) == {"Tokenizer-decode"}
    assert "UnicodeDecodeError" in told(strict, "Tokenizer-decode")
    backwards = grade(changed(TOKENIZER, "in self.merges", "in self.merges[::-1]"))
    assert lost(backwards) == {"Tokenizer-encode", "Tokenizer-encode_lines"}


AUTODIFF = """
class IndexingError(RuntimeError):
    pass
class Context:
    saved = ()
    def save(self, *values):
        self.saved = values
class Mul:
    @staticmethod
    def forward(ctx, a, b):
        ctx.save(a, b)
        return a * b
    @staticmethod
    def backward(ctx, d):
        a, b = ctx.saved
        return d * b, d * a
def broadcast_shape(one, other):
    found = []
    for n in range(1, max(len(one), len(other)) + 1):
        a = one[-n] if n <= len(one) else 1
        b = other[-n] if n <= len(other) else 1
        if a != b and 1 not in (a, b):
            raise IndexingError(f"{one} {other}")
        found.append(max(a, b))
    return tuple(reversed(found))
"""


def test_static_methods_and_an_expected_exception_as_in_minitorch() -> None:
    grade = grade_of(course_specs.autodiff(), AUTODIFF)
    assert not lost(
        grade(
            changed(AUTODIFF, "ctx.save(a, b)", "ctx.left, ctx.right = a, b").replace(
                "= ctx.saved", "= ctx.left, ctx.right"
            )
        )
    )
    swapped = grade(changed(AUTODIFF, "return d * b, d * a", "return d * a, d * b"))
    assert lost(swapped) == {"Mul-Mul.backward"}
    unsaved = grade(changed(AUTODIFF, "ctx.save(a, b)", "pass"))
    assert lost(unsaved) == {"Mul-Mul.backward"}
    assert "not enough values" in told(unsaved, "Mul-Mul.backward")
    other_error = grade(AUTODIFF.replace("raise IndexingError", "raise ValueError"))
    assert lost(other_error) == {"broadcast_shape"}
    assert "RuntimeError" in told(other_error, "broadcast_shape")


LOADER = """
class Loader:
    def __init__(self, data, batch_size, shuffle=False, drop_last=False):
        self.data, self.size, self.shuffle, self.drop_last = data, batch_size, shuffle, drop_last
    def __len__(self):
        whole, rest = divmod(len(self.data), self.size)
        return whole + (rest > 0 and not self.drop_last)
    def __iter__(self):
        order = np.random.permutation(len(self.data)) if self.shuffle else np.arange(len(self.data))
        for n in range(len(self)):
            rows = [self.data[i] for i in order[n * self.size : (n + 1) * self.size]]
            yield {name: np.array([row[name] for row in rows]) for name in rows[0]}
"""


def test_an_iterator_over_batches_as_in_i2dl() -> None:
    grade = grade_of(course_specs.loader(), LOADER)
    assert not lost(
        grade(
            changed(
                LOADER,
                "np.random.permutation(len(self.data))",
                "np.random.choice(7, 7, replace=False)",
            )
        )
    )
    whole = "whole + (rest > 0 and not self.drop_last)"
    dropped = grade(changed(LOADER, whole, "whole"))
    assert lost(dropped) == {"Loader-__len__", "Loader-__iter__"}
    assert "Loader.__len__" in told(dropped, "Loader-__len__")
    sorted_always = grade(changed(LOADER, "if self.shuffle", "if False"))
    assert lost(sorted_always) == {"shuffled"}
    twice = grade(changed(LOADER, "permutation(len(self.data))", "randint(0, 7, 7)"))
    assert lost(twice) == {"shuffled"}
    assert "show each row once" in told(twice, "shuffled")
    lists = grade(
        changed(
            LOADER,
            "yield {name: np.array([row[name] for row in rows]) for name in rows[0]}",
            "yield rows",
        )
    )
    assert (
        check(lists, "shuffled").outcome == "failed"
    )  # the claim raises, and that is no error of ours


MLP = """
class MLP(nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        layers = []
        for size in hidden:
            layers += [nn.Linear(inputs, size), nn.ELU()]
            inputs = size
        self.layers = nn.Sequential(*layers, nn.Linear(inputs, classes))
    def forward(self, x):
        return self.layers(x)
"""


def test_a_network_of_any_depth_as_in_uva_dl1() -> None:
    """Its parameters may have any names: they go by order and shape."""
    grade = grade_of(course_specs.network(), MLP)
    listed = """
class MLP(nn.Module):
    def __init__(self, n, hidden, classes):
        super().__init__()
        self.deep = nn.ModuleList(nn.Linear(a, b) for a, b in zip([n, *hidden], hidden))
        self.last = nn.Linear([n, *hidden][-1], classes)
    def forward(self, x):
        for layer in self.deep:
            x = nn.functional.elu(layer(x))
        return self.last(x)
"""
    assert not lost(grade(listed))
    plain_list = grade(changed(listed, "nn.ModuleList(", "list("))
    assert lost(plain_list) >= {"MLP-output", "MLP-shapes"}
    assert "linear" not in lost(plain_list)
    assert lost(
        grade(changed(MLP, "return self.layers(x)", "return self.layers(x).softmax(1)"))
    ) == {"MLP-output", "MLP-gradients", "linear-output"}
    assert lost(grade(MLP.replace("nn.ELU()", "nn.ReLU()"))) == {"MLP-output", "MLP-gradients"}


MASKS = """
def sentence_masks(hidden, lengths):
    return torch.arange(hidden.shape[1]) >= torch.tensor(lengths)[:, None]
def attend(hidden, state, mask):
    scores = (hidden @ state[:, :, None]).squeeze(2)
    weights = scores.masked_fill(mask, float("-inf")).softmax(1)
    return (weights[:, None] @ hidden).squeeze(1), weights
"""


def test_masks_of_padding_in_attention_as_in_cs224n() -> None:
    grade = grade_of(course_specs.masks(), MASKS)
    ones = MASKS.replace(
        "return torch.arange(hidden.shape[1]) >= torch.tensor(lengths)[:, None]",
        "mask = torch.zeros(hidden.shape[:2], dtype=torch.uint8)\n    for n, length in enumerate(lengths):\n        mask[n, length:] = 1\n    return mask",
    )
    assert lost(grade(ones)) == {"sentence_masks"}  # dtypes="kind": a bool is asked for
    after = grade(
        changed(
            MASKS,
            '.masked_fill(mask, float("-inf")).softmax(1)',
            ".softmax(1).masked_fill(mask, 0)",
        )
    )
    assert lost(after) == {"attend", "attend-leaves_inputs"}
    assert "attend" in told(after, "attend")
    in_place = changed(
        MASKS,
        "weights = scores",
        "hidden.data[:, 0] += 0.0\n    hidden.data.mul_(1 + 1e-7)\n    weights = scores",
    )
    assert lost(grade(in_place)) == {"attend-leaves_inputs"}


PLANNING = """
def action_value(mdp, values, state, action, gamma):
    chances = mdp.next_states(state, action)
    return sum(p * (mdp.reward(state, action, s) + gamma * values[s]) for s, p in chances.items())
def improve(mdp, values, gamma):
    found = {}
    for state in mdp.states():
        options = [action_value(mdp, values, state, a, gamma) for a in mdp.actions(state)]
        found[state] = max(options, default=0.0)
    return found
"""


def test_a_wrong_helper_costs_its_own_points_alone_as_in_ysdas_practical_rl() -> None:
    grade = grade_of(course_specs.planning(), PLANNING, mdp=course_specs.MDP)
    wrong = grade(changed(PLANNING, " + gamma * values[s]", " + values[s]"))
    assert lost(wrong) == {"action_value"}
    in_place = grade(changed(PLANNING, "    found = {}", "    found = values"))
    assert lost(in_place) == {"improve"}
    ended = grade(changed(PLANNING, ", default=0.0", ""))
    assert "ValueError" in told(ended, "improve")


IMAGES = """
import gzip, struct
def parse_images(path):
    with gzip.open(path) as file:
        magic, count, rows, columns = struct.unpack(">IIII", file.read(16))
        pixels = np.frombuffer(file.read(), dtype=np.uint8)
    return (pixels.reshape(count, rows * columns) / 255).astype(np.float32)
"""


def test_a_file_that_is_read_as_in_10_714() -> None:
    """The author's function writes it where the code runs, and hands over its path."""
    grade = grade_of(course_specs.files(), IMAGES, files=course_specs.FILES)
    assert lost(grade(changed(IMAGES, ".astype(np.float32)", ""))) == {"parse_images"}
    swapped = grade(changed(IMAGES, "count, rows * columns) / 255", "count, rows, columns) / 255"))
    assert "(3, 4, 2)" in told(swapped, "parse_images")
    assert lost(grade(changed(IMAGES, " / 255)", ")"))) == {"parse_images"}


FORMULA = """
data = np.arange(6.0).reshape(2, 3)
scaled = (data - data.mean(axis=0)) / data.std(axis=0)
"""


def test_a_value_that_a_cell_computes_as_in_6_036() -> None:
    grade = grade_of(course_specs.formula(), FORMULA)
    assert lost(grade(FORMULA + "scaled = np.array([[-1.0, -1, -1], [1, 1, 1]])\n")) == {"scaled"}
    assert lost(grade(FORMULA.replace("axis=0", "axis=1, keepdims=True"))) == {"scaled"}
