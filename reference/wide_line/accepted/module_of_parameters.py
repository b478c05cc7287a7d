# w and b are the parameters of a module, and an optimizer over the module moves them.
import torch
from torch import nn

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(-10.0))
        self.b = nn.Parameter(torch.tensor(-20.0))

    def forward(self, x):
        return self.w * x + self.b

model = Line()
w, b = model.w, model.b
step_size = 0.1
loss_list = []
optimizer = torch.optim.SGD(model.parameters(), lr=step_size)
criterion = nn.MSELoss()

def forward(x):
    return model(x)

def train_model(n):
    model.train()
    for _ in range(n):
        loss = criterion(forward(X), Y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_list.append(loss.item())

train_model(20)
