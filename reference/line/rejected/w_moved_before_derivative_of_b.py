# fails: final_parameters
# mistake: none
# why: The derivative for b is taken when w has moved already. Not named: forward is called at points between the steps and backward never, so that the steps are not seen.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        with torch.no_grad():
            LOSS.append(criterion(forward(X), Y).item())
            w.sub_(lr * 2 * torch.mean((forward(X) - Y) * X))
            b.sub_(lr * 2 * torch.mean(forward(X) - Y))

train_model(15)
