# fails: final_parameters, gradient_zeroing
# mistake: one-gradient-not-zeroed
# why: Each parameter has its optimizer, and that of b is never told to empty its buffer.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []
opt_w = torch.optim.SGD([w], lr=step_size)
opt_b = torch.optim.SGD([b], lr=step_size)

def forward(x):
    return w * x + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        opt_w.zero_grad()
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        opt_w.step()
        opt_b.step()

train_model(20)
