# Loops over sentences where nobody forbids them; exact words by boolean indexing.
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
    means = []
    for sentence, real in zip(x, mask, strict=True):
        means.append(sentence[real].mean(dim=0))
    return torch.stack(means)


def layer_norm(x, gamma, beta, eps=1e-5):
    rows = x.reshape(-1, x.shape[-1])
    found = []
    for row in rows:
        mean = row.sum() / len(row)
        variance = ((row - mean) ** 2).sum() / len(row)
        found.append(gamma * (row - mean) / (variance + eps).sqrt() + beta)
    return torch.stack(found).reshape(x.shape)


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
