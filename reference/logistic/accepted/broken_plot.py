# A picture of the boundary in the loop raises, since it asks for numpy() of a parameter.
import matplotlib.pyplot as plt
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def draw_boundary():
    (w1, w2), b = model.linear.weight[0].numpy(), model.linear.bias.numpy()
    plt.plot(X[:, 0], -(w1 * X[:, 0] + b) / w2)

def train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 5 == 0:
            draw_boundary()

train_model(40)
