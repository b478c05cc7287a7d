# The training hands the target first and the prediction second to the criterion.
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
        return self.x.size(0)

dataset = Data()
trainloader = DataLoader(dataset=dataset, batch_size=1, shuffle=False)

class LinearRegression(nn.Module):
    def __init__(self, in_features=1, out_features=1):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)

    def forward(self, x):
        return self.linear(x)

model = LinearRegression()
optimizer = optim.SGD(model.parameters(), lr=0.01)
criterion = nn.MSELoss(reduction="mean")

with torch.no_grad():
    model.linear.weight.fill_(-15)
    model.linear.bias.fill_(-10)

def train_model(n_epochs):
    running = 0.0
    for e in range(n_epochs):
        for xb, yb in trainloader:
            optimizer.zero_grad()
            pred = model(xb)
            loss = criterion(yb, pred)
            loss.backward()
            optimizer.step()
            running += loss.item()
    return running

train_model(10)
