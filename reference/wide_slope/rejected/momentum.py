# fails: loss_decreases, final_parameters
# mistake: other-optimizer
# why: SGD with a strong momentum.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []
optimizer = torch.optim.SGD([w], lr=step_size, momentum=0.9)

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        optimizer.zero_grad()
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        optimizer.step()

train_model(20)
