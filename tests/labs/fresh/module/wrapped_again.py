# mistake: graph-broken | backward-missing
# function: train_model
# why: The loss is wrapped in a new tensor, whose backward pass ends there and never reaches the model; no gradient comes, no step moves anything.

# %%
import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.plots import plot_data


# %%
def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    """Return n inputs and targets near a line, as arrays."""
    inputs = np.linspace(0, 1, n)
    return inputs, slope * inputs + intercept + np.random.normal(0, noise, n)


X, y = sample_line()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)


# %%
class LinearRegression(nn.Module):
    """A line: prediction = weight * x + bias."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        """Return the predictions for x, a tensor of the shape of x."""
        return self.weight * x + self.bias


# %%
model = LinearRegression()
print(model.state_dict())

# %%
loss_fn = nn.MSELoss()

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


# %%
def train_model(epochs):
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        value = loss_fn(model(X), y).item()
        history.append(value)
        loss = torch.tensor(value, requires_grad=True)
        loss.backward()
        optimizer.step()
    return history


# %%
check("train_model")
history = train_model(1000)
print(history[0], history[-1])
