# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Attention, one piece at a time
#
# *The cat chased the mouse because it was hungry.* Who was hungry? You looked back, weighed the
# words, and took the cat. Attention is a layer that does this: each word asks a question, looks at
# all words, and takes a weighted mean of what they say. Large language models are stacks of it.
#
# There is little to it. You write five functions of two to four lines each, and put them together to
# an `nn.Module`. Nothing is trained here: the numbers are chosen so that you see what happens.
#
# Keep the names of functions and arguments. The cell below each function tries it on a few numbers.
# That is help while you work; the grade comes from other numbers and shapes. So use nothing but
# the arguments: the page's own variables have other values then. If one function is still wrong,
# those that call it can earn their points all the same.

# %%
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

from autograder import check

# %% [markdown]
# Two little helpers for pictures. Nothing to do here.


# %%
def show_weights(weights, words, title=""):
    """Draw who looks at whom: a row for each word that asks."""
    _, axes = plt.subplots(figsize=(5, 4.4))
    axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(words)), words, rotation=45, ha="right")
    axes.set_yticks(range(len(words)), words)
    axes.set_xlabel("looks at")
    axes.set_ylabel("word")
    for row, line in enumerate(weights.tolist()):
        for column, weight in enumerate(line):
            colour = "white" if weight > 0.6 else "black"
            axes.text(column, row, f"{weight:.2f}", ha="center", va="center", color=colour, size=7)
    axes.set_title(title)
    plt.show()


def show_bars(panels, labels):
    """Draw a few bar charts beside each other: their titles, and the heights of each."""
    _, row = plt.subplots(1, len(panels), figsize=(3 * len(panels), 2.6), sharey=True)
    for axes, (title, heights) in zip(row, panels.items(), strict=True):
        axes.bar(labels, heights)
        axes.set_title(title)
    plt.show()


