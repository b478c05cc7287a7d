# The batches are counted, and every twentieth loss is printed.
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader

class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.y = self.x - 1 + 0.1 * torch.randn(self.x.size())
    def __getitem__(self, index):
        sample = self.x[index], self.y[index]
        return sample
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
criteria = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)
dataloader = DataLoader(dataset=dataset, batch_size=1)
losses_per_epoch = []

def my_train_model(epochs=10, every=20):
    model.train()
    for epoch in range(1, epochs + 1):
        total = 0
        for i, (x, y) in enumerate(dataloader):
            optimizer.zero_grad()
            yhat = model(x)
            loss = criteria(yhat, y)
            loss.backward()
            optimizer.step()
            total += loss.item()
            if i % every == 0:
                print('epoch {:2d} batch {:2d} loss {:.5f}'.format(epoch, i, loss.item()))
        losses_per_epoch.append(total / len(dataloader))
    model.eval()

my_train_model()
