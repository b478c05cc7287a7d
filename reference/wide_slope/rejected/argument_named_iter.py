# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: name-hidden
# why: The argument iter hides Python's own iter, which the loop calls.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def train_model(iter):
    for it in iter(range(20)):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()

train_model(20)
