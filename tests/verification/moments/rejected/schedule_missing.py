# fails: final_parameters
# mistake: schedule-missing
# why: The rate does not fall.
import torch
from torch import nn

X = torch.randn(25, 2)
y = torch.randn(25, 1)


class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        return self.linear(x)


criterion = nn.MSELoss()
model = LinearRegression()
LOSS = []
optimizer = torch.optim.AdamW(model.parameters(), lr=0.4, weight_decay=0.2)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)


def train_model(epochs):
    for _ in range(epochs):
        loss = criterion(model(X), y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()


train_model(5)
