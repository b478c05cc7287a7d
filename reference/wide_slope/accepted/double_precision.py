# The loop works on copies of the data in double precision.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, dtype=torch.float64, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    x, y = X.double(), Y.double()
    for _ in range(n):
        loss = criterion(forward(x), y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad
        w.grad.zero_()

train_model(20)
