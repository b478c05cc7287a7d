# Gradients by torch.func, parameters loaded back as a state dict.
import torch
from torch import nn
from torch.func import functional_call, grad_and_value

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def objective(state):
    return loss_fn(functional_call(model, state, X), y)

def train_model(epochs):
    lr = optimizer.param_groups[0]["lr"]
    for epoch in range(epochs):
        state = {name: value.clone() for name, value in model.state_dict().items()}
        slopes, loss = grad_and_value(objective)(state)
        model.load_state_dict({name: state[name] - lr * slopes[name] for name in state})

train_model(100)
