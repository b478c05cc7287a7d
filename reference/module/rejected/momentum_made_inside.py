# fails: final_parameters
# mistake: other-optimizer
# why: An optimizer with momentum is made in each call. Its gradients are fresh.
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
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias


model = LinearRegression()

loss_fn = nn.MSELoss()

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    optimizer_lr = globals()['optimizer'].param_groups[0]['lr']
    optimizer = torch.optim.SGD(model.parameters(), lr=optimizer_lr, momentum=0.9)
    for epoch in range(epochs):
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(100)
print(model.state_dict())
