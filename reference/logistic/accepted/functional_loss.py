# torch's functional loss; the list of losses is bound anew in each epoch.
import torch
import torch.nn.functional as F
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        return F.sigmoid(self.fc(x))

criterion = F.binary_cross_entropy
model = LogisticRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    global LOSS
    for _ in range(epochs):
        model.zero_grad()
        loss = criterion(model(X), target=y)
        loss.backward()
        optimizer.step()
        LOSS = LOSS + [loss.item()]

train_model(40)
