# fails: loss_recorded, final_parameters
# mistake: wrong-rows
# why: One step and one loss for each batch of twenty instead of one for the whole data set.
from torch.utils.data import DataLoader, TensorDataset
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    loader = DataLoader(TensorDataset(X, Y), batch_size=20)
    for epoch in range(n):
        for x, y in loader:
            loss = criterion(forward(x), y)
            LOSS.append(loss.item())
            loss.backward()
            w.data = w.data - lr * w.grad.data
            w.grad.data.zero_()

train_model(4)
