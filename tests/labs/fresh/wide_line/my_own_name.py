# mistake: name-missing
# function: criterion
# why: The loss is right, but it has a name of its own; nothing is called criterion.

# %%
import torch

from autograder import check

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


# %%
def mean_of_squares(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


# %%
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    for _ in range(iterations):
        w.grad, b.grad = None, None
        loss = mean_of_squares(forward(X), Y)
        loss.backward()
        loss_list.append(loss.item())
        with torch.no_grad():
            w.sub_(step_size * w.grad)
            b.sub_(step_size * b.grad)


# %%
train_model(20)
print(w.item(), b.item(), loss_list[-1])
