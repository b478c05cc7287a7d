# Old gradients are emptied at the top of the iteration, so the last one stays in the buffer.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + torch.randn(X.shape) * 0.1
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    y = w * x
    return y

def criterion(yhat, y):
    return torch.mean(torch.pow(yhat - y, 2))

def train_model(iter):
    for epoch in range(iter):
        if w.grad is not None:
            w.grad.data.zero_()
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.tolist())
        loss.backward()
        w.data = w.data - lr * w.grad.data

train_model(4)
