# The model declares its own two parameters, b before w, without any layer.
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = 1 * self.x - 1 + 0.1 * torch.randn(self.x.size())

    def __getitem__(self, i):
        return self.x[i], self.y[i]

    def __len__(self):
        return len(self.x)

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.b = nn.Parameter(torch.zeros(output_size))
        self.w = nn.Parameter(torch.randn(input_size, output_size))

    def forward(self, x):
        return x @ self.w + self.b

dataset = Data()
trainloader = DataLoader(dataset, batch_size=1)
model = linear_regression(1, 1)
model.w.data.fill_(-15.0)
model.b.data.fill_(-10.0)

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

optimizer = torch.optim.SGD([model.w, model.b], lr=0.01)

def train_model_BGD(epochs):
    for epoch in range(epochs):
        for x, y in trainloader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

train_model_BGD(2)
