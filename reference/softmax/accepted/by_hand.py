# Softmax, cross-entropy and the steps are written by hand.
import torch
from torch import nn

centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)


def softmax(scores):
    shifted = scores - scores.max(dim=-1, keepdim=True).values
    return shifted.exp() / shifted.exp().sum(-1, keepdim=True)


def accuracy(scores, y):
    return (scores.argmax(dim=1) == y).float().mean().item()


class SoftmaxRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        return self.linear(x)


def criterion(scores, y):
    shifted = scores - scores.max(dim=1, keepdim=True)[0]
    logs = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -logs[torch.arange(len(y)), y].mean()


model = SoftmaxRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    parameter -= group["lr"] * parameter.grad


train_model(20)
