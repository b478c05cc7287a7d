# The data are tensors of 64-bit floats, as NumPy made them.
import numpy as np
import torch
from torch import nn

x = np.linspace(0, 1, 100)
X = torch.from_numpy(x)
y = torch.from_numpy(x + np.random.normal(0, 0.1, 100))

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(1, dtype=torch.float64))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(100)
