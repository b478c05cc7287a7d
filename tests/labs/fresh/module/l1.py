# mistake: loss-absolute
# function: criterion
# why: L1Loss is the mean of the absolute differences.

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
loss_fn = nn.L1Loss()

# %%
check("criterion")

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


# %%
def train_model(epochs):
    model.train()
    for epoch in range(epochs):
        # 1. forward pass
        y_pred = model(X)
        # 2. loss
        loss = loss_fn(y_pred, y)
        # 3. zero the gradients
        optimizer.zero_grad()
        # 4. backward
        loss.backward()
        # 5. step
        optimizer.step()


# %%
train_model(1000)

# %%
model.eval()
with torch.inference_mode():
    print(loss_fn(model(X), y))
    plot_data(X, y, line=(1.0, 0.0), model=model)
