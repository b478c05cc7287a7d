# mistake: parameter-reset
# function: train_model
# why: Every call begins by putting w back to -10, so a second call does not go on, and another start is ignored.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

plt.plot(X, Y, "+", label="data")
plt.legend()
plt.show()


# %%
def forward(x):
    return w * x


# %%
def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


# %%
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    # begin from the same place when I run this cell again
    w.data.fill_(-10.0)
    for epoch in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()


# %%
check("train_model")

# %%
train_model(20)
print(loss_list)
