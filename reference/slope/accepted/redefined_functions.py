# Earlier attempts of the same functions stay in the file; the last ones are right.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w + x

def criterion(yhat, y):
    return torch.sum((yhat - y) ** 2)

def train_model(iter):
    for epoch in range(iter):
        loss = criterion(forward(X), Y)
        LOSS.append(loss)
        loss.backward()

train_model(1)
print(w.grad)   # way too big

# second try
def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

w = torch.tensor(-10.0, requires_grad=True)
LOSS = []

def train_model(iter):
    for epoch in range(iter):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
plt.plot(LOSS)
