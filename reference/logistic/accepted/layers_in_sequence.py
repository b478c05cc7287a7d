# Layer and sigmoid stand in an nn.Sequential; losses are appended as plain numbers.
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())

    def forward(self, x):
        return self.stack(x)

model = LogisticRegression()
with torch.no_grad():
    model.stack[0].weight.copy_(torch.tensor([[-1.0, 1.0]]))
    model.stack[0].bias.fill_(1.5)
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for _ in range(epochs):
        probability = model(X)
        loss = criterion(probability, y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(40)
print(model.state_dict())
