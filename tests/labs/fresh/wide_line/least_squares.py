# mistake: closed-form
# function: train_model
# why: The best line is solved for directly in each iteration; there is no gradient descent.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


# %%
def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


# %%
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def best_line():
    columns = torch.cat([X, torch.ones_like(X)], dim=1)
    return torch.linalg.lstsq(columns, Y).solution.flatten()


def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        slope, intercept = best_line()
        w.data.copy_(slope)
        b.data.copy_(intercept)


# %%
check("train_model")
train_model(20)
plt.semilogy(loss_list, "o-")
plt.show()
