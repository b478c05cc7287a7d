# fails: forward, loss_decreases, final_parameters, gradient_zeroing
# mistake: forward-ignores-parameters, parameters-untouched
# why: The parameter is called w1 in the whole file; the w of the lab takes no part.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w1 = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w1 * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w1.data = w1.data - lr * w1.grad.data
        w1.grad.data.zero_()

train_model(4)
