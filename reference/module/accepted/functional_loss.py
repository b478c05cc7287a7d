# torch's functional loss in a lambda; zeros are written into the buffers after the step.
import torch
import torch.nn.functional as F
from torch import nn

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegressionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.weight * x + self.bias

loss_function = lambda pred, target: F.mse_loss(pred, target)
net = LinearRegressionModel()
opt = torch.optim.SGD(net.parameters(), lr=0.1)

def fit(epochs: int) -> None:
    for epoch in range(epochs):
        net.train()
        loss = loss_function(net(X), y)
        loss.backward()
        opt.step()
        opt.zero_grad(set_to_none=False)
        if epoch % 100 == 0:
            print(f"Epoch {epoch}, Loss {loss:.6f}")

fit(1000)
