# zero_grad writes zeros into the buffers instead of dropping them, before the prediction.
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
    def __getitem__(self, index):
        return self.x[index], self.y[index]
    def __len__(self):
        return len(self.x)

data_set = Data()

class LR(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.fc = nn.Linear(input_size, output_size)
    def forward(self, input):
        return self.fc(input)

net = LR(1, 1)
net.state_dict()["fc.weight"][0] = -15
net.state_dict()["fc.bias"][0] = -10
loss_function = nn.MSELoss()
opt = optim.SGD(net.parameters(), lr=0.01)
train_loader = DataLoader(data_set, batch_size=1)

def train_BGD(iter):
    for epoch in range(iter):
        for x, y in train_loader:
            opt.zero_grad(set_to_none=False)
            loss = loss_function(net(x), y)
            loss.backward()
            opt.step()

train_BGD(10)
