# fails: loss_recorded
# mistake: loss-recorded-otherwise
# why: LOSS holds the share of right answers.
import torch
from torch import nn
from torch.nn import functional as F

y = torch.randint(3, (60,))
X = torch.randn(60, 1, 3, 3)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(9, 3)

    def forward(self, x):
        return self.linear(x.flatten(1))


criterion = nn.CrossEntropyLoss()
model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for epoch in range(epochs):
        scores = model(X)
        loss = criterion(scores, y)
        LOSS.append((scores.argmax(1) == y).float().mean().item())
        print(epoch, (scores.argmax(1) == y).float().mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
