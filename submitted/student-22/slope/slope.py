# %% [markdown]
# # Slope of a noisy line

# %%
get_ipython().run_line_magic('matplotlib', 'inline')
import torch
import matplotlib.pyplot as plt

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

# %%
lr = 0.1
LOSS = []
w = torch.tensor(-10.0, requires_grad=True)

# %%
def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean(yhat - y)

# %%
def train_model(n):
    for i in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss)
        loss.backward()
        w.data = w.data - lr * w.grad.data

train_model(2)
print(LOSS)

# %% [markdown]
# Forgot the square, and the gradients piled up. Once more:

# %%
w = torch.tensor(-10.0, requires_grad=True)
LOSS = []

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    global w
    for i in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w = (w.detach() - lr * w.grad).requires_grad_()

train_model(4)

# %%
plt.plot(LOSS)
print(w)
