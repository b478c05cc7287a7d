# X and y stay NumPy arrays; the function turns them into tensors when it is called.
import numpy as np
import torch
from torch import nn

def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    x = np.linspace(0, 1, n)
    return x, slope * x + intercept + np.random.normal(0, noise, n)

X, y = sample_line()

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    inputs = torch.as_tensor(X, dtype=torch.float32)
    targets = torch.as_tensor(y, dtype=torch.float32)
    for epoch in range(epochs):
        loss = loss_fn(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(100)
