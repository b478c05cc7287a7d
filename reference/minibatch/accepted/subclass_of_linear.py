# The class is nn.Linear itself under the lab's name, and an optimizer of one's own does the step.
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader, TensorDataset

x = torch.arange(-3, 3, 0.1).view(-1, 1)
y = x - 1 + 0.1 * torch.randn(x.size())
dataset = TensorDataset(x, y)
trainloader = DataLoader(dataset, batch_size=1)

class linear_regression(nn.Linear):
    pass

class PlainDescent:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        for p in self.parameters:
            p.data = p.data - self.lr * p.grad

model = linear_regression(1, 1)
criterion = nn.MSELoss()
optimizer = PlainDescent(model.parameters(), lr=0.01)

def train_model_BGD(epochs):
    for epoch in range(epochs):
        for inputs, targets in trainloader:
            loss = criterion(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

train_model_BGD(2)
