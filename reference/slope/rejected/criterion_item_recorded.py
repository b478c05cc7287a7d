# fails: criterion
# mistake: graph-broken
# why: item() makes a plain number of the loss, which is recorded as it is.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    mse = torch.mean((yhat - y) ** 2)
    return mse.item()

def train_model(n):
    for epoch in range(n):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
