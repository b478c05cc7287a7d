# The practice keeps the first losses, starts the model again and trains it with a smaller rate.
import torch
from torch import nn
from autograder.plots import plot_decision, plot_losses

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

def fresh_model():
    new = LogisticRegression()
    with torch.no_grad():
        new.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
        new.linear.bias.fill_(1.5)
    return new

model = fresh_model()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

curves = {}
for rate in (0.5, 0.05, 5.0):
    model = fresh_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    LOSS = []
    train_model(40)
    curves[rate] = LOSS
plot_losses(*curves.values(), labels=[f"lr = {rate}" for rate in curves])
plot_decision(X, y, model)
