# Helpers of its own, and constants at the top.
import math

import torch
from torch import nn

NEVER = float("-inf")


def last_swapped(t):
    return t.transpose(t.dim() - 1, t.dim() - 2)


def root(number):
    return math.sqrt(number)


def softmax(scores, dim=-1):
    powers = torch.exp(scores - scores.amax(dim=dim, keepdim=True))
    return powers / powers.sum(dim=dim, keepdim=True)


def causal_mask(x):
    place = torch.arange(x.shape[-2])
    return place.unsqueeze(1) >= place


def attention(q, k, v, mask=None):
    _, d_k = q.shape[-2:]
    scores = torch.matmul(q, last_swapped(k)).div(root(d_k))
    if mask is not None:
        scores[~mask.expand(scores.shape)] = NEVER
    weights = softmax(scores, dim=-1)
    out = weights @ v
    return out, weights


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
