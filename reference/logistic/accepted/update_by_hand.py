# Parameters are moved by hand, by the rate that the optimizer holds.
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

def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for group in optimizer.param_groups:
                for p in group['params']:
                    p.add_(p.grad, alpha=-group['lr'])
                    p.grad.zero_()

train_model(40)
