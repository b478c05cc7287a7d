# fails: final_parameters
# mistake: other-optimizer
# why: The optimizer has momentum, which is not plain gradient descent.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
optimizer = torch.optim.SGD([w], lr=lr, momentum=0.5)

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for i in range(n):
        optimizer.zero_grad()
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        optimizer.step()

train_model(4)
