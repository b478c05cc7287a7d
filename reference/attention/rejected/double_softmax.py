# fails: attention, attention-no_loops
# mistake: attention-softmax-twice
# says: You take softmax twice. The second one makes nearly equal weights of what the first one had told apart.
# hint: Once is enough: scores in, weights out.
# why: Softmax of softmax.
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
    weights = softmax(softmax(scores, dim=-1), dim=-1)
    return weights @ v, weights


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
