# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: losses-added-up
# why: backward() is called on the sum of all losses so far.
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
    total = 0
    for i in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        total = total + loss
        total.backward(retain_graph=True)
        with torch.no_grad():
            w.sub_(lr * w.grad)
        w.grad.zero_()

train_model(4)
