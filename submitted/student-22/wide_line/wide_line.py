# %% [markdown]
# # Slope and bias of a noisy line, wide data

# %%
get_ipython().run_line_magic('matplotlib', 'inline')
import torch
import matplotlib.pyplot as plt

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

# %%
step_size = 0.1
loss_list = []
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)

# %%
def forward(x):
    return w * x - b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

# %%
def train_model(n):
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        w = w - step_size * w.grad
        b = b - step_size * b.grad
        loss_list.append(loss)

train_model(2)

# %% [markdown]
# UnboundLocalError. And it has to be plus b. Second try:

# %%
def forward(x):
    return w * x + b

def train_model(n):
    global w, b
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        loss_list.append(loss.item())
        w, b = ((p - step_size * p.grad).detach().requires_grad_(True) for p in (w, b))

train_model(20)
print(w, b)

# %%
get_ipython().run_cell_magic('time', '', 'train_model(1)')

# %%
plt.semilogy(loss_list)
