# The parameters are also kept in a dictionary, through which they are moved.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
params = {"slope": w, "bias": b}
settings = {"rate": lambda: lr}
lr = 0.1
LOSS = []

def forward(x):
    return params["slope"] * x + params["bias"]

def criterion(yhat, y):
    return torch.mean(torch.square(yhat - y))

def train_model(n):
    done = 0
    while done < n:
        loss = criterion(forward(X), Y)
        LOSS.extend([loss.item()])
        loss.backward()
        for name in params:
            params[name].data.sub_(settings["rate"]() * params[name].grad)
            params[name].grad = None
        done += 1

train_model(15)
