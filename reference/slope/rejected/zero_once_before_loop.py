# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: gradient-not-zeroed
# why: The buffer is emptied once a call and not in every iteration.
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
    if w.grad is not None:
        w.grad.zero_()
    for i in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)

train_model(4)
