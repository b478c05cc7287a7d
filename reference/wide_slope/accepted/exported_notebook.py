# An exported notebook with cell marks, a magic call, and a question at its end.
#!/usr/bin/env python
# coding: utf-8

# In[1]:

get_ipython().run_line_magic('matplotlib', 'inline')
import torch
import matplotlib.pyplot as plt

# In[2]:

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

# In[3]:

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

# In[7]:

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

# In[8]:

def train_model(iter):
    for i in range(iter):
        Y_pred = forward(X)
        loss = criterion(Y_pred, Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()

# In[9]:

train_model(20)
plt.plot(loss_list)

# In[ ]:

again = input("once more? ")
if again == "yes":
    train_model(20)
