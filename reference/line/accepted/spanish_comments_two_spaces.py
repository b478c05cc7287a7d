# Spanish comments, two-space indents, and losses appended after backward.
import torch
import matplotlib.pyplot as plt

# datos: pendiente 1, sesgo -1, con ruido
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
Y = f + 0.1 * torch.randn(X.size())

# predicción
def forward(x):
  return w * x + b

# error cuadrático medio
def criterion(yhat, y):
  return torch.mean((yhat - y)**2)

w = torch.tensor(-15.0, requires_grad = True)
b = torch.tensor(-10.0, requires_grad = True)
lr = 0.1
LOSS = []

def train_model(iter):
  for epoch in range(iter):
    Yhat = forward(X)
    loss = criterion(Yhat, Y)
    # propagación hacia atrás
    loss.backward()
    LOSS.append(loss.item())
    # actualización
    w.data = w.data - lr*w.grad.data
    b.data = b.data - lr*b.grad.data
    # poner los gradientes a cero
    w.grad.data.zero_()
    b.grad.data.zero_()

train_model(15)
print("pendiente:", w.item(), "sesgo:", b.item())
