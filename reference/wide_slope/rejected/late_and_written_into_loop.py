# fails: loss_recorded
# mistake: loss-recorded-after-update
# why: The loop predicts by itself and calls forward only to record each loss, after the update.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    return w * x


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


def train_model(n):
    for _ in range(n):
        loss = torch.mean((w * X - Y) ** 2)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
        with torch.no_grad():
            LOSS.append(criterion(forward(X), Y).item())


train_model(20)
