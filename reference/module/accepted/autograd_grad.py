# torch.autograd.grad gives both gradients, and two lines move the parameters.
import torch
from torch import nn
from torch.autograd import grad

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
    step = optimizer.param_groups[0]["lr"]
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        by_weight, by_bias = grad(loss, (model.weight, model.bias))
        model.weight.data.sub_(step * by_weight)
        model.bias.data.sub_(step * by_bias)

train_model(100)
