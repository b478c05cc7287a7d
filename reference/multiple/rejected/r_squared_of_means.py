# fails: r_squared
# mistake: other-statistic
# why: Compared with the mean of the predictions.
import torch

area = 60 + 60 * torch.rand(70)
rooms = (area / 30 + 0.7 * torch.randn(70)).round().clamp(min=1)
distance = 12 * torch.rand(70)
homes = torch.stack([area, rooms, distance], dim=1)
price = 2.5 * area + 20 * rooms - 12 * distance + 15 * torch.randn(70)
train_homes, test_homes = homes[:50], homes[50:]
Y, Y_test = price[:50] / 100, price[50:] / 100


def standardize(train, test):
    mean, deviation = train.mean(dim=0), train.std(dim=0)
    return (train - mean) / deviation, (test - mean) / deviation


X, X_test = standardize(train_homes, test_homes)


def forward(x):
    return x @ w + b


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


w = torch.tensor([-2.0, 3.0, 1.0], requires_grad=True)
b = torch.tensor(-1.0, requires_grad=True)
lr = 0.1
LOSS = []


def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
            b.sub_(lr * b.grad)
        w.grad = None
        b.grad = None


def r_squared(yhat, y):
    return 1 - (((y - yhat) ** 2).sum() / ((y - yhat.mean()) ** 2).sum()).item()


train_model(30)
