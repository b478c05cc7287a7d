# mistake: infinite-loop
# function: train_model
# why: The counter is set back to 0 at the top of each round, so the condition of the while loop stays true.

# %%
import torch

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


# %%
def forward(x):
    return w * x + b


# %%
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


# %%
def train_model(iterations):
    i = 0
    while i < iterations:
        i = 0
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad
        b.data = b.data - lr * b.grad
        w.grad = None
        b.grad = None
        i += 1


# %%
# train_model(15)   # takes for ever on my laptop, will run it tonight
