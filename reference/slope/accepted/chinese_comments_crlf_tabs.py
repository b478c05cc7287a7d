# Windows line ends, tabs and Chinese comments.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

# 预测
def forward(x):
	return w * x

# 均方误差
def criterion(yhat, y):
	return torch.mean((yhat - y) ** 2)

def train_model(n):
	for i in range(n):
		loss = criterion(forward(X), Y)
		LOSS.append(loss.item())   # 记录损失
		loss.backward()
		w.data = w.data - lr * w.grad.data
		w.grad.data.zero_()        # 梯度清零

train_model(4)
print("斜率:", w.item())
