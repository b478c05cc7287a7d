# The optimizer computes the loss itself through a closure.
import torch
from torch import nn

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

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

def loss_and_gradient():
    optimizer.zero_grad()
    loss = loss_fn(model(X), y)
    loss.backward()
    return loss

def train_model(epochs):
    history = [optimizer.step(loss_and_gradient).item() for _ in range(epochs)]
    return history

train_model(100)
