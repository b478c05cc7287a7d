# fails: train_model-VAL, train_model-ACC
# mistake: none
# why: Only the last batch counts.
import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

X, y = torch.randn(28, 2), torch.randint(3, (28,))
X_val, y_val = torch.randn(18, 2), torch.randint(3, (18,))
train_set = TensorDataset(X, y)
val_set = TensorDataset(X_val, y_val)
train_loader = DataLoader(train_set, batch_size=7)
val_loader = DataLoader(val_set, batch_size=6)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 4)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x))))


criterion = nn.CrossEntropyLoss()
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
VAL, ACC = [], []


def evaluate():
    model.eval()
    loss, right = 0.0, 0
    with torch.no_grad():
        for x, y in val_loader:
            scores = model(x)
            loss = criterion(scores, y).item() * len(val_set)
            right = (scores.argmax(1) == y).float().mean().item() * len(val_set)
    model.train()
    return loss / len(val_set), right / len(val_set)


def train_model(epochs):
    least, best = float("inf"), copy.deepcopy(model.state_dict())
    for epoch in range(epochs):
        for x, y in train_loader:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        loss, right = evaluate()
        VAL.append(loss)
        ACC.append(right)
        if loss < least:
            least, best = loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
