# %% [markdown]
# # A plane by AdamW
#
# Momentum, a rate for each weight, a decay, a limit on the gradients, and a rate that falls: all of
# it in a few lines.

# %%
import torch
from torch import nn

from autograder import check

torch.manual_seed(1)

# %%
side = torch.linspace(-1.5, 1.5, 5)
X = torch.cartesian_prod(side, side)
y = X @ torch.tensor([[2.0], [-1.0]]) + 0.5 + 0.2 * torch.randn(25, 1)


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LinearRegression(nn.Module):
    """A plane."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        """Return predictions (N, 1) for points (N, 2)."""
        ### BEGIN SOLUTION
        return self.linear(x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
# The mean squared error.
### BEGIN SOLUTION
criterion = nn.MSELoss()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %%
model = LinearRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-3.0, 3.0]]))
    model.linear.bias.fill_(2.0)
LOSS = []

# %% [markdown]
# ## Training
#
# Make `optimizer`, AdamW with a rate of 0.4 and a weight decay of 0.2, and `scheduler`, which halves the
# rate after every second epoch. In each epoch limit the norm of all gradients to 3 before the step.

# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
optimizer = torch.optim.AdamW(model.parameters(), lr=0.4, weight_decay=0.2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)


### END SOLUTION
def train_model(epochs):
    """Take that many steps; append the loss before each to LOSS."""
    ### BEGIN SOLUTION
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()
        scheduler.step()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %%
train_model(12)
