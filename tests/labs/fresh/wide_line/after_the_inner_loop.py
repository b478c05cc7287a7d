# mistake: one-gradient-not-zeroed
# function: train_model
# why: The buffer is emptied after the loop over the parameters, where `p` is b; the gradients of w add up.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


def forward(x):
    return w * x + b


def criterion(y_pred, y):
    return torch.nn.MSELoss()(y_pred, y)


def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        for p in (w, b):
            p.data = p.data - step_size * p.grad
        p.grad.zero_()


train_model(20)
print(w, b)
