# forward and criterion are objects with __call__.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


class Slope:
    def __call__(self, x):
        return w * x


class MeanSquare:
    def __call__(self, y_pred, y):
        return (y_pred - y).square().mean()


forward = Slope()
criterion = MeanSquare()


def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()


train_model(20)
