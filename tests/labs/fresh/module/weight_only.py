# mistake: bias-missing
# function: forward
# why: The prediction is weight times x alone; the bias is there but not used.

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
        prediction = torch.mul(x, self.weight)
        return prediction


# %%
model = LinearRegression()
print(model.state_dict())

# %%
def loss_fn(pred, y):
    return ((pred - y) ** 2).mean()


# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


# %%
def train_model(epochs):
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %%
train_model(1000)
print(dict(model.named_parameters()))
