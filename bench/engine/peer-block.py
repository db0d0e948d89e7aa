"""The same transformer block in PyTorch, for `npm run bench -- block`: random weights, no autograd.

Usage: python3 bench/engine/peer-block.py TOKENS THREADS RUNS float32|bfloat16
  → one JSON line {"runtime", "milliseconds": [...], "cpu_milliseconds": [...]}
Shapes are those of Z-Image's main layers: dim 3840, 30 heads of 128, feed-forward 10240, adaLN width 256.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

tokens, threads, runs = map(int, sys.argv[1:4])
dtype_name = sys.argv[4]
dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype_name]
torch.set_num_threads(threads)
torch.manual_seed(0)
dim, heads, hidden = 3840, 30, 10240
head_dim = dim // heads


def weight(rows, columns):
    return (torch.randn(rows, columns) / columns**0.5).to(dtype)


to_q, to_k, to_v, to_out = (weight(dim, dim) for _ in range(4))
w1, w3, w2 = weight(hidden, dim), weight(hidden, dim), weight(dim, hidden)
ada, ada_bias = weight(4 * dim, 256), torch.zeros(4 * dim, dtype=dtype)
angles = torch.randn(tokens, head_dim // 2)
rotation = torch.polar(torch.ones_like(angles), angles)[None, :, None]


def rms(x, eps=1e-5):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


def rotate(x):
    # In float32, as the model's own code rotates.
    pairs = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * rotation).flatten(3).to(dtype)


def block(x, c):
    scale_a, gate_a, scale_m, gate_m = (c @ ada.T + ada_bias)[:, None].chunk(4, dim=2)
    h = rms(x) * (1 + scale_a)
    q, k, v = (F.linear(h, w).view(1, tokens, heads, head_dim) for w in (to_q, to_k, to_v))
    q, k = rotate(rms(q)).transpose(1, 2), rotate(rms(k)).transpose(1, 2)
    if hasattr(F, "scaled_dot_product_attention"):
        mixed = F.scaled_dot_product_attention(q, k, v.transpose(1, 2))
    else:
        mixed = torch.softmax(q @ k.transpose(2, 3) / head_dim**0.5, -1) @ v.transpose(1, 2)
    x = x + gate_a.tanh() * rms(F.linear(mixed.transpose(1, 2).reshape(1, tokens, dim), to_out))
    h = rms(x) * (1 + scale_m)
    return x + gate_m.tanh() * rms(F.linear(F.silu(F.linear(h, w1)) * F.linear(h, w3), w2))


with torch.no_grad():
    x, c = torch.randn(1, tokens, dim).to(dtype), torch.randn(1, 256).to(dtype)
    block(x, c)
    milliseconds, cpu_milliseconds = [], []
    for _ in range(runs):
        start, cpu_start = time.perf_counter(), time.process_time()
        block(x, c)
        milliseconds.append((time.perf_counter() - start) * 1000)
        cpu_milliseconds.append((time.process_time() - cpu_start) * 1000)
figures = {"milliseconds": milliseconds, "cpu_milliseconds": cpu_milliseconds}
print(json.dumps({"runtime": f"torch {torch.__version__} {dtype_name}", **figures}))
