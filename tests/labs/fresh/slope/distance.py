# mistake: loss-root
# function: criterion
# why: The norm over the root of the count is the root of the mean squared error, not the error itself.
import math

import torch

torch.manual_seed(0)
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())


def forward(x):
    return w * x


def criterion(yhat, y):
    # distance between the two vectors, per point
    return torch.linalg.vector_norm(yhat - y) / math.sqrt(y.numel())


w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def train_model(iterations):
    for _ in range(iterations):
        w.grad = None
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.item())
        with torch.no_grad():
            w.sub_(lr * w.grad)


train_model(4)
print(w, LOSS)
