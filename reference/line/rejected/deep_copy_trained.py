# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: parameters-untouched
# why: A deep copy of w and b is trained.
import copy
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def train_model(n):
    params = copy.deepcopy([w, b])
    opt = torch.optim.SGD(params, lr=lr)
    for epoch in range(n):
        loss = criterion(params[0] * X + params[1], Y)
        LOSS.append(loss.item())
        opt.zero_grad()
        loss.backward()
        opt.step()

train_model(15)
