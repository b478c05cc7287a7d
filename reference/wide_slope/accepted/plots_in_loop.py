# Each iteration is drawn, by gradient_plot and by a function that fails.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []
gradient_plot = plot_diagram(X, Y, w, stop=0)

def plot_prediction(y_pred):
    plt.plot(X, Y, '.')
    plt.plot(X.numpy(), y_pred.numpy())
    plt.show()

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        y_pred = forward(X)
        loss = criterion(y_pred, Y)
        gradient_plot(y_pred, w, loss.item(), i)
        plot_prediction(y_pred)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()

train_model(20)
