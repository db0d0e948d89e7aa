"""The blocks of Z-Image's transformer in PyTorch, for `npm run bench -- gpu`: random bfloat16 weights, no autograd.

Usage: python3 bench/engine/peer-transformer.py DEVICE SIDE LAYERS STEPS  → one JSON line {"runtime", "eager", "compiled"}, seconds for STEPS forwards
LAYERS main blocks and two refiners over the joint sequence of a SIDE×SIDE picture and 32 caption tokens. Shapes: dim 3840, 30 heads of 128,
feed-forward 10240, adaLN width 256. Embedders and the final layer are left out: under a thousandth of the work.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

device, side, layers, steps = sys.argv[1], *map(int, sys.argv[2:5])
torch.manual_seed(0)
dim, heads, hidden = 3840, 30, 10240
head_dim = dim // heads
tokens = (side // 16) ** 2 + 32
kind = {"device": device, "dtype": torch.bfloat16}


def weight(rows, columns):
    return torch.randn(rows, columns, **kind) / columns**0.5


def weights():
    projections = [weight(dim, dim) for _ in range(4)]
    feed_forward = [weight(hidden, dim), weight(hidden, dim), weight(dim, hidden)]
    norms = [torch.ones(dim, **kind) for _ in range(4)] + [torch.ones(head_dim, **kind) for _ in range(2)]
    return (*projections, *feed_forward, weight(4 * dim, 256), torch.zeros(4 * dim, **kind), *norms)


def rotate(x, cos, sin):
    even, odd = x.float().unflatten(3, (-1, 2)).unbind(-1)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(3).to(x.dtype)


def block(x, c, cos, sin, w):
    to_q, to_k, to_v, to_out, w1, w3, w2, ada, ada_bias, n1, n2, f1, f2, nq, nk = w
    scale_a, gate_a, scale_m, gate_m = F.linear(c, ada, ada_bias)[:, None].chunk(4, dim=2)
    h = F.rms_norm(x, (dim,), n1, 1e-5) * (1 + scale_a)
    q, k, v = (F.linear(h, m).view(1, tokens, heads, head_dim) for m in (to_q, to_k, to_v))
    q, k = (rotate(F.rms_norm(y, (head_dim,), n, 1e-5), cos, sin).transpose(1, 2) for y, n in ((q, nq), (k, nk)))
    mixed = F.scaled_dot_product_attention(q, k, v.transpose(1, 2)).transpose(1, 2).reshape(1, tokens, dim)
    x = x + gate_a.tanh() * F.rms_norm(F.linear(mixed, to_out), (dim,), n2, 1e-5)
    h = F.rms_norm(x, (dim,), f1, 1e-5) * (1 + scale_m)
    return x + gate_m.tanh() * F.rms_norm(F.linear(F.silu(F.linear(h, w1)) * F.linear(h, w3), w2), (dim,), f2, 1e-5)


def synchronize():
    if device == "cuda":
        torch.cuda.synchronize()


with torch.no_grad():
    stack = [weights() for _ in range(layers + 2)]
    x, c = torch.randn(1, tokens, dim, **kind), torch.randn(1, 256, **kind)
    angles = torch.randn(1, tokens, 1, head_dim // 2, device=device)
    cos, sin = angles.cos(), angles.sin()

    def measure(run):
        def picture():
            for _ in range(steps):
                y = x
                for w in stack:
                    y = run(y, c, cos, sin, w)
            synchronize()

        picture()
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            picture()
            seconds.append(time.perf_counter() - start)
        return sorted(seconds)[1]

    result = {"eager": measure(block), "compiled": measure(torch.compile(block))}
    print(json.dumps({"runtime": f"PyTorch {torch.__version__}", **result}))
