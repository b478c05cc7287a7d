# %% [markdown]
# # Which of three?
#
# A machine sorts beans. It measures how long and how heavy each one is, and has to tell which of
# three kinds it sees. A line through the plane separates two kinds; for three, a model gives three
# *scores*, one a kind, and the largest wins. Learning means: make the score of the right kind grow.
#
# You write five pieces: `softmax`, `accuracy`, the model's `forward`, `criterion` and `train_model`.
# Keep these names, and `X`, `y`, `model`, `optimizer` and `LOSS`: grading assigns other beans, other
# starts and other rates to them. The cell below each piece tries it on a few numbers. That is
# help while you work, not the grade. One wrong piece does not spoil the others.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from autograder import check

torch.manual_seed(1)

# %% [markdown]
# ## The data
#
# Fifty-four beans, drawn here. `X` has a row for each: its length and weight, measured from the
# average bean. `y` has the number of its kind: 0, 1 or 2. These are whole numbers (`torch.int64`), no
# quantities: kind 2 is not twice kind 1.

# %%
KINDS = ["kidney", "lima", "mung"]
centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)
print(X.shape, X.dtype, y.shape, y.dtype, y[:10])


def draw_beans():
    """Draw all beans, a colour for each kind."""
    for kind, name in enumerate(KINDS):
        plt.scatter(*X[y == kind].T, label=name, edgecolors="white")
    plt.xlabel("length")
    plt.ylabel("weight")
    plt.legend()


draw_beans()
plt.show()


# %% [markdown]
# ## Softmax: from scores to probabilities
#
# A bean gets the scores 2, 1 and -1. How sure is the model? Softmax makes positive numbers with a sum
# of 1 of them:
#
# $$p_j = \frac{e^{s_j}}{\sum_k e^{s_k}}$$
#
# `scores` has a row for each bean, and each row is a case of its own: sum along the last axis.
#
# - Sums of 54 rows have the shape (54,). To divide (54, 3) by them, they must be a column, (54, 1):
#   `keepdim=True`.
# - $e^{1000}$ is infinite for a computer, and infinite by infinite is `nan`. Probabilities hang on the
#   differences of scores alone, so subtract each row's largest score from the row first.
#
# Write it with exponentials and sums: no ready softmax of torch's here.

# %%
def softmax(scores):
    """Return probabilities, a tensor of the shape of scores; each row has the sum 1."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("softmax")

# %%
bean = torch.tensor([[2.0, 1.0, -1.0]])
for place, factor in enumerate((0.3, 1.0, 4.0), start=1):
    plt.subplot(1, 3, place, title=f"scores times {factor}", ylim=(0, 1))
    plt.bar(KINDS, softmax(factor * bean)[0])
plt.tight_layout()
plt.show()


# %% [markdown]
# ## Accuracy: how often is it right?
#
# The answer for a bean is the kind with the largest score; `argmax` gives its place. The accuracy is
# the share of rows whose answer is their kind `y`, between 0 and 1. Softmax would not change it: the
# largest score has the largest probability.
#
# `argmax` needs to know along which axis to look: it is kinds that compete, not beans.

# %%
def accuracy(scores, y):
    """Return the share of rows of scores with the largest score at y, a number from 0 to 1."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("accuracy")


# %% [markdown]
# ## The model
#
# `nn.Linear(2, 3)` makes three numbers of two. It has a row of two weights and a bias for each kind.
# Return the scores as they are: whoever needs probabilities takes `softmax` of them.

# %%
class SoftmaxRegression(nn.Module):
    """A score for each of three kinds: a linear function of length and weight."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        """Return scores of shape (n, 3) for beans x of shape (n, 2)."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("forward")

# %% [markdown]
# ## The loss
#
# Accuracy cannot be the loss. Move a weight a little, and mostly not one answer changes: its
# gradient is zero. So look at the probability that the model gives to the right kind. Its surprise is
# $-\log p_{\text{right}}$: 0 where it was sure and right, and large where it was sure and wrong. The
# *cross-entropy* is the mean surprise over all beans.
#
# `criterion` takes scores (n, 3) and kinds (n,). Torch's `nn.CrossEntropyLoss` does all of it,
# softmax and logarithm included: so never give it probabilities. Writing a function is fine,
# too.

# %%
chance = torch.linspace(0.01, 1, 100)
plt.plot(chance, -torch.log(chance))
plt.xlabel("probability of the right kind")
plt.ylabel("surprise")
plt.show()

# %%
raise NotImplementedError("Write your code here, then run this cell again.")

# %%
check("criterion")

# %% [markdown]
# ## The training
#
# The model begins with wrong beliefs, so that there is something to learn. In each epoch: take the
# scores of all beans, append the loss to `LOSS` as a plain number, and take one step of the
# optimizer. Each step uses its own gradient alone, and a second call goes on where the first one
# stopped.

# %%
model = SoftmaxRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[1.2, 0.5], [-1.0, 0.8], [0.2, -1.4]]))
    model.linear.bias.copy_(torch.tensor([0.3, -0.2, 0.1]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


# %%
def train_model(epochs):
    """Take that many steps; append the loss before each to LOSS."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Twenty epochs, one call each, and the accuracy before each. The loss falls smoothly from beginning to
# end. Accuracy jumps, and soon stands still: it counts answers, and an answer that becomes surer
# counts no more than before.

# %%
shares = []
for _ in range(20):
    shares.append(accuracy(model(X), y))
    train_model(1)
for place, (name, values) in enumerate({"loss": LOSS, "accuracy": shares}.items(), start=1):
    plt.subplot(1, 2, place, xlabel="epoch", ylabel=name)
    plt.plot(values, "o-")
plt.tight_layout()
plt.show()
print(f"accuracy before {shares[0]:.2f}, after {accuracy(model(X), y):.2f}")

# %% [markdown]
# ## What the model believes
#
# Each place of the plane in the mixture of colours that the model's probabilities make. Where two kinds
# have the same score the colours meet, in straight lines: their difference is a linear function.
# Beans on the wrong side of a border are the ones that it gets wrong.

# %%
side = torch.linspace(-3, 3, 120)
grid = torch.cartesian_prod(side, side)
colours = torch.tensor([[0.12, 0.47, 0.71], [1.0, 0.5, 0.05], [0.17, 0.63, 0.17]])
with torch.no_grad():
    shown = (softmax(model(grid)) @ colours).view(120, 120, 3).transpose(0, 1)
plt.imshow(shown, origin="lower", extent=(-3, 3, -3, 3), alpha=0.5)
draw_beans()
plt.show()
