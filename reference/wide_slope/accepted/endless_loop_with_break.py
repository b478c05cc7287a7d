# An endless loop that is left when enough iterations are done.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.nn.functional.mse_loss(y_pred, y, reduction='mean')

def train_model(n):
    done = 0
    while True:
        if done == n:
            break
        if w.grad is not None:
            w.grad.zero_()
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data.sub_(step_size * w.grad.data)
        done += 1

train_model(20)
