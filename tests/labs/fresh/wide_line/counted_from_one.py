# mistake: missing-iteration
# function: train_model
# why: Counting from 1 and stopping before `iterations` leaves one iteration out.

# %%
import matplotlib.pyplot as plt
import torch

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def forward(x):
    return b + w * x


# %%
def criterion(y_pred, y):
    return torch.sum((y - y_pred) ** 2) / y.shape[0]


# %%
def train_model(iterations):
    for iteration in range(1, iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for parameter in (w, b):
                parameter.sub_(step_size * parameter.grad)
                parameter.grad = None
        if iteration % 5 == 0:
            print(f"iteration {iteration}: {loss_list[-1]:.3f}")


# %%
train_model(20)
plt.semilogy(loss_list, "o-")
plt.show()
