# A notebook exported as a script, with magics, plots, a check and a training at the top.
#!/usr/bin/env python
# coding: utf-8

# In[1]:

get_ipython().run_line_magic('matplotlib', 'inline')
import numpy as np
import torch
from torch import nn
import matplotlib.pyplot as plt
from autograder import check
from autograder.plots import plot_data

# In[2]:

def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    inputs = np.linspace(0, 1, n)
    return inputs, slope * inputs + intercept + np.random.normal(0, noise, n)

X, y = sample_line()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)
plot_data(X, y, line=(1.0, 0.0))

# In[3]:

class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        return self.weight * x + self.bias

model = LinearRegression()
check("forward")

# In[4]:

loss_fn = nn.MSELoss()
check("criterion")
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

# In[9]:

def train_model(epochs):
    model.train()
    for epoch in range(epochs):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 100 == 0:
            print(f"epoch {epoch:4d}   loss {loss.item():.6f}")

check("train_model")

# In[10]:

get_ipython().run_cell_magic('time', '', 'train_model(1000)\n')

# In[11]:

with torch.inference_mode():
    predict_y = model(X)
plt.scatter(X, y)
plt.plot(X, predict_y.numpy(), color='red')
