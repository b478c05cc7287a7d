# A loader hands out all data as one batch.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
everything = DataLoader(TensorDataset(X, y), batch_size=len(X))

def train_model(epochs):
    for epoch in range(epochs):
        for xb, yb in everything:
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()

train_model(100)
