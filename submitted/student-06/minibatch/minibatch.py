import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
x = torch.arange(-3, 3, 0.1).view(-1, 1)
y = x - 1 + 0.1 * torch.randn(x.size())
dataset = TensorDataset(x, y)
trainloader = DataLoader(dataset=dataset, batch_size=1)


class LR(nn.Module):
    def __init__(self, in_size, out_size):
        super().__init__()
        self.linear = nn.Linear(in_size, out_size)

    def forward(self, x):
        out = self.linear(x)
        return out


model = LR(1, 1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


def train_model_BGD(epochs):
    for epoch in range(epochs):
        for xb, yb in trainloader:
            loss = criterion(model(xb), yb)
            model.zero_grad()
            loss.backward()
            optimizer.step()


train_model_BGD(10)
print(model.linear.weight.item(), model.linear.bias.item())
