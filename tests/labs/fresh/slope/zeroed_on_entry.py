# mistake: gradient-not-zeroed
# function: train_model
# why: The buffer is emptied once, before the loop, so within a call each gradient is added to the ones before it.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_diagram

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

plt.plot(X, Y, "x", label="data")
plt.plot(X, -3 * X, label="line of slope -3")
plt.legend()
plt.show()


# %%
def forward(x):
    return w * x


# %%
check("forward")


# %%
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


# %%
check("criterion")

# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
gradient_plot = plot_diagram(X, Y, w, stop=5)


# %%
def train_model(iterations):
    # start with a clean gradient
    if w.grad is not None:
        w.grad.data.zero_()

    for i in range(iterations):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        gradient_plot(Yhat, w, loss.item(), i)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data


# %%
check("train_model")

# %%
train_model(4)
print(f"w = {w.item():.3f}")

# %%
plt.plot(LOSS, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()
