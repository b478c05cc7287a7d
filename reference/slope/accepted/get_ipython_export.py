# A notebook exported as a script, with cell marks and calls of get_ipython().
#!/usr/bin/env python
# coding: utf-8

# # Slope lab

# In[1]:

get_ipython().run_line_magic('matplotlib', 'inline')
import torch
import matplotlib.pyplot as plt

# In[2]:

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
get_ipython().system('ls')

# In[5]:

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

# In[9]:

def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

# In[10]:

get_ipython().run_line_magic('time', 'train_model(4)')

# In[11]:

plt.plot(LOSS)
plt.show()
