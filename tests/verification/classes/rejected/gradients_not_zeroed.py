# fails: final_parameters, gradient_zeroing
# mistake: gradient-not-zeroed
# why: Gradients pile up.
import torch
from torch import nn
from torch.nn import functional as F

y = torch.randint(3, (60,))
X = torch.randn(60, 1, 3, 3)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(9, 3)

    def forward(self, x):
        return self.linear(x.flatten(1))


criterion = nn.CrossEntropyLoss()
model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train_model(epochs):
    for epoch in range(epochs):
        scores = model(X)
        loss = criterion(scores, y)
        LOSS.append(loss.item())
        print(epoch, (scores.argmax(1) == y).float().mean())
        loss.backward()
        optimizer.step()
