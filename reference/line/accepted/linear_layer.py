# w and b are the weight (1 x 1) and the bias (1) of a linear layer.
import torch
from torch import nn

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

layer = nn.Linear(1, 1)
nn.init.constant_(layer.weight, -15.0)
nn.init.constant_(layer.bias, -10.0)
w, b = layer.weight, layer.bias
lr = 0.1
LOSS = []

def forward(x):
    return layer(x)

criterion = nn.MSELoss()

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        layer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in layer.parameters():
                p -= lr * p.grad

train_model(15)
