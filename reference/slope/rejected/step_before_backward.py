# fails: final_parameters, gradient_zeroing
# mistake: step-before-backward
# why: Each step uses the gradient of the previous iteration.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
optimizer = torch.optim.SGD([w], lr=lr)

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()

train_model(4)
