import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
np.random.seed(7)

X = np.linspace(0, 1, 100)
y = X + np.random.normal(0, 0.1, 100)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)


class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.bias + x * self.weight


def loss_fn(pred, y):
    return (pred - y).pow(2).mean()


model = LinearRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def train_model(epochs):
    history = []
    for e in range(epochs):
        model.zero_grad()
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history


losses = train_model(1000)
print(losses[0], losses[-1])
print(model.state_dict())
