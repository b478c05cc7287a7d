# mistake: extra-iteration
# function: train_model
# why: `<=` runs the loop once more than asked.
import torch
from torch import nn

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


def forward(x):
	return w * x


def criterion(y_pred, y):
	return nn.functional.mse_loss(y_pred, y)


w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


def train_model(iterations):
	epoch = 0
	while epoch <= iterations:
		y_pred = forward(X)
		loss = criterion(y_pred, Y)
		loss_list.append(loss.tolist())
		loss.backward()
		w.data = w.data - step_size * w.grad.data
		w.grad.data.zero_()
		epoch = epoch + 1


train_model(20)
print("final w", w.item())
