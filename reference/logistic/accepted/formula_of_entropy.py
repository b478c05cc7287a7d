# The criterion is the formula of the binary cross-entropy, with the logarithms kept from -inf.
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
        return self.linear(x).sigmoid()

def criterion(p, c, smallest=1e-7):
    p = p.clamp(smallest, 1 - smallest)
    return -(c * torch.log(p) + (1 - c) * torch.log(1 - p)).mean()

model = LogisticRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(float(loss))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(40)
