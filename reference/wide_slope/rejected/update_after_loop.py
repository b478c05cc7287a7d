# fails: loss_decreases, final_parameters
# mistake: update-after-loop
# why: The update slipped out of the loop and is done once a call.
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
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        w.grad = None
        loss.backward()
    w.data = w.data - step_size * w.grad.data

train_model(20)
