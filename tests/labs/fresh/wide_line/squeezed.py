# mistake: shape-broadcast
# function: criterion
# why: The predictions lose their column while y keeps it, so every prediction is compared with every target.

# %%
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


check("forward")


# %%
def criterion(y_pred, y):
    y_pred = y_pred.squeeze()
    squares = torch.pow(y_pred - y, 2)
    return squares.mean()


check("criterion")

# %%
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    for epoch in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        b.data = b.data - step_size * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()


# %%
check("train_model")
train_model(20)
