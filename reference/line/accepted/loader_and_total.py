# A loader with a single batch; the epoch's total goes into the list.
import torch
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self):
        self.x = X
        self.y = Y
        self.len = X.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len

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

def train_model(epochs):
    trainloader = DataLoader(dataset=Data(), batch_size=60)
    for epoch in range(epochs):
        total = 0
        for x, y in trainloader:
            yhat = forward(x)
            loss = criterion(yhat, y)
            total += loss.item()
            loss.backward()
            w.data = w.data - lr * w.grad.data
            b.data = b.data - lr * b.grad.data
            w.grad.data.zero_()
            b.grad.data.zero_()
        LOSS.append(total)

train_model(15)
