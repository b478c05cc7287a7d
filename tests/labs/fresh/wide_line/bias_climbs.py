# mistake: wrong-update-sign
# function: train_model
# why: w goes down its gradient, but b is moved up its own.

# %%
import torch

from autograder import check
from autograder.plots import plot_error_surfaces

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
get_surface = plot_error_surfaces(15, 25, X, Y, 30)


# %%
def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        loss_list.append(loss.tolist())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        b.data = b.data + step_size * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()


# %%
check("train_model")
train_model(20)
print(w.item(), b.item())
