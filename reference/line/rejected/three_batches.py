# fails: loss_recorded, final_parameters
# mistake: wrong-rows
# why: One step and one loss for each batch of twenty.
from torch.utils.data import DataLoader, TensorDataset
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    loader = DataLoader(TensorDataset(X, Y), batch_size=20)
    for epoch in range(n):
        for x, y in loader:
            loss = criterion(forward(x), y)
            LOSS.append(loss.item())
            loss.backward()
            for p in (w, b):
                p.data = p.data - lr * p.grad.data
                p.grad.data.zero_()

train_model(15)
