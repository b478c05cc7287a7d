# mistake: fixed-iterations
# function: train_model
# why: The loop counts to a constant of its own and never looks at the number of iterations it was given.

# %%
import matplotlib.pyplot as plt
import torch

from autograder.plots import plot_diagram

EPOCHS = 4

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
gradient_plot = plot_diagram(X, Y, w, stop=5)


# %%
def forward(x):
    return torch.mul(w, x)


# %%
def criterion(yhat, y):
    return ((y - yhat) ** 2).mean()


# %%
def train_model(iterations):
    for epoch in range(EPOCHS):
        # prediction
        yhat = forward(X)
        # loss
        loss = criterion(yhat, Y)
        gradient_plot(yhat, w, loss.item(), epoch)
        LOSS.append(loss.tolist())
        # gradient
        loss.backward()
        # update
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()


# %%
train_model(EPOCHS)
plt.plot(LOSS)
plt.show()
