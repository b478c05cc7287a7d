# torch.autograd.backward is called with the graph retained, and the grad is read through .detach().
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    n = y.numel()
    return torch.sum((y - yhat) ** 2) / n

def train_model(n):
    count = 0
    while count < n:
        loss = criterion(forward(X), Y)
        torch.autograd.backward(loss, retain_graph=True)
        step = lr * w.grad.detach()
        w.data.sub_(step)
        w.grad.zero_()
        LOSS.append(loss.item())
        count += 1

train_model(4)
