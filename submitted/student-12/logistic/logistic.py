import torch
from torch import nn
import matplotlib.pyplot as plt

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

def train_model(epochs):
    for epoch in range(40):
        yhat = model(X)
        loss = criterion(yhat, y)
        LOSS.append(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

model = LogisticRegression()
model.linear.weight.data = torch.tensor([[-1.0, 1.0]])
model.linear.bias.data = torch.tensor([1.5])
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

train_model(40)
plt.plot([l.item() for l in LOSS])
plt.savefig("loss.png")
