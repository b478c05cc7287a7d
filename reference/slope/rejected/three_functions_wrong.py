# fails: forward, criterion, final_parameters
# mistake: forward-adds-weight, loss-absolute, learning-rate-ignored
# why: One mistake in each function: a sum, absolute errors, a fixed rate.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w + x

def criterion(yhat, y):
    return (yhat - y).abs().mean()

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - 0.1 * w.grad.data
        w.grad.data.zero_()

train_model(4)
