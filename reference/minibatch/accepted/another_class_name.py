# The class and its layer have other names; the objects keep the lab's.
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(1)


class NoisyLine(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


class OneNeuron(nn.Module):
    def __init__(self, n_in, n_out):
        super(OneNeuron, self).__init__()
        self.lin = nn.Linear(n_in, n_out)

    def forward(self, x):
        out = self.lin(x)
        return out


dataset = NoisyLine()
trainloader = DataLoader(dataset=dataset, batch_size=1)
model = OneNeuron(1, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)

model.state_dict()["lin.weight"][0] = -15
model.state_dict()["lin.bias"][0] = -10


def train_model_BGD(iter):
    for epoch in range(iter):
        for x, y in trainloader:
            yhat = model(x)
            loss = criterion(yhat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


train_model_BGD(2)
print(model.state_dict())
