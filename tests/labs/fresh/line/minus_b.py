# mistake: bias-subtracted
# function: forward
# why: The bias is taken away from w times x where it should be added.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_error_surfaces, plot_losses

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

plt.plot(X, Y, "x")
plt.show()


# %%
# la recta es y = x - 1
def forward(x):
    producto = torch.mul(w, x)
    return torch.sub(producto, b)


# %%
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)


# %%
def train_model(iterations):
    for i in range(iterations):
        perdida = criterion(forward(X), Y)
        get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), perdida.tolist())
        LOSS.append(perdida.item())
        perdida.backward()
        # actualizar los parámetros
        for p in [w, b]:
            p.data = p.data - lr * p.grad.data
            p.grad.data.zero_()


# %%
check("train_model")
train_model(15)

# %%
LOSS2 = []
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.2
LOSS, LOSS2 = LOSS2, LOSS
train_model(15)
LOSS, LOSS2 = LOSS2, LOSS
plot_losses(LOSS, LOSS2, labels=("lr = 0.1", "lr = 0.2"))
