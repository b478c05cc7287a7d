# Chinese comments and tabs; the loss from before the update is appended after it.
import torch

# 数据
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
	return w * x

def criterion(y_pred, y):
	return torch.mean((y_pred - y) ** 2)

def train_model(n):
	for i in range(n):
		loss = criterion(forward(X), Y)
		loss.backward()                                    # 反向传播
		w.data = w.data - step_size * w.grad.data          # 更新参数
		w.grad.data.zero_()                                # 清零
		loss_list.append(loss.tolist())

train_model(20)
