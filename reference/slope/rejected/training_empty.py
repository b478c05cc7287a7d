# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: parameters-untouched, loss-not-recorded
# why: The body of train_model is missing, so nothing moves and nothing is stored.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    pass

train_model(4)
