# The gradient is probabilities less one at the right kind, by hand.
import torch
from torch import nn

centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)


def softmax(scores):
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


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
    rate = optimizer.param_groups[0]["lr"]
    for _ in range(epochs):
        with torch.no_grad():
            scores = model(X)
            LOSS.append(criterion(scores, y).item())
            wrong = softmax(scores)
            wrong[range(len(y)), y] -= 1
            model.linear.weight -= rate * wrong.T @ X / len(y)
            model.linear.bias -= rate * wrong.mean(0)


train_model(20)
