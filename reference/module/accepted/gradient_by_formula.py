# Both derivatives are computed by hand; neither the model nor the loss is called.
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

@torch.no_grad()
def train_model(epochs):
    lr = optimizer.param_groups[0]["lr"]
    for epoch in range(epochs):
        error = model.weight * X + model.bias - y
        model.weight -= lr * 2 * (error * X).mean()
        model.bias -= lr * 2 * error.mean()

train_model(100)
