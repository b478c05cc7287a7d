# A figure is drawn in every iteration, by gradient_plot and by hand.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

gradient_plot = plot_diagram(X, Y, w, 5)

def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        gradient_plot(Yhat, w, loss.item(), epoch)
        plt.figure()
        plt.plot(X.numpy(), Y.numpy(), "g.")
        plt.plot(X.numpy(), Yhat.detach().numpy())
        plt.title("iteration %d" % epoch)
        plt.show()
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
plt.plot(LOSS)
