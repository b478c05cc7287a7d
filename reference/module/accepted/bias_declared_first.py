# The bias stands before the weight; both are single numbers without a dimension.
import numpy as np
import torch
from torch import nn

torch.manual_seed(42)
X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(0.0))
        self.weight = nn.Parameter(torch.rand(()))

    def forward(self, x):
        return torch.addcmul(self.bias, self.weight, x)

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    for epoch in range(1, epochs + 1):
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

train_model(100)
print("learned:", model.weight.item(), model.bias.item())
