# torch.func computes the gradients of a functional call; the parameters are written back by hand.
import torch
from torch import nn, optim
from torch.func import functional_call, grad
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

def loss_of(parameters, x, y):
    return criterion(functional_call(model, parameters, (x,)), y)

def train_model_BGD(epochs):
    lr = optimizer.param_groups[0]["lr"]
    for epoch in range(epochs):
        for x, y in trainloader:
            now = {name: p.detach() for name, p in model.named_parameters()}
            gradients = grad(loss_of)(now, x, y)
            with torch.no_grad():
                for name, p in model.named_parameters():
                    p.sub_(lr * gradients[name])

train_model_BGD(2)
