# The criterion is a hand-written formula over the number of values; zero_grad comes last.
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(1)

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = 1 * self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]
    def __getitem__(self, index):
        return self.x[index], self.y[index]
    def __len__(self):
        return self.len

dataset = Data()

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super(linear_regression, self).__init__()
        self.linear = nn.Linear(input_size, output_size)
    def forward(self, x):
        yhat = self.linear(x)
        return yhat

# mean squared error by hand
def criterion(yhat, y):
    error = y - yhat
    return (error * error).sum() / error.numel()

model = linear_regression(1, 1)
optimizer = optim.SGD(model.parameters(), lr = 0.01)
trainloader = DataLoader(dataset = dataset, batch_size = 1)
model.state_dict()['linear.weight'][0] = -15
model.state_dict()['linear.bias'][0] = -10

def train_model_BGD(iter):
    for epoch in range(iter):
        for x, y in trainloader:
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

train_model_BGD(2)
