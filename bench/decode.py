"""Decoding with a growing KV cache: one token through a small llama-like model, per step.

A 3-layer model of width 64 (RMSNorm, rope, grouped-query attention, SwiGLU), batch 1. Prints the median time of a
step, uncompiled and compiled, with a cache that grows by concatenation (one shapeless trace for all lengths) and one
that is written in place (compiled: at the offset, an array, and the rest is masked).

    PYTHONPATH=build/release/python python bench/decode.py [--peer mlx] [--steps 200]
"""

import argparse
import importlib
import statistics
import time


def make_model(mx, nn, width, heads, groups, hidden, layers, vocabulary):
    size = width // heads

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q = nn.Linear(width, heads * size, bias=False)
            self.k = nn.Linear(width, groups * size, bias=False)
            self.v = nn.Linear(width, groups * size, bias=False)
            self.o = nn.Linear(heads * size, width, bias=False)

        def __call__(self, x, cache, offset, write):
            batch, length, _ = x.shape

            def split(y, count):
                return y.reshape(batch, length, count, size).transpose(0, 2, 1, 3)

            def turn(y):
                return mx.fast.rope(y, size, traditional=False, base=10000.0, scale=1.0, offset=offset)

            q, k, v = turn(split(self.q(x), heads)), turn(split(self.k(x), groups)), split(self.v(x), groups)
            keys, values, kept, mask = write(cache, k, v)
            y = mx.fast.scaled_dot_product_attention(q, keys, values, scale=size**-0.5, mask=mask)
            return self.o(y.transpose(0, 2, 1, 3).reshape(batch, length, -1)), kept

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = Attention()
            self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
            self.gate = nn.Linear(width, hidden, bias=False)
            self.up = nn.Linear(width, hidden, bias=False)
            self.down = nn.Linear(hidden, width, bias=False)

        def __call__(self, x, cache, offset, write):
            y, kept = self.attention(self.norm1(x), cache, offset, write)
            x = x + y
            y = self.norm2(x)
            return x + self.down(nn.silu(self.gate(y)) * self.up(y)), kept

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width)
            self.layers = [Layer() for _ in range(layers)]
            self.norm = nn.RMSNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def __call__(self, token, caches, offset, write):
            x = self.embedding(token)
            kept = []
            for layer, cache in zip(self.layers, caches, strict=True):
                x, cache = layer(x, cache, offset, write)
                kept.append(cache)
            return mx.argmax(self.head(self.norm(x)[:, -1]), axis=-1, keepdims=True), kept

    return Model(), size


def growing(mx):
    def write(cache, k, v):
        keys, values = mx.concatenate([cache[0], k], axis=2), mx.concatenate([cache[1], v], axis=2)
        return keys, values, (keys, values), None

    return write


def in_place(at):
    def write(cache, k, v):
        cache[0][:, :, at : at + 1] = k
        cache[1][:, :, at : at + 1] = v
        return cache[0][:, :, : at + 1], cache[1][:, :, : at + 1], cache, None

    return write


def masked(mx, offset):
    def write(cache, k, v):
        keys, values = (mx.slice_update(x, new, offset, axes=(2,)) for x, new in zip(cache, (k, v), strict=True))
        return keys, values, (keys, values), mx.arange(keys.shape[2]) <= offset

    return write


def run(mx, nn, steps, prompt, compiled, style):
    """Seconds of each step, the tokens, and how often the step was traced."""
    mx.random.seed(0)
    model, size = make_model(mx, nn, 64, 4, 2, 176, 3, 256)
    room = prompt if style == "growing" else prompt + steps
    caches = [(mx.zeros((1, 2, room, size)), mx.zeros((1, 2, room, size))) for _ in range(3)]
    token = mx.array([[3]], dtype=mx.uint32)
    mx.eval(model.parameters(), caches, token)
    traces = []

    def step(token, caches, offset):
        traces.append(None)
        return model(token, caches, offset, growing(mx) if style == "growing" else masked(mx, offset))

    if compiled:
        step = mx.compile(step, shapeless=style == "growing")
    times, tokens = [], []
    for i in range(steps):
        start = time.perf_counter()
        if compiled or style == "growing":
            token, caches = step(token, caches, mx.array(prompt + i))
        else:
            token, caches = model(token, caches, mx.array(prompt + i), in_place(prompt + i))
        mx.eval(token, caches)
        times.append(time.perf_counter() - start)
        tokens.append(token.item())
    return times, tokens, len(traces) if compiled else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", choices=["mlx"], help="measure this library instead")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--prompt", type=int, default=32)
    given = parser.parse_args()
    package = given.peer or "cermet"
    mx, nn = importlib.import_module(package + ".core"), importlib.import_module(package + ".nn")
    if given.peer:
        mx.set_default_device(mx.cpu)
    cases = [(False, "growing"), (False, "in place"), (True, "growing"), (True, "in place")]
    if given.peer:
        cases.remove((True, "growing"))  # MLX's shapeless traces do not hold for other lengths
    print(f"{package}: ms for a step (median, least of {given.steps}), traces")
    for compiled, style in cases:
        times, _, traces = run(mx, nn, given.steps, given.prompt, compiled, style)
        later = times[given.steps // 4 :]
        shown = f"{'compiled' if compiled else 'uncompiled'}, cache {style}"
        median, least = statistics.median(later) * 1e3, min(later) * 1e3
        print(f"  {shown:32}{median:8.3f}{least:8.3f}   {'' if traces is None else traces}")


if __name__ == "__main__":
    main()
