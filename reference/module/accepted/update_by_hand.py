# The two parameters are moved one by one under no_grad, by the rate in the optimizer.
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

def train_model(epochs):
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        if model.weight.grad is not None:
            model.weight.grad.zero_()
            model.bias.grad.zero_()
        loss.backward()
        rate = optimizer.param_groups[0]["lr"]
        with torch.no_grad():
            model.weight -= rate * model.weight.grad
            model.bias -= rate * model.bias.grad

train_model(100)
