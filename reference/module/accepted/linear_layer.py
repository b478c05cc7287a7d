# The model holds an nn.Linear; forward adds a dimension and takes it away again.
import torch
import torch.nn as nn
import torch.optim as optim

X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)

class LinearRegression(nn.Module):
    def __init__(self):
        super(LinearRegression, self).__init__()
        self.layer = nn.Linear(in_features=1, out_features=1)

    def forward(self, x):
        column = x.unsqueeze(-1)
        return self.layer(column).squeeze(-1)

model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)

def train_model(epochs):
    for epoch in range(epochs):
        optimizer.zero_grad()
        y_pred = model(X)
        loss = loss_fn(y_pred, y)
        loss.backward()
        optimizer.step()

train_model(100)
