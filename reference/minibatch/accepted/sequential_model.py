# The class is derived from nn.Sequential, and the dataset is not derived from anything.
import torch
from torch import nn
from torch.utils.data import DataLoader

class Points:
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
    def __getitem__(self, i):
        return self.x[i], self.y[i]
    def __len__(self):
        return len(self.x)

class linear_regression(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(nn.Linear(inputs, outputs))

dataset = Points()
trainloader = DataLoader(dataset)
model = linear_regression(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

class MeanSquaredError(nn.Module):
    def forward(self, yhat, y):
        return (yhat - y).pow(2).mean()

criterion = MeanSquaredError()

def train_one_epoch():
    for x, y in trainloader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()

def train_model_BGD(epochs):
    [train_one_epoch() for _ in range(epochs)]

train_model_BGD(2)
