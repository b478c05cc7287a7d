# %% [markdown]
# # Which bar is it?
#
# A picture of three by three dots shows a bar: a lying one, a standing one, or one from corner to
# corner. A linear model gives a score for each, and the largest is its answer.

# %%
import torch
from torch import nn

from autograder import check

torch.manual_seed(1)

# %% [markdown]
# ## The data
#
# Sixty pictures `X`, of shape (60, 1, 3, 3) as convolutions have it, and the number of the bar `y`.

# %%
patterns = torch.zeros(3, 3, 3)
patterns[0, 1, :] = 1.0
patterns[1, :, 1] = 1.0
patterns[2].fill_diagonal_(1.0)
y = torch.randint(3, (60,))
X = (patterns[y] + 0.5 * torch.randn(60, 3, 3)).unsqueeze(1)

# %% [markdown]
# ## The model
#
# It returns three scores for each picture, no probabilities.


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Classifier(nn.Module):
    """A score for each of three bars."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(9, 3)

    def forward(self, x):
        """Return the scores (N, 3) of pictures x (N, 1, 3, 3)."""
        ### BEGIN SOLUTION
        return self.linear(x.flatten(1))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% [markdown]
# ## The loss
#
# The cross-entropy of scores and classes, averaged over the pictures.

# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
criterion = nn.CrossEntropyLoss()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %%
model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

# %% [markdown]
# ## The training
#
# Each epoch takes one step over all pictures, appends the loss to `LOSS`, and prints the share of
# right answers.


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(epochs):
    """Take that many steps; append the loss before each to LOSS."""
    ### BEGIN SOLUTION
    for epoch in range(epochs):
        scores = model(X)
        loss = criterion(scores, y)
        LOSS.append(loss.item())
        print(epoch, (scores.argmax(1) == y).float().mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %%
train_model(12)
