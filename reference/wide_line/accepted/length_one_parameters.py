# Both parameters are tensors of one element, and the buffers get new zeros.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor([-10.0], requires_grad=True)
b = torch.tensor([-20.0], requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return torch.matmul(x, w.view(1, 1)) + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
            b.sub_(step_size * b.grad)
        w.grad.data = torch.zeros(1)
        b.grad.data = torch.zeros(1)

train_model(20)
