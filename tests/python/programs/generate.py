"""A small decoder with rotary positions, grouped queries and a key-value cache: tokens one by one, as from a prompt
that is read at once.
"""

import math
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_map


@dataclass
class Config:
    dims: int = 32
    heads: int = 4
    kv_heads: int = 2
    layers: int = 2
    vocabulary: int = 50


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        size = c.dims // c.heads
        self.heads, self.kv_heads, self.scale = c.heads, c.kv_heads, 1 / math.sqrt(size)
        self.q_proj = nn.Linear(c.dims, c.heads * size, bias=False)
        self.k_proj = nn.Linear(c.dims, c.kv_heads * size, bias=False)
        self.v_proj = nn.Linear(c.dims, c.kv_heads * size, bias=False)
        self.o_proj = nn.Linear(c.heads * size, c.dims, bias=False)
        self.rope = nn.RoPE(size, traditional=False)

    def __call__(self, x, mask=None, cache=None):
        B, L, _ = x.shape
        q = self.q_proj(x).reshape(B, L, self.heads, -1).transpose(0, 2, 1, 3)
        k = self.k_proj(x).reshape(B, L, self.kv_heads, -1).transpose(0, 2, 1, 3)
        v = self.v_proj(x).reshape(B, L, self.kv_heads, -1).transpose(0, 2, 1, 3)
        if cache is not None:
            q = self.rope(q, offset=cache[0].shape[2])
            k = self.rope(k, offset=cache[0].shape[2])
            k = mx.concatenate([cache[0], k], axis=2)
            v = mx.concatenate([cache[1], v], axis=2)
        else:
            q, k = self.rope(q), self.rope(k)
        out = mx.fast.scaled_dot_product_attention(q, k, v, scale=self.scale, mask=mask)
        return self.o_proj(out.transpose(0, 2, 1, 3).reshape(B, L, -1)), (k, v)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = Attention(c)
        self.gate = nn.Linear(c.dims, 4 * c.dims, bias=False)
        self.up = nn.Linear(c.dims, 4 * c.dims, bias=False)
        self.down = nn.Linear(4 * c.dims, c.dims, bias=False)
        self.norm1, self.norm2 = nn.RMSNorm(c.dims), nn.RMSNorm(c.dims)

    def __call__(self, x, mask=None, cache=None):
        y, cache = self.attention(self.norm1(x), mask, cache)
        x = x + y
        y = self.norm2(x)
        return x + self.down(nn.silu(self.gate(y)) * self.up(y)), cache


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embedding = nn.Embedding(c.vocabulary, c.dims)
        self.layers = [Block(c) for _ in range(c.layers)]
        self.norm = nn.RMSNorm(c.dims)

    def __call__(self, tokens, cache=None):
        x = self.embedding(tokens)
        mask = None
        if x.shape[1] > 1:
            mask = nn.MultiHeadAttention.create_additive_causal_mask(x.shape[1]).astype(x.dtype)
        cache = cache or [None] * len(self.layers)
        for i, layer in enumerate(self.layers):
            x, cache[i] = layer(x, mask, cache[i])
        return self.embedding.as_linear(self.norm(x)), cache


def generate(model, prompt, temperature):
    logits, cache = model(prompt[None])
    while True:
        logits = logits[:, -1]
        token = mx.argmax(logits, axis=-1) if temperature == 0 else mx.random.categorical(logits / temperature)
        yield token
        logits, cache = model(token[:, None], cache)


mx.random.seed(5)
model = Model(Config())
model.update(tree_map(lambda p: p.astype(mx.float32), model.parameters()))
mx.eval(model.parameters())
prompt = mx.array([3, 1, 4, 1, 5])

tokens = []
for token, _ in zip(generate(model, prompt, 0.0), range(12)):
    mx.async_eval(token)
    tokens.append(token.item())

# The same without a cache: every step reads everything again.
again = prompt.tolist()
for _ in range(12):
    logits, _ = model(mx.array(again)[None])
    again.append(mx.argmax(logits[0, -1]).item())
assert tokens == again[5:], (tokens, again[5:])

sampled = [token.item() for token, _ in zip(generate(model, prompt, 0.8), range(5))]
assert all(0 <= t < 50 for t in sampled)
print("greedy", tokens, "sampled", sampled)
