# mistake: step-before-backward
# function: train_model
# why: The optimizer steps before the gradients of this batch are computed, so each step uses those of the batch before.

# %%
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

from autograder import check
from autograder.plots import plot_error_surfaces

torch.manual_seed(1)


# %%
class Data(Dataset):
    """Noisy points near the line y = x - 1."""

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


# %%
class linear_regression(nn.Module):
    """A line: prediction = weight * x + bias."""

    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        """Return the predictions for x, one a row."""
        return x @ self.linear.weight.t() + self.linear.bias


# %%
model = linear_regression(1, 1)
check("forward")

# %%
criterion = nn.MSELoss()
check("criterion")

# %%
optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)

model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
get_surface = plot_error_surfaces(15, 13, dataset.x, dataset.y, 30, go=False)


# %%
def train_model_BGD(epochs):
    for _ in range(epochs):
        for x, y in trainloader:
            loss = criterion(model(x), y)
            get_surface.set_para_loss(model, loss.tolist())
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
        get_surface.plot_ps()


# %%
check("train_model")
train_model_BGD(10)
print(model.state_dict())
