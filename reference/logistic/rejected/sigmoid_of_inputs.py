# fails: forward
# mistake: forward-other-formula
# why: The sigmoid is applied to the inputs, not to the result.
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
        return self.linear(torch.sigmoid(x))

criterion = nn.BCELoss()

model = LogisticRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
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
