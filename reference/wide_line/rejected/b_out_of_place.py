# fails: final_parameters
# mistake: parameter-not-updated
# why: b.sub without its underscore leaves b as it is.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

def forward(x):
    return w * x + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []

def train_model(iterations):
    for it in range(iterations):
        y_pred = forward(X)
        loss = criterion(y_pred, Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
            b.sub(step_size * b.grad)
        w.grad.zero_()
        b.grad.zero_()

train_model(20)
