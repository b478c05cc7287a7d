# Prediction through model.forward; the model goes to train mode and back in each epoch.
import torch
from torch import nn

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, inputs):
        return self.bias + inputs * self.weight

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    n = 0
    while n < epochs:
        model.train(True)
        loss = loss_fn(model.forward(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        n = n + 1

train_model(100)
