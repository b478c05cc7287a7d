# Práctica: estimar la pendiente de una recta
import torch

# datos con un poco de ruido
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)	# valor inicial
lr = 0.1
LOSS = []

def forward(x):
	return w * x

# error cuadrático medio
def criterion(yhat, y):
	n = y.shape[0]
	return ((yhat - y) ** 2).sum() / n

def train_model(n):
	for vuelta in range(n):
		perdida = criterion(forward(X), Y)
		LOSS.append(perdida.item())
		# derivada respecto a w, sin usar el buffer
		(dw,) = torch.autograd.grad(perdida, w)
		with torch.no_grad():
			w.sub_(lr * dw)

train_model(4)
print("pendiente:", w.item())
print("pérdidas:", LOSS)
