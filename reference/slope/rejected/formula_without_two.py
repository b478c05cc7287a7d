# fails: final_parameters
# mistake: wrong-gradient
# why: The derivative by hand lacks the factor 2.
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
    for i in range(n):
        with torch.no_grad():
            err = forward(X) - Y
            LOSS.append(criterion(forward(X), Y).item())
            grad = torch.mean(err * X)
            w.copy_(w - lr * grad)

train_model(4)
