# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: parameter-reassigned
# why: The new w is a tensor that requires no gradient, so the second backward raises.
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
    global w
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w = torch.tensor(w.item() - lr * w.grad.item())

train_model(4)
