# Every tenth epoch ends with a look at held-out points in inference mode.
import torch
from torch import nn

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)
X_test = torch.rand(20)
y_test = X_test + 0.1 * torch.randn(20)

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
train_losses, test_losses = [], []

def train_model(epochs):
    for epoch in range(epochs):
        model.train()
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            model.eval()
            with torch.inference_mode():
                test_loss = loss_fn(model(X_test), y_test)
            train_losses.append(loss.detach().numpy())
            test_losses.append(test_loss.numpy())

train_model(100)
