# A deep copy of the best model so far is kept, and tried on the data at the end of a call.
import copy
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
        return torch.sigmoid(self.linear(x))

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []
best_model, best_loss = None, float("inf")

def train_model(epochs):
    global best_model, best_loss
    for _ in range(epochs):
        loss = criterion(model(X), y)
        if loss.item() < best_loss:
            best_loss, best_model = loss.item(), copy.deepcopy(model)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print("best:", criterion(best_model(X), y).item())

train_model(40)
