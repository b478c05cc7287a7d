import torch
import matplotlib.pyplot as plt

torch.manual_seed(7)

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


def forward(x):
    y_pred = w * x
    return y_pred


def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


def train_model(iterations):
    total = 0
    for e in range(iterations):
        y_pred = forward(X)
        loss = criterion(y_pred, Y)
        total += loss.item()        # .item() so that no graph is kept
        loss_list.append(total)
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()


train_model(20)
for l in loss_list:
    print(l)
plt.plot(loss_list)
plt.show()
