# A notebook exported as a script, with magics, several trainings and stored remarks.
#!/usr/bin/env python
# coding: utf-8

# # Training on one sample at a time

# In[1]:


get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('pip install torch')
import numpy as np
import matplotlib.pyplot as plt
from mpl_toolkits import mplot3d
import torch
from torch.utils.data import Dataset, DataLoader
from torch import nn, optim
torch.manual_seed(1)


# In[2]:


class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = 1 * self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


# In[3]:


dataset = Data()
plt.plot(dataset.x.numpy(), dataset.y.numpy(), 'rx', label='y')
plt.legend()


# In[7]:


class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super(linear_regression, self).__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        yhat = self.linear(x)
        return yhat


criterion = nn.MSELoss()
model = linear_regression(1, 1)
optimizer = optim.SGD(model.parameters(), lr=0.01)
list(model.parameters())


# In[9]:


trainloader = DataLoader(dataset=dataset, batch_size=1)
model.state_dict()['linear.weight'][0] = -15
model.state_dict()['linear.bias'][0] = -10
get_surface = plot_error_surfaces(15, 13, dataset.x, dataset.y, 30, go=False)


# In[12]:


def train_model_BGD(iter):
    for epoch in range(iter):
        for x, y in trainloader:
            yhat = model(x)
            loss = criterion(yhat, y)
            get_surface.set_para_loss(model, loss.tolist())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        get_surface.plot_ps()


get_ipython().run_cell_magic('time', '', 'train_model_BGD(10)\n')


# In[13]:


model.state_dict()
