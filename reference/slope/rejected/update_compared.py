# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: no-update
# why: The update has == where = is meant: two values are compared and dropped.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def train_model(n):
    for i in range(n):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data == w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
