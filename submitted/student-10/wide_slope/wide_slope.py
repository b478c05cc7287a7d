# Práctica: la pendiente con datos más anchos
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)	# valor inicial
step_size = 0.1
loss_list = []

def forward(x):
	return torch.mul(x, w)

# error cuadrático medio
def criterion(y_pred, y):
	residuos = y_pred - y
	return residuos.pow(2).sum() / residuos.numel()

@torch.no_grad()
def paso():
	w.copy_(w - step_size * w.grad)
	w.grad.zero_()

def train_model(vueltas):
	for vuelta in range(vueltas):
		perdida = criterion(forward(X), Y)
		loss_list.append(perdida.item())
		perdida.backward()
		paso()

for vuelta in range(20):
	train_model(1)
	print("%2d  pérdida %8.3f  pendiente %7.3f" % (vuelta, loss_list[-1], w.item()))
