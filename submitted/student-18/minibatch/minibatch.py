import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset


class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return nn.functional.linear(x, self.linear.weight, self.linear.bias)


def criterion(yhat, y):
    return nn.functional.mse_loss(yhat, y)


def train_model_BGD(epochs):
    while epochs > 0:
        for batch in trainloader:
            optimizer.zero_grad(set_to_none=False)
            criterion(model(batch[0]), batch[1]).backward()
            optimizer.step()
        epochs -= 1


dataset = Data()
trainloader = DataLoader(dataset=dataset, batch_size=10, shuffle=True)  # 10 is much faster
model = linear_regression(1, 1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
optimizer = optim.SGD(model.parameters(), lr=0.01)

train_model_BGD(30)
print(model.state_dict())
