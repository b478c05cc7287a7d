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
loss_fn = nn.MSELoss(reduction="sum")
# with 0.1 it explodes, with 0.001 it works
optimizer = torch.optim.SGD(model.parameters(), lr=0.001)


def train_model(epochs):
    for epoch in range(epochs):
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


train_model(1000)
print(model.state_dict())
