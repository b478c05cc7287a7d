# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: gradient-zeroed-before-update
# why: zero_grad stands between backward and step.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []
optimizer = torch.optim.SGD([w, b], lr=step_size)

def forward(x):
    return w * x + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        optimizer.zero_grad(set_to_none=False)
        optimizer.step()

train_model(20)
