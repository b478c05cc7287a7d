# mistake: name-missing
# function: criterion
# why: The cell of the loss is as the lab came, with its NotImplementedError; nothing is called criterion.

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
    """The probability of class 1: sigmoid(weight . x + bias)."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        """Return probabilities, one a row, for points x, two coordinates a row."""
        return torch.sigmoid(self.linear(x))


# %%
model = LogisticRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
    model.linear.bias.fill_(1.5)

# %%
check("forward")

# %%
raise NotImplementedError("Write your code here, then run this cell again.")

# %%
check("criterion")

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
