# mistake: learning-rate-ignored
# function: train_model
# why: The steps have the size of an argument's default, 0.1, whatever step_size says.

# %%
import torch

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def forward(x):
    return x * w


# %%
def criterion(y_pred, y):
    residual = (y_pred - y).flatten()
    return torch.dot(residual, residual) / len(residual)


# %%
def train_model(iterations, rate=0.1):
    for _ in range(iterations):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(rate * w.grad)
            w.grad.zero_()


# %%
for i in range(20):
    train_model(1)
    print(i, loss_list[-1], w.item())
