# After each epoch the model is tried on all data in inference mode, and the best state is copied.
import copy
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
    def __getitem__(self, index):
        return self.x[index], self.y[index]
    def __len__(self):
        return len(self.x)

class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)
    def forward(self, x):
        return self.linear(x)

dataset = Data()
model = linear_regression(1, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)
history = []
best = None

def evaluate():
    model.eval()
    with torch.inference_mode():
        total = sum(criterion(model(x), y).item() for x, y in trainloader)
    return total / len(dataset)

def train_model_BGD(epochs):
    global best
    for epoch in range(epochs):
        model.train()
        for x, y in trainloader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        history.append(evaluate())
        if history[-1] == min(history):
            best = copy.deepcopy(model.state_dict())
        print(f"epoch {epoch}: {history[-1]:.4f}")

train_model_BGD(2)
