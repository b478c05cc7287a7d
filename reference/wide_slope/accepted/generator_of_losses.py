# A generator takes the steps and hands out the losses, which extend the list.
import itertools
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def descend():
    while True:
        loss = criterion(forward(X), Y)
        loss.backward()
        w.data = w.data - step_size * w.grad
        w.grad = None
        yield loss.item()

def train_model(n):
    loss_list.extend(itertools.islice(descend(), n))

train_model(20)
