import numpy as np
import torch
from torch import nn

X = torch.tensor(np.linspace(0, 1, 100), dtype=torch.float32)
y = X + torch.tensor(np.random.normal(0, 0.1, 100), dtype=torch.float32)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight*x + self.bias

model = LinearRegression()
print(model.state_dict())

loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    for epoch in range(epochs):
        y_pred = model(X)
        loss = loss_fn(y_pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print("epoch", epoch, "loss", loss.item(), "w", model.weight.item(), "b", model.bias.item())

train_model(1000)
