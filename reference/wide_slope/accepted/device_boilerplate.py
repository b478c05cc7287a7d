# Data and parameter are sent to a device, which is the processor where there is no other.
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(42)

X = torch.arange(-5, 5, 0.1).view(-1, 1).to(device)
Y = (-5 * X + 0.4 * torch.randn(X.size(), device=device)).to(device)
w = torch.tensor(-10.0, device=device, requires_grad=True)
step_size = 0.1
loss_list = []
loss_fn = nn.MSELoss().to(device)

def forward(x):
    return w * x.to(device)

def criterion(y_pred, y):
    return loss_fn(y_pred, y)

def train_model(n):
    optimizer = torch.optim.SGD([w], lr=step_size)
    for epoch in range(n):
        optimizer.zero_grad()
        loss = criterion(forward(X), Y)
        loss.backward()
        optimizer.step()
        loss_list.append(loss.detach().cpu().item())

train_model(20)
