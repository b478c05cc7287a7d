# %% [markdown]
# # Is it getting better?
#
# A small network tells three clouds of points apart. After each epoch you look at points that it
# does not train on: does it get better there, too?

# %%
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder import check

torch.manual_seed(1)


# %%
def clouds(count):
    y = torch.randint(3, (count,))
    angle = 2 * torch.pi * y / 3
    X = torch.stack([angle.cos(), angle.sin()], dim=1)
    return X + 0.5 * torch.randn(count, 2), y


train_set = TensorDataset(*clouds(28))
val_set = TensorDataset(*clouds(18))
train_loader = DataLoader(train_set, batch_size=7)
val_loader = DataLoader(val_set, batch_size=6)


# %% [markdown]
# ## The network


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Net(nn.Module):
    """Four hidden numbers with dropout, three scores."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 4)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        """Return the scores (N, 3) of points x (N, 2): hidden layer, relu, dropout, output layer."""
        ### BEGIN SOLUTION
        return self.out(self.drop(torch.relu(self.hidden(x))))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
# The mean cross-entropy of scores and clouds.
### BEGIN SOLUTION
criterion = nn.CrossEntropyLoss()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %%
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
VAL, ACC = [], []

# %% [markdown]
# ## Training and evaluation
#
# Each epoch takes a step for each batch of `train_loader`. After it, append the mean loss over all
# points of `val_loader` to `VAL`, and the share of right answers there to `ACC`. In the end, the model
# has the parameters of that epoch of this call with the smallest mean loss on those points.


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(epochs):
    """Train, and evaluate after each epoch."""
    ### BEGIN SOLUTION
    best = (float("inf"), None)
    for _ in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        model.eval()
        loss, right, count = 0.0, 0, 0
        with torch.no_grad():
            for x, y in val_loader:
                scores = model(x)
                loss += criterion(scores, y).item() * len(y)
                right += (scores.argmax(1) == y).sum().item()
                count += len(y)
        mean = loss / count
        VAL.append(mean)
        ACC.append(right / count)
        if mean < best[0]:
            best = (mean, {name: v.clone() for name, v in model.state_dict().items()})
    model.load_state_dict(best[1])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %%
train_model(6)
