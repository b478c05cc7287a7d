# The rate is the global lr; the optimizer is built from it in the function.
import torch
from torch import nn, optim

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)
lr = 0.1

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
loss_fn = nn.MSELoss()

def train_model(epochs):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()

train_model(100)
