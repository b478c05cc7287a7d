# fails: forward, loss_decreases, final_parameters, gradient_zeroing
# mistake: forward-ignores-parameters, parameters-untouched
# why: Both parameters live in a tensor theta: forward does not follow w and b, and training leaves them alone.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []

theta = torch.tensor([-10.0, -20.0], requires_grad=True)

def forward(x):
    return theta[0] * x + theta[1]

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        theta.data = theta.data - step_size * theta.grad.data
        theta.grad.data.zero_()

train_model(20)
