# fails: forward
# mistake: other-parameters
# why: Weight and bias are tensors, which a module does not list as parameters.
import numpy as np
import torch
from torch import nn

def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    inputs = np.linspace(0, 1, n)
    return inputs, slope * inputs + intercept + np.random.normal(0, noise, n)

X, y = sample_line()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.randn(1, requires_grad=True)
        self.bias = torch.randn(1, requires_grad=True)

    def forward(self, x):
        return self.weight * x + self.bias

loss_fn = nn.MSELoss()

model = LinearRegression()
optimizer = torch.optim.SGD([model.weight, model.bias], lr=0.1)

def train_model(epochs):
    for epoch in range(epochs):
        model.train()
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 100 == 0:
            print(f"Epoch {epoch}, Loss {loss.item():.6f}")

train_model(100)
