# mistake: one-gradient-not-zeroed
# function: train_model
# why: The buffer of w is emptied twice and the one of b never.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    return w * x + b


def criterion(yhat, y):
    return torch.nn.functional.mse_loss(yhat, y)


def update():
    with torch.no_grad():
        w.copy_(w - lr * w.grad)
        b.copy_(b - lr * b.grad)
    w.grad.zero_()
    w.grad.zero_()


def train_model(iterations):
    done = 0
    while done < iterations:
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        update()
        done += 1


train_model(15)
print("w", w.item(), "b", b.item())
