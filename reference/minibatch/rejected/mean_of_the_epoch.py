# fails: loss_decreases, final_parameters
# mistake: wrong-rows
# why: The losses of an epoch are collected, and their mean is one fresh step.
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
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)
    def forward(self, x):
        return self.linear(x)

criterion = nn.MSELoss()

model = linear_regression(1, 1)
optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10

def train_model_BGD(epochs):
    for epoch in range(epochs):
        losses = []
        for x, y in trainloader:
            losses.append(criterion(model(x), y))
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()
        optimizer.step()

train_model_BGD(2)
