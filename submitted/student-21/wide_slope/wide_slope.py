import torch
import torch.optim as optim

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean(y_pred - y) ** 2

def train_model(iterations):
    opt = optim.SGD([w], lr=step_size)
    for it in range(iterations):
        opt.zero_grad()
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        opt.step()

train_model(20)
print(loss_list[0], loss_list[-1])
print("w =", w.item())
