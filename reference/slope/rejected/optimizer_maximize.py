# fails: loss_decreases, final_parameters
# mistake: wrong-update-sign
# why: The optimizer maximizes the loss.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
sgd = torch.optim.SGD([w], lr=lr, maximize=True)

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        sgd.zero_grad()
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        sgd.step()

train_model(4)
