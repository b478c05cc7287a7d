# F.linear predicts, F.mse_loss judges, and rate and list are called learning_rate and losses.
import torch
import torch.nn.functional as F

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
learning_rate = 0.1
losses = []

def forward(x):
    return F.linear(x, w.view(1, 1), b.view(1))

def criterion(y_pred, y):
    return F.mse_loss(input=y_pred, target=y)

def my_train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(forward(X), Y)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(learning_rate * w.grad)
            b.sub_(learning_rate * b.grad)
            w.grad.zero_()
            b.grad.zero_()

my_train_model(20)
