# fails: loss_decreases, final_parameters
# mistake: update-skipped
# why: The step stands in the condition for printing: it is taken in every hundredth epoch.
import numpy as np
import torch
from torch import nn


def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    inputs = np.linspace(0, 1, n)
    return inputs, slope * inputs + intercept + np.random.normal(0, noise, n)


X, y = sample_line()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)


class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias


loss_fn = nn.MSELoss()

model = LinearRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def train_model(epochs):
    for epoch in range(epochs):
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        if epoch % 100 == 0:
            print(loss.item())
            optimizer.step()


train_model(100)
