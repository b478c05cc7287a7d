# %% [markdown]
# # Two clouds

# %%
get_ipython().run_line_magic('matplotlib', 'inline')
import torch
from torch import nn
import matplotlib.pyplot as plt

# %%
centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

# %%
class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return self.linear(x)

model = LogisticRegression()
criterion = nn.BCELoss()
criterion(model(X), y)

# %% [markdown]
# "all elements of input should be between 0 and 1": the sigmoid is missing.

# %%
class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.squash = nn.Sigmoid()

    def forward(self, x):
        return self.squash(self.linear(x))

model = LogisticRegression()
with torch.no_grad():
    model.linear.weight[0, 0] = -1
    model.linear.weight[0, 1] = 1
    model.linear.bias[0] = 1.5

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(n):
    for i in range(n):
        loss = criterion(model(X), y)
        LOSS += [loss.item()]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(2)

# %% [markdown]
# Aha, `LOSS +=` makes it local.

# %%
def train_model(n):
    for i in range(n):
        loss = criterion(model(X), y)
        LOSS.extend([loss.item()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(40)
print(LOSS[0], LOSS[-1])

# %%
plt.plot(LOSS)
