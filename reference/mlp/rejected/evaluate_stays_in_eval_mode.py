# fails: evaluate-eval_mode
# mistake: mode-lost
# why: The model is left in eval mode.
import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

X, y = torch.randn(120, 2), torch.randint(3, (120,))


def hold_out(n, count):
    return torch.randperm(n) < count


held = hold_out(len(X), 30)
train_set = TensorDataset(X[~held], y[~held])
val_set = TensorDataset(X[held], y[held])
train_loader = DataLoader(train_set, batch_size=6)
val_loader = DataLoader(val_set, batch_size=6)


class Net(nn.Module):
    def __init__(self, units, p):
        super().__init__()
        self.hidden = nn.Linear(2, units)
        self.drop = nn.Dropout(p)
        self.out = nn.Linear(units, 3)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x))))


criterion = nn.CrossEntropyLoss()
model = Net(8, 0.2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
VAL = []


def evaluate(model, loss, loader):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            scores = model(x)
            total += loss(scores, y).item() * len(y)
            right += (scores.argmax(dim=1) == y).sum().item()
            count += len(y)
    return total / count, right / count


def train_model(epochs):
    model.train()
    least, best = float("inf"), None
    for _ in range(epochs):
        for x, y in train_loader:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        mean, _ = evaluate(model, criterion, val_loader)
        VAL.append(mean)
        if mean < least:
            least, best = mean, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
