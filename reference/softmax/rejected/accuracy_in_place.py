# fails: accuracy-leaves_inputs
# mistake: argument-changed
# why: The largest score is subtracted from the argument itself.
import torch
from torch import nn

centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)


def softmax(scores):
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


def accuracy(scores, y):
    scores -= scores.amax(dim=1, keepdim=True)
    return (scores.argmax(dim=1) == y).float().mean().item()


class SoftmaxRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        return self.linear(x)


criterion = nn.CrossEntropyLoss()


model = SoftmaxRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


train_model(20)
