# mistake: loss-recorded-after-update
# function: train_model
# why: The recorded loss is computed again after w has moved, so every entry belongs to the next iteration.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from autograder import check

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())


# %%
def forward(x):
  return x * w


# %%
def criterion(yhat, y):
  return F.mse_loss(yhat, y)


# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


# %%
def current_loss():
  """loss of the whole data set with the current w"""
  return criterion(forward(X), Y)


def train_model(iterations):
  for _ in range(iterations):
    current_loss().backward()
    with torch.no_grad():
      w.sub_(w.grad, alpha=lr)
      LOSS.append(current_loss().item())
    w.grad = None


# %%
check("train_model")

# %%
train_model(4)
print(w.item())
plt.plot(LOSS, "o-")
plt.show()
