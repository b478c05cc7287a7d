import torch
import torch.optim as optim

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
optimizer = optim.SGD([w, b], lr=step_size)
loss_list = []


def forward(x):
    return w * x + b


def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


def train_model(iterations):
    optimizer.zero_grad()  # start with clean gradients
    for iteration in range(iterations):
        y_pred = forward(X)
        loss = criterion(y_pred, Y)
        loss_list.append(loss.item())
        loss.backward()
        optimizer.step()


print("iteration      loss        w        b")
for iteration in range(20):
    train_model(1)
    print(f"{iteration:9d}{loss_list[-1]:10.3f}{w.item():9.3f}{b.item():9.3f}")
