# A notebook exported as a script; the accuracy is printed while training.
#!/usr/bin/env python
# coding: utf-8

# In[1]:

get_ipython().run_line_magic('config', "InlineBackend.figure_format = 'svg'")
import torch
from torch import nn
import matplotlib.pyplot as plt

# In[2]:

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)
plt.scatter(X[:, 0], X[:, 1], c=y.flatten())

# In[5]:

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

# In[8]:

def accuracy():
    model.eval()
    with torch.inference_mode():
        guessed = (model(X) > 0.5).float()
    model.train()
    return (guessed == y).float().mean().item()

def train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 9:
            print(f'epoch {epoch + 1}: loss {loss.item():.4f}, accuracy {accuracy():.3f}')

get_ipython().run_line_magic('time', 'train_model(40)')

# In[9]:

plt.plot(LOSS)
plt.show()
