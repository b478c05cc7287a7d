# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: gradient-zeroed-before-update
# why: zero_grad stands between backward and step.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
opt = torch.optim.SGD([w], lr=lr)

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        opt.zero_grad()
        opt.step()

train_model(4)
