# Losses are collected in a list of the function and added to LOSS at its end.
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        z = self.linear(x)
        return torch.special.expit(z)

class MeanCrossEntropy(nn.Module):
    def forward(self, probabilities, classes):
        right = torch.where(classes == 1, probabilities, 1 - probabilities)
        return -right.log().mean()

model = LogisticRegression()
criterion = MeanCrossEntropy()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def one_epoch():
    loss = criterion(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

def train_model(epochs):
    LOSS.extend([one_epoch() for _ in range(epochs)])

train_model(40)
