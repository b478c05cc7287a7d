# The loop also runs forward and criterion for logging and for a validation split.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
val_losses = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    with torch.no_grad():
        print("before:", criterion(forward(X), Y).item())
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

        with torch.no_grad():
            val_losses.append(criterion(forward(X[::5]), Y[::5]).item())
            far = forward(torch.tensor([[10.0]]))
        print(epoch, LOSS[-1], val_losses[-1], far.item())

train_model(4)
