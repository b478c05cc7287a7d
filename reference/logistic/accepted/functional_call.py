# Gradients come from torch.func; LOSS gets the value that comes with them.
import torch
from torch import nn
from torch.func import functional_call, grad_and_value

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    def loss_at(parameters):
        return criterion(functional_call(model, parameters, (X,)), y)

    for _ in range(epochs):
        slopes, loss = grad_and_value(loss_at)(dict(model.named_parameters()))
        LOSS.append(loss.item())
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter -= optimizer.param_groups[0]["lr"] * slopes[name]

train_model(40)
