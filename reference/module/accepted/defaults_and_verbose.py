# All objects are parameters with defaults, and progress is printed on demand.
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

def train_model(epochs=1000, model=model, X=X, y=y, loss_fn=loss_fn, optimizer=optimizer,
                verbose=False):
    """Five steps an epoch."""
    model.train()
    for epoch in range(epochs):
        pred = model(X)               # 1. forward pass
        loss = loss_fn(pred, y)       # 2. loss
        optimizer.zero_grad()         # 3. zero gradients
        loss.backward()               # 4. backward pass
        optimizer.step()              # 5. update
        if verbose and not epoch % 100:
            print(epoch, float(loss))
    return model

train_model(verbose=True)

# once more, slower
model = LinearRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
train_model(100, model, X, y, loss_fn, optimizer)
