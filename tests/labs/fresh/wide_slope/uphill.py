# mistake: wrong-update-sign
# function: train_model
# why: The gradient times the step size is added to w, so each step climbs.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x


check("forward")


# %%
def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


check("criterion")

# %%
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def gradient_step():
    """One step; gives back the loss that it started from."""
    loss = criterion(forward(X), Y)
    slope = torch.autograd.grad(outputs=loss, inputs=w)[0]
    w.data.add_(slope, alpha=step_size)
    return loss.item()


def train_model(iterations):
    for _ in range(iterations):
        loss_list.append(gradient_step())


# %%
train_model(20)
plt.semilogy(loss_list, "o-")
plt.show()
