# fails: loss_decreases, final_parameters
# mistake: wrong-gradient
# why: The derivative by hand adds up over the samples.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        with torch.no_grad():
            y_pred = forward(X)
            loss_list.append(criterion(y_pred, Y).item())
            w.sub_(step_size * torch.sum(2 * (y_pred - Y) * X))

train_model(20)
