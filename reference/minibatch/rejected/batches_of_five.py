# fails: final_parameters
# mistake: wrong-rows
# why: A loader of its own gives batches of five.
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset
from autograder.plots import plot_error_surfaces
torch.manual_seed(1)

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


dataset = Data()

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.linear(x)


model = linear_regression(1, 1)

criterion = nn.MSELoss()

optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
get_surface = plot_error_surfaces(15, 13, dataset.x, dataset.y, 30, go=False)

def train_model_BGD(epochs):
    trainloader = DataLoader(dataset, batch_size=5)
    for epoch in range(epochs):
        for x, y in trainloader:
            yhat = model(x)
            loss = criterion(yhat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

train_model_BGD(2)
print(model.state_dict())
