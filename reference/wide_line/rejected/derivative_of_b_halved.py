# fails: final_parameters
# mistake: wrong-gradient
# why: By hand, the factor 2 is missing for b.
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
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        with torch.no_grad():
            r = forward(X) - Y
            loss_list.append((r ** 2).mean().item())
            dw = 2 * (r * X).mean()
            db = r.mean()
            w.sub_(step_size * dw)
            b.sub_(step_size * db)

train_model(20)