# %% [markdown]
# ## Softmax: from scores to weights
#
# Three restaurants have the scores 2, 1 and -1. How much of your money goes to each? Softmax
# turns scores $s$ into positive weights with a sum of 1, and the better score gets more:
#
# $$w_i = \frac{e^{s_i}}{\sum_j e^{s_j}}$$
#
# Two things to mind.
#
# - A tensor has several axes, and the sum runs along one of them, `dim`. With `keepdim=True` a
#   sum keeps that axis, with length 1, so that it fits the tensor that it came from.
# - $e^{1000}$ is infinite for a computer, and infinite by infinite is `nan`. But weights hang on
#   differences alone: you may subtract the same number from all scores of a sum before you begin.
#   Which one makes all powers harmless?
#
# Write it with exponentials and sums: no ready softmax of torch's here.


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(scores, dim=-1):
    """Return weights along the axis dim, a tensor of the shape of scores."""
    ### BEGIN SOLUTION
    powers = torch.exp(scores - scores.amax(dim=dim, keepdim=True))
    return powers / powers.sum(dim=dim, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-softmax", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("softmax")

# %% [markdown]
# The same scores, made smaller and larger. Small ones give nearly equal weights, large ones give
# all to the best. Remember this: it is why attention divides its scores by something.

# %%
restaurants = torch.tensor([2.0, 1.0, -1.0])
show_bars(
    {f"scores times {factor}": softmax(factor * restaurants) for factor in (0.2, 1, 5)},
    ["Aya", "Bo", "Cem"],
)

# %% [markdown]
# ## A mask: who may look at whom
#
# Who writes a sentence word by word cannot look at words that are not there yet. A *causal mask* says
# so: a square table of truths, a row for each word that asks. `True` means: may look. Word 0 sees
# itself alone, word 1 sees words 0 and 1, and the last one sees all.
#
# Words come as a tensor of vectors, a row for each word. What the vectors say makes no difference
# here: it is their number that counts. There may be an axis for sentences in front, so count axes
# from the end.
#
# No loops: compare, or look for a function of torch's that keeps one half of a square.


# %% nbgrader={"grade": false, "grade_id": "causal_mask", "locked": false, "schema_version": 3, "solution": true, "task": false}
def causal_mask(x):
    """Return the mask for the words x of shape (…, n, size): n rows and columns of torch.bool."""
    ### BEGIN SOLUTION
    place = torch.arange(x.shape[-2])
    return place.unsqueeze(1) >= place
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-causal_mask", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("causal_mask")

# %% [markdown]
# ## Attention
#
# Each word has three vectors. Its *query* is what it asks for, its *key* what it can be found by,
# its *value* what it has to say. Stacked up they are `q`, `k` and `v`, a row for each word.
#
# 1. How well does a key answer a query? Take their dot product. `q @ k` does not fit, but with rows and
#    columns of `k` exchanged one product gives all scores: a row for each query, a column for each key.
# 2. Dot products of long vectors are large, and you have seen what softmax makes of large scores. So
#    divide them by $\sqrt{d_k}$, where $d_k$ is how many numbers a query (or a key) has.
# 3. Where the mask is `False` nobody may look: put minus infinity in place of that score. Do it
#    *before* softmax, so that the weights that are left still have a sum of 1.
# 4. Softmax over the keys gives the weights, and the weights times `v` the result.
#
# $$\text{attention}(Q, K, V) = \text{softmax}\!\left(\frac{Q K^T}{\sqrt{d_k}}\right) V$$
#
# There may be more axes in front, such as one for the sentences of a batch: count axes from the end.
# There may be more keys than queries, and values may be longer than keys. Call your `softmax`.


# %% nbgrader={"grade": false, "grade_id": "attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attention(q, k, v, mask=None):
    """Return what each query gets, and the weights.

    q has the shape (…, n, d_k), k (…, m, d_k) and v (…, m, d_v). The mask, if there is one, has n
    rows of m truths: True where a query may look. Results have the shapes (…, n, d_v) and (…, n, m).
    """
    ### BEGIN SOLUTION
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = softmax(scores, dim=-1)
    return weights @ v, weights
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-attention", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("attention")

# %% [markdown]
# Now for the cat. Our words have vectors of four numbers, made by hand: is it an animal, is it an
# action, does it speak of a state, is it small? `it` asks for animals, and rather for large ones.
# `hungry` asks who. All other words ask for nothing, so their weights are equal.

# %%
sentence = ["cat", "chased", "mouse", "because", "it", "was", "hungry"]
features = torch.tensor(
    [
        [1.0, 0.0, 0.0, 0.2],  # cat
        [0.0, 1.0, 0.0, 0.0],  # chased
        [1.0, 0.0, 0.0, 1.0],  # mouse
        [0.0, 0.0, 0.0, 0.0],  # because
        [0.0, 0.0, 0.0, 0.0],  # it
        [0.0, 0.3, 0.3, 0.0],  # was
        [0.0, 0.0, 1.0, 0.0],  # hungry
    ]
)
questions = torch.zeros(7, 4)
questions[4] = torch.tensor([9.0, 0.0, 0.0, -3.0])
questions[6] = torch.tensor([5.0, 0.0, 0.0, -2.0])

found, looks = attention(questions, features, features)
show_weights(looks, sentence, "everybody sees everything")
print("it is now", [round(number, 2) for number in found[4].tolist()])

# %% [markdown]
# Read the row of `it`: most of its weight lies on `cat`. What `it` gets is nearly the cat's
# vector. With the mask nobody looks ahead: all above the diagonal is 0, and every row still has a
# sum of 1.

# %%
found, looks = attention(questions, features, features, causal_mask(features))
show_weights(looks, sentence, "nobody looks ahead")

# %% [markdown]
# ## One vector for a sentence
#
# Sentences of a batch have different lengths; shorter ones are filled up with padding that means
# nothing. To get one vector for a sentence, take the mean of its words, and of its words only. The
# mask says which places hold a word. Divide by how many words there are, not by how many places.
# What you are given stays as it is: others still need it.


# %% nbgrader={"grade": false, "grade_id": "mean_word", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mean_word(x, mask):
    """Return the mean over the words of each sentence, a tensor of the shape (sentences, size).

    x has the shape (sentences, places, size), mask (sentences, places): True where a word is. Each
    sentence has one at least.
    """
    ### BEGIN SOLUTION
    real = mask.unsqueeze(-1)
    return (x * real).sum(dim=1) / real.sum(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-mean_word", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("mean_word")

# %% [markdown]
# ## Layer norm: back to a common scale
#
# Layer after layer, numbers grow or shrink. Layer norm brings each word's vector back: subtract the
# mean of *its own* numbers, divide by the root of their variance. Then each of the `size` places
# gets a weight and a bias of its own, which a network learns.
#
# $$y = \gamma \cdot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta$$
#
# $\sigma^2$ is the mean of the squared differences from $\mu$: divide by `size`, not by `size - 1`.
# $\epsilon$ stands under the root; without it, a vector of equal numbers would be divided by 0. Other
# words and other sentences have no say. Use torch's means and roots, not its layer norm.


# %% nbgrader={"grade": false, "grade_id": "layer_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_norm(x, gamma, beta, eps=1e-5):
    """Return x of the shape (…, size), normed along its last axis; gamma and beta have size numbers."""
    ### BEGIN SOLUTION
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = (centred**2).mean(dim=-1, keepdim=True)
    return gamma * centred / torch.sqrt(variance + eps) + beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-layer_norm", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("layer_norm")

# %% [markdown]
# Three words whose numbers live on three scales, before and after.

# %%
wild = torch.tensor([[1.0, 2.0, 4.0, 3.0], [60.0, 20.0, 45.0, 30.0], [-20.0, -22.0, -25.0, -21.0]])
tame = layer_norm(wild, torch.ones(4), torch.zeros(4))
figure, row = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True)
for axes, numbers, title in zip(row, (wild, tame), ("before", "after layer norm"), strict=True):
    for number, word in enumerate(numbers):
        axes.plot(word, torch.full((4,), -float(number)), "o", label=f"word {number}")
    axes.set_yticks([0, -1, -2], ["word 0", "word 1", "word 2"])
    axes.set_ylim(-2.5, 0.5)
    axes.set_title(title)
plt.show()

# %% [markdown]
# ## Self-attention as a module
#
# Where do queries, keys and values come from? From the words themselves: three linear layers without
# bias make them of the same `x`, and are learned like all others. Another linear layer brings what attention
# found back to the size of a word, and that is *added* to the word: it keeps what it was and learns
# something new.
#
# Give your class these four layers, under these names:
#
# | name | from | to | bias |
# |---|---|---|---|
# | `query`, `key`, `value` | `size` | `head` | no |
# | `out` | `head` | `size` | yes |
#
# `forward(x, mask)` calls your `attention`, mask included, and returns `x` plus what `out` makes of the result.


# %% nbgrader={"grade": false, "grade_id": "SelfAttention", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SelfAttention(nn.Module):
    """Words of a size look at each other; queries, keys and values have head numbers."""

    def __init__(self, size, head):
        super().__init__()
        ### BEGIN SOLUTION
        self.query = nn.Linear(size, head, bias=False)
        self.key = nn.Linear(size, head, bias=False)
        self.value = nn.Linear(size, head, bias=False)
        self.out = nn.Linear(head, size)
        ### END SOLUTION

    def forward(self, x, mask=None):
        """Return words that have looked around, a tensor of the shape of x: (…, words, size)."""
        ### BEGIN SOLUTION
        seen, _ = attention(self.query(x), self.key(x), self.value(x), mask)
        return x + self.out(seen)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-SelfAttention", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("SelfAttention")

# %% [markdown]
# ## What it has not learned yet
#
# A module with random weights looks around at random. Training would change that: every step from
# `x` to the result can be differentiated, so `loss.backward()` reaches all four layers.

# %%
torch.manual_seed(4)
block = SelfAttention(4, 8)
with torch.no_grad():
    _, looks = attention(
        block.query(features), block.key(features), features, causal_mask(features)
    )
show_weights(looks, sentence, "before any training")

loss = block(features, causal_mask(features)).pow(2).mean()
loss.backward()
print(
    "gradients reach",
    [name for name, weight in block.named_parameters() if weight.grad is not None],
)
