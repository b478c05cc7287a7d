# The rule by hand.
import torch
from torch import nn

X = torch.randn(25, 2)
y = torch.randn(25, 1)


class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return self.linear(x)


criterion = nn.MSELoss()
model = LinearRegression()
LOSS = []
lr = 0.4


def train_model(epochs):
    first = [torch.zeros_like(p) for p in model.parameters()]
    second = [torch.zeros_like(p) for p in model.parameters()]
    for k in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        norm = torch.sqrt(sum((g**2).sum() for g in gradients))
        gradients = [g * torch.clamp(3.0 / (norm + 1e-6), max=1.0) for g in gradients]
        rate = lr * 0.5 ** (k // 2)
        with torch.no_grad():
            for p, g, m, v in zip(model.parameters(), gradients, first, second):
                p.mul_(1 - rate * 0.2)
                m.mul_(0.9).add_(0.1 * g)
                v.mul_(0.999).add_(0.001 * g * g)
                upper = m / (1 - 0.9 ** (k + 1))
                lower = (v / (1 - 0.999 ** (k + 1))).sqrt() + 1e-8
                p.sub_(rate * upper / lower)


train_model(5)
