# mistake: gradient-not-zeroed
# function: train_model
# why: `w.grad.zero_` without brackets names the method and does not call it.

# %%
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x


# %%
def criterion(y_pred, y):
    return (y_pred - y).pow(2).mean()


# %%
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
        w.grad.zero_


# %%
check("train_model")

# %%
print("iteration      loss        w")
for iteration in range(20):
    train_model(1)
    print(f"{iteration:9d}{loss_list[-1]:10.3f}{w.item():9.3f}")
