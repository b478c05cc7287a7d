# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: no-update
# why: The optimizer holds copies, so that nothing moves.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
optimiser = torch.optim.SGD([p.detach().clone().requires_grad_() for p in (w, b)], lr=lr)

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

train_model(15)
