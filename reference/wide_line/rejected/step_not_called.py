# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: no-update
# why: opt.step is named and not called.
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

opt = torch.optim.SGD([w, b], lr=step_size)

def train_model(iterations):
    for it in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        opt.zero_grad()
        loss.backward()
        opt.step

train_model(20)
