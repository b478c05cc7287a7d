# Other names that the lab allows; the loss is collected with the epoch's number.
import torch
from torch import nn

centres = torch.tensor([[-1.0, -0.8], [1.2, -0.6], [0.0, 1.3]])
y = torch.randint(3, (54,))
X = centres[y] + 0.7 * torch.randn(54, 2)


def softmax(scores):
    powers = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    return powers / powers.sum(dim=1, keepdim=True)


def accuracy(scores, y):
    return (scores.argmax(dim=1) == y).float().mean().item()


class SoftmaxRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        return self.linear(x)


loss_fn = nn.CrossEntropyLoss(reduction="mean")


model = SoftmaxRegression()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


def train(epochs):
    model.train()
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad(set_to_none=False)
        logits = model(X)
        loss = loss_fn(logits, y)
        loss.backward()
        optimizer.step()
        LOSS.append(loss.detach().item())
        if epoch % 5 == 0:
            print(f"{epoch}: {loss:.3f} {accuracy(logits, y):.0%}")


train(20)
