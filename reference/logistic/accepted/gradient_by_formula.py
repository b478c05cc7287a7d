# The gradient of the cross-entropy is X transposed times the errors, divided by their number.
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
    lr = optimizer.param_groups[0]["lr"]
    with torch.no_grad():
        for _ in range(epochs):
            p = model(X)
            LOSS.append(criterion(p, y).item())
            error = p - y
            model.linear.weight -= lr * (error.T @ X) / len(X)
            model.linear.bias -= lr * error.mean()

train_model(40)
