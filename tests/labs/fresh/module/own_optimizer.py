# mistake: learning-rate-ignored
# function: train_model
# why: The function makes an optimizer of its own with the rate 0.1 and never looks at the one of the lab.

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
check("criterion")

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


# %%
def train_model(epochs):
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, epochs + 1):
        sgd.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        sgd.step()
        if epoch % 100 == 0:
            print(f"{epoch}: {loss.item():.4f}")


# %%
check("train_model")
train_model(1000)
