# The criterion is torch's function, and the model empties its own gradients.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self, start=-3, stop=3, step=0.1):
        self.x = torch.arange(start, stop, step).unsqueeze(1)
        self.y = self.x - 1 + 0.1 * torch.randn_like(self.x)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, k):
        return self.x[k], self.y[k]

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return F.linear(x, self.linear.weight, self.linear.bias)

criterion = F.mse_loss
dataset = Data()
trainloader = DataLoader(dataset, 1)
model = linear_regression(1, 1)
nn.init.constant_(model.linear.weight, -15)
nn.init.constant_(model.linear.bias, -10)
optimizer = torch.optim.SGD(params=model.parameters(), lr=1e-2)

def train_model_BGD(epochs):
    for _ in range(epochs):
        for batch in trainloader:
            inputs, targets = batch
            model.zero_grad()
            criterion(model(inputs), targets).backward()
            optimizer.step()

train_model_BGD(2)
print(f"w = {model.linear.weight.item():.4f}, b = {model.linear.bias.item():.4f}")
