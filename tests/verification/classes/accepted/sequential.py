# A Sequential without a class.
import torch
from torch import nn
from torch.nn import functional as F

y = torch.randint(3, (60,))
X = torch.randn(60, 1, 3, 3)


criterion = nn.CrossEntropyLoss()
model = nn.Sequential(nn.Flatten(), nn.Linear(9, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for epoch in range(epochs):
        scores = model(X)
        loss = criterion(scores, y)
        LOSS.append(loss.item())
        print(epoch, (scores.argmax(1) == y).float().mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
