# fails: softmax, softmax-forbids
# mistake: softmax-over-everything
# says: Your softmax divides by the sum of all rows together, so a single row does not add up to 1.
# hint: The sum needs to know its axis.
# why: One sum over all rows.
import torch
from torch import nn

centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)


def softmax(scores):
    powers = torch.exp(scores - scores.max())
    return powers / powers.sum()


def accuracy(scores, y):
    return (scores.argmax(dim=1) == y).float().mean().item()


class SoftmaxRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        return self.linear(x)


criterion = nn.CrossEntropyLoss()


model = SoftmaxRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


train_model(20)
