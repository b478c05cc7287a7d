# mistake: mixed-dtype
# function: forward
# why: The points are made 64-bit floats, and the layer with its 32-bit weight refuses to multiply them.

# %%
import torch
from torch import nn

from autograder import check
from autograder.plots import plot_decision, plot_losses

# %%
centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

plot_decision(X, y)


# %%
class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        z = self.linear(x.double())
        return torch.sigmoid(z)


# %%
model = LogisticRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
    model.linear.bias.fill_(1.5)

# %%
check("forward")

# %%
criterion = nn.BCELoss()

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


# %%
def train_model(epochs):
    """Train the model on X and y for that many epochs."""
    for epoch in range(epochs):
        p = model(X)
        loss = criterion(p, y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %%
check("train_model")
train_model(40)
plot_losses(LOSS)
