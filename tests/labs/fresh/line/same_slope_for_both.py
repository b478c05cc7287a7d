# mistake: wrong-gradient
# function: train_model
# why: The bias is moved by the gradient of the slope, a slip of copying the line above.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_error_surfaces

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


# %%
check("forward")


# %%
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


# %%
check("criterion")

# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)


# %%
def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        if epoch % 3 == 0:
            get_surface.plot_ps()
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * w.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()


# %%
check("train_model")

# %%
train_model(15)
plt.plot(LOSS, "o-")
plt.show()
