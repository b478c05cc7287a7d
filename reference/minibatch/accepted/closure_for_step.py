# The optimizer gets a closure that computes the loss and its gradients.
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

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)
    def forward(self, x):
        return self.linear(x)

dataset = Data()
model = linear_regression(1, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)

def train_model_BGD(epochs):
    for epoch in range(epochs):
        for x, y in trainloader:
            def closure():
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                return loss
            last = optimizer.step(closure)
        print("epoch", epoch, "last loss", last.item())

train_model_BGD(2)
