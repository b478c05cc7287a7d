# fails: layer_norm, layer_norm-forbids
# mistake: variance-by-size-minus-one
# says: Your variance is divided by size - 1.
# hint: Look up what var has an argument for, or write the mean of the squares.
# why: torch's var divides by size - 1.
import math

import torch
from torch import nn


def softmax(scores, dim=-1):
    powers = torch.exp(scores - scores.amax(dim=dim, keepdim=True))
    return powers / powers.sum(dim=dim, keepdim=True)


def causal_mask(x):
    place = torch.arange(x.shape[-2])
    return place.unsqueeze(1) >= place


def attention(q, k, v, mask=None):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = softmax(scores, dim=-1)
    return weights @ v, weights


def mean_word(x, mask):
    real = mask.unsqueeze(-1)
    return (x * real).sum(dim=1) / real.sum(dim=1)


def layer_norm(x, gamma, beta, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


class SelfAttention(nn.Module):
    def __init__(self, size, head):
        super().__init__()
        self.query = nn.Linear(size, head, bias=False)
        self.key = nn.Linear(size, head, bias=False)
        self.value = nn.Linear(size, head, bias=False)
        self.out = nn.Linear(head, size)

    def forward(self, x, mask=None):
        seen, _ = attention(self.query(x), self.key(x), self.value(x), mask)
        return x + self.out(seen)
