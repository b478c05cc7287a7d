# %% [markdown]
# # Training one parameter
#
# A line through the origin has one parameter, its slope `w`. You will find it by gradient
# descent: predict, measure the error, follow the gradient downhill, and again.

# %%
import torch

# %% [markdown]
# ## The data
#
# Sixty points on a line of slope -3, with a little noise.

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

# %% [markdown]
# ## The model
#
# The prediction for an input `x` is `w` times `x`.


# %%
def forward(x):
    """Predict: the line through the origin with slope w."""
    ### BEGIN SOLUTION
    return w * x
    ### END SOLUTION


# %% [markdown]
# ## The loss
#
# How far off are the predictions? Take the mean of the squared differences.


# %%
def criterion(yhat, y):
    """Mean squared error of the predictions yhat against y."""
    ### BEGIN SOLUTION
    return torch.mean((yhat - y) ** 2)
    ### END SOLUTION


# %% [markdown]
# ## The training
#
# `w` starts far off, at -10. Each iteration predicts, appends the loss as a plain number to
# `LOSS`, and takes one step of size `lr` against the gradient.

# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


# %%
def train_model(iterations):
    """Run gradient descent on w for that many iterations over all of X and Y."""
    ### BEGIN SOLUTION
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
        w.grad = None
    ### END SOLUTION


# %%
if __name__ == "__main__":
    train_model(4)
    print(f"w = {w.item():.3f}, losses {[round(loss, 3) for loss in LOSS]}")
