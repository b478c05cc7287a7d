# The bias joins the optimizer as a second group, and zero_grad comes first.
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

optimizer = torch.optim.SGD([w], lr=step_size)
optimizer.add_param_group({"params": [b]})

def train_model(n):
    for _ in range(n):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(forward(X), Y)
        loss.backward()
        optimizer.step()
        loss_list.append(loss.item())

train_model(20)
