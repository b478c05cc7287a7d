# The practice makes new parameters and a new optimizer under the old names.
import torch
from torch import optim

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
optimizer = optim.SGD([w, b], lr=lr)

def forward(x):
    yhat = w * x + b
    return yhat

criterion = torch.nn.MSELoss()

def train_model(epochs):
    for epoch in range(epochs):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(15)
LOSS1 = list(LOSS)

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.2
optimizer = optim.SGD([w, b], lr=lr)
LOSS.clear()
train_model(15)
LOSS2 = list(LOSS)
print(len(LOSS1), len(LOSS2))
