# The update goes through .data, the gradient through .grad.data, as in the first labs.
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
        yhat = x * self.weight
        yhat = yhat + self.bias
        return yhat

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(iter):
    for epoch in range(iter):
        yhat = model(X)
        loss = loss_fn(yhat, y)
        loss.backward()
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.data = p.data - group["lr"] * p.grad.data
                p.grad.data.zero_()

train_model(100)
