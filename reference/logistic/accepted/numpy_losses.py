# Losses are NumPy numbers; training is continued at the top with a second call.
import numpy as np
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, points):
        score = points @ self.linear.weight.t() + self.linear.bias
        return torch.sigmoid(score)

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD([*model.parameters()], 0.5)
LOSS = []

def train_model(epochs):
    for _ in np.arange(epochs):
        optimizer.zero_grad()
        loss = criterion(model(X), y)
        LOSS.append(np.float32(loss.detach().numpy()))
        loss.backward()
        optimizer.step()

train_model(20)
train_model(20)
assert len(LOSS) == 40
