import math

import torch
from torch import nn


def softmax(scores, dim=-1):
    powers = torch.exp(scores)
    return powers / powers.sum(dim=dim, keepdim=True)


def causal_mask(x: torch.Tensor) -> torch.Tensor:
    """Return True where the column is not after the row."""
    n = x.size(-2)
    rows, columns = torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij")
    return rows.ge(columns)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None):
    """Look around."""
    d_k: int = q.shape[-1]
    scores: torch.Tensor = (q / math.sqrt(d_k)) @ k.transpose(-2, -1)
    weights = softmax(scores if mask is None else scores.masked_fill(mask.logical_not(), -math.inf))
    return [weights @ v, weights]


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
