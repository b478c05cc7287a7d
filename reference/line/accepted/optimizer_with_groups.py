# One optimizer, built at the first call, with a group for each parameter and a closure.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 1e-1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()

def train_model(n):
    sgd = torch.optim.SGD([{'params': [w]}, {'params': [b]}], lr=lr)

    def evaluate():
        sgd.zero_grad(set_to_none=False)
        loss = criterion(forward(X), Y)
        loss.backward()
        return loss

    for _ in range(n):
        LOSS.append(float(sgd.step(evaluate)))

train_model(15)
print('slope', w.item(), 'bias', b.item())
