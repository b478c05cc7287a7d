import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


def forward(x):
    return w * x + b


def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)  # no root this time


def train_model(iterations):
    # d/dw mean((wx+b-y)^2) = mean(2 (wx+b-y) x), the same without x for b
    with torch.no_grad():
        for i in range(iterations):
            e = forward(X) - Y
            loss_list.append(e.square().mean().item())
            dw = (2 * e * X).mean()
            db = (2 * e).mean()
            w.sub_(step_size * dw)
            b.sub_(step_size * db)


train_model(20)
print(f"w {w.item():.3f} b {b.item():.3f} loss {loss_list[-1]:.3f}")
