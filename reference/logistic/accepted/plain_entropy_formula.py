# The textbook's formula word by word: mean of -(y log p + (1 - y) log(1 - p)).
import torch
import torch.nn as nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class logistic_regression(nn.Module):
    def __init__(self, n_inputs=2):
        super(logistic_regression, self).__init__()
        self.linear = nn.Linear(n_inputs, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

def criterion(yhat, y):
    out = -1 * torch.mean(y * torch.log(yhat) + (1 - y) * torch.log(1 - yhat))
    return out

model = logistic_regression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(iter):
    for epoch in range(iter):
        yhat = model(X)
        loss = criterion(yhat, y)
        LOSS.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

train_model(40)
