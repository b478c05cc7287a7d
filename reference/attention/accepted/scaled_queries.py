# Queries are scaled before the product, the mask is added as a tensor of minus infinities.
import math

import torch
from torch import nn


def softmax(scores, dim=-1):
    powers = torch.exp(scores - scores.amax(dim=dim, keepdim=True))
    return powers / powers.sum(dim=dim, keepdim=True)


def causal_mask(x):
    n = x.shape[-2]
    return ~torch.triu(torch.ones(n, n, dtype=torch.bool), diagonal=1)


def attention(q, k, v, mask=None):
    q = q * q.shape[-1] ** -0.5
    scores = q @ torch.swapaxes(k, -1, -2)
    if mask is not None:
        hidden = torch.zeros(mask.shape).masked_fill(mask.logical_not(), float("-inf"))
        scores = scores + hidden
    weights = softmax(scores, dim=scores.ndim - 1)
    return weights.matmul(v), weights


def mean_word(x, mask):
    real = mask.unsqueeze(-1)
    return (x * real).sum(dim=1) / real.sum(dim=1)


def layer_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = (centred**2).mean(dim=-1, keepdim=True)
    return gamma * centred / torch.sqrt(variance + eps) + beta


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
