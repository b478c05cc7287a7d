# fails: loss_recorded, final_parameters
# mistake: weight-decay, loss-recorded-otherwise
# why: The loss has a penalty for the size of the parameter.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y) + 0.1 * w**2
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad
        w.grad.zero_()

train_model(4)
