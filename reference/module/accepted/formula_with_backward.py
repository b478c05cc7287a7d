# Prediction and loss are written out inside the loop; only backward and the step are torch's.
import torch
from torch import nn

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

def train_model(epochs):
    for epoch in range(epochs):
        pred = model.weight * X + model.bias
        loss = ((pred - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(100)
