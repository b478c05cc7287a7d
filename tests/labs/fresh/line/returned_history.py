# mistake: loss-not-recorded
# function: train_model
# why: The losses go into a list of the function's own, which is returned; LOSS stays empty.

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
    return x * w + b


# %%
mse = torch.nn.MSELoss()


def criterion(yhat, y):
    return mse(yhat, y)


# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)


# %%
def train_model(iterations, verbose=False):
    history = []
    for i in range(iterations):
        loss = criterion(forward(X), Y)
        get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        history.append(loss.item())
        if verbose:
            print(i, history[-1])
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
            b.sub_(lr * b.grad)
        w.grad.zero_()
        b.grad.zero_()
    return history


# %%
check("train_model")
losses = train_model(15)
plt.plot(losses)
plt.show()
