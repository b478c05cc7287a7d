import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    return w * (x + b)


def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()


def train_model(iterations):
    for k in range(iterations):
        w.grad = None
        b.grad = None
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad * lr)
            b.sub_(b.grad * lr)


train_model(15)
print("loss:", LOSS[0], "->", LOSS[-1])  # it gets bigger and bigger??
