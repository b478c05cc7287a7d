# w is a tensor of one element, [-10.], not a bare number.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor([-10.0], requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return x * w

def criterion(y_pred, y):
    return ((y - y_pred) ** 2).mean()

def train_model(iterations):
    global loss_list
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list = loss_list + [loss.item()]
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad * step_size)
        w.grad.data.zero_()

train_model(20)
print(w[0].item())
