# train_model has further parameters with defaults; without them the global learning rate is used.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y, reduce="mean"):
    squared = (yhat - y) ** 2
    return squared.mean() if reduce == "mean" else squared.sum()

def train_model(iterations=4, rate=None, verbose=True):
    step = lr if rate is None else rate
    for it in range(iterations):
        loss = criterion(forward(X), Y)
        if verbose:
            print(f"{it}: loss {loss.item():.4f} w {w.item():.4f}")
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - step * w.grad.data
        w.grad.data.zero_()

train_model()
