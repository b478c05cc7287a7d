# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: gradient-not-zeroed
# why: zeros_like makes a new tensor, and the buffer stays as it is.
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
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
            grad = torch.zeros_like(w.grad)

train_model(20)
