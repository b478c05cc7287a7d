# fails: criterion, loss_decreases, final_parameters, gradient_zeroing
# mistake: loss-sum-not-mean, gradient-not-zeroed
# why: The errors are summed in criterion, and the buffer is never emptied in train_model.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return ((yhat - y) ** 2).sum()

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data

train_model(4)
