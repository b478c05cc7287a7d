# mistake: loss-recorded-as-tensor
# function: train_model
# why: The list gets the loss itself, a tensor that still carries its graph, and not its number.

# %%
get_ipython().run_line_magic("matplotlib", "inline")
import matplotlib.pyplot as plt
import torch

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x


# %%
def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


# %%
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iter):
    for epoch in range(iter):
        # 预测
        Yhat = forward(X)
        # 计算损失
        loss = criterion(Yhat, Y)
        loss_list.append(loss)
        # 反向传播
        loss.backward()
        # 更新参数
        w.data = w.data - step_size * w.grad.data
        # 梯度清零
        w.grad.data.zero_()


# %%
train_model(20)

# %%
plt.plot([value.item() for value in loss_list])
plt.show()
