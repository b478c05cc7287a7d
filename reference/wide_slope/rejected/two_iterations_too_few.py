# fails: loss_recorded, final_parameters
# mistake: other-iteration-count
# why: range(iterations - 2) runs two too few.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def train_model(iterations):
    for it in range(iterations - 2):
        y_pred = forward(X)
        loss = criterion(y_pred, Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()

train_model(20)
