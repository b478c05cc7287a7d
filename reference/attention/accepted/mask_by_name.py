# Arguments by name, a padding count by clamp, the residual written first.
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
    m = mask[..., None].to(x.dtype)
    return torch.sum(x * m, dim=-2) / torch.clamp(torch.sum(m, dim=-2), min=1.0)


def layer_norm(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = (centred**2).mean(dim=-1, keepdim=True)
    return gamma * centred / torch.sqrt(variance + eps) + beta


class SelfAttention(nn.Module):
    def __init__(self, size, head):
        super().__init__()
        self.size = size
        self.head = head
        self.query = nn.Linear(size, head, bias=False)
        self.key = nn.Linear(size, head, bias=False)
        self.value = nn.Linear(size, head, bias=False)
        self.out = nn.Linear(head, size)
        self.train()

    def forward(self, x, mask=None):
        looked, weights = attention(q=self.query(x), k=self.key(x), v=self.value(x), mask=mask)
        self.weights = weights.detach()
        x = x + self.out(looked)
        return x
