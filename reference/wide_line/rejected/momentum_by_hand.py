# fails: final_parameters
# mistake: other-optimizer
# why: Half of the earlier step is added to each step.
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

def train_model(n):
    velocity = {w: 0.0, b: 0.0}
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for p in velocity:
                velocity[p] = 0.5 * velocity[p] - step_size * p.grad
                p.add_(velocity[p])
                p.grad = None

train_model(20)
