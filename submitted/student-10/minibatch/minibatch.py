# Práctica: una muestra, un paso
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader

torch.manual_seed(1)

class Datos(Dataset):
	def __init__(self):
		self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
		self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
	def __getitem__(self, i):
		return self.x[i], self.y[i]
	def __len__(self):
		return len(self.x)

dataset = Datos()
trainloader = DataLoader(dataset=dataset, batch_size=1)

class linear_regression(nn.Module):
	def __init__(self, entradas, salidas):
		super().__init__()
		self.linear = nn.Linear(entradas, salidas)
	def forward(self, x):
		return self.linear(x)

model = linear_regression(1, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)
model.state_dict()['linear.weight'][0] = -15
model.state_dict()['linear.bias'][0] = -10

def train_model_BGD(epocas):
	for epoca in range(epocas):
		for x, y in trainloader:
			perdida = criterion(model(x), y)
			perdida.backward()      # gradiente
			optimizer.step()        # actualizar

train_model_BGD(1)
print(model.state_dict())
