# fails: forward
# mistake: other-parameters
# why: The layer takes one coordinate only.
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x[:, :1]))

criterion = nn.BCELoss()

model = LogisticRegression()
with torch.no_grad():
    model.linear.bias.fill_(1.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(40)
