# Every call of train_model builds its own optimizer.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

w = torch.tensor(-10., requires_grad=True)
lr = 1e-1
LOSS = []

forward = lambda x: w * x
criterion = lambda yhat, y: ((yhat - y) ** 2).mean()

def train_model(n):
    opt = torch.optim.SGD([w], lr=lr)
    opt.zero_grad(set_to_none=False)
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.item())
        opt.step()
        opt.zero_grad(set_to_none=False)

train_model(4)
plt.plot(LOSS)
