"""A character-level transformer that learns to write Python from the standard library's own sources.

Nothing is downloaded: the text is what stands beside the interpreter. At the end it writes a few lines.
"""

import sysconfig
import time
from functools import partial
from pathlib import Path

import numpy as np
import shared

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim


class Block(nn.Module):
    """Pre-norm transformer block (Xiong et al., 2020): attention and an MLP, each added to its input."""

    def __init__(self, width, heads):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiHeadAttention(width, heads)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def __call__(self, x, mask):
        y = self.attention_norm(x)
        x = x + self.attention(y, y, y, mask)
        return x + self.narrow(nn.gelu(self.widen(self.mlp_norm(x))))


class Writer(nn.Module):
    def __init__(self, vocabulary, width, heads, layers, context):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.blocks = [Block(width, heads) for _ in range(layers)]
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, vocabulary)

    def __call__(self, tokens):
        length = tokens.shape[1]
        x = self.embedding(tokens) + self.position(mx.arange(length))
        mask = nn.MultiHeadAttention.create_additive_causal_mask(length)
        for block in self.blocks:
            x = block(x, mask)
        return self.out(self.norm(x))


def loss_fn(model, tokens, targets):
    return nn.losses.cross_entropy(model(tokens), targets, reduction="mean")


def standard_library(limit):
    """Up to `limit` characters of the standard library's modules, ASCII only, in alphabetical order."""
    parts, size = [], 0
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        text = path.read_bytes().decode("ascii", errors="ignore")
        parts.append(text)
        size += len(text)
        if size >= limit:
            break
    return "".join(parts)[:limit]


def generate(model, tokens, count, context, temperature):
    """`tokens` and `count` more, each drawn from the model's distribution given the last `context` ones."""

    @partial(mx.compile, shapeless=True)
    def next_token(window, key):
        logits = model(window[None])[0, -1] / temperature
        return mx.random.categorical(logits, key=key)

    keys = mx.random.split(mx.random.key(1), count)
    for key in keys:
        window = mx.array(np.array(tokens[-context:], dtype=np.uint32))
        tokens = [*tokens, next_token(window, key).item()]
    return tokens


def main():
    options = shared.arguments(
        __doc__,
        steps=600,
        batch_size=16,
        context=64,
        width=128,
        heads=4,
        layers=2,
        characters=400_000,
        learning_rate=2e-3,
        generate=200,
        temperature=0.7,
    )
    text = standard_library(options.characters)
    alphabet = sorted(set(text))
    index = {c: i for i, c in enumerate(alphabet)}
    encoded = np.array([index[c] for c in text], dtype=np.uint32)
    print(f"{len(text):,} characters of the standard library, {len(alphabet)} different ones")

    mx.random.seed(options.seed)
    model = Writer(len(alphabet), options.width, options.heads, options.layers, options.context)
    rate = optim.cosine_decay(options.learning_rate, options.steps)
    optimizer = optim.AdamW(learning_rate=rate, weight_decay=0.01)
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def train_step(tokens, targets):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, tokens, targets)
        optimizer.update(model, grads)
        return loss

    rng = np.random.default_rng(options.seed)
    losses, begin = [], time.perf_counter()
    bar = shared.progress(range(options.steps), "characters")
    for _ in bar:
        starts = rng.integers(0, len(encoded) - options.context - 1, size=(options.batch_size, 1))
        rows = encoded[starts + np.arange(options.context + 1)]
        loss = train_step(mx.array(rows[:, :-1]), mx.array(rows[:, 1:]))
        mx.eval(loss, state)
        losses.append(loss.item())
        if not bar.disable:
            bar.set_postfix(loss=f"{np.mean(losses[-20:]):.3f}")
    seconds = time.perf_counter() - begin
    print(f"{options.steps} steps in {seconds:.1f} s; loss {losses[0]:.3f} -> {np.mean(losses[-20:]):.3f} nats")

    start = [index[c] for c in "def "]
    written = generate(model, start, options.generate, options.context, options.temperature)
    print("".join(alphabet[i] for i in written))

    picture, axes = shared.figure(figsize=(7, 4))
    axes.plot(losses, color="tab:blue")
    axes.axhline(np.log(len(alphabet)), color="0.6", linestyle="--", label="every character equally likely")
    axes.set(title="Learning to write Python", xlabel="step", ylabel="cross entropy (nats a character)", ylim=(0, None))
    axes.legend()
    shared.save(picture, options.output / "characters_loss.png")


if __name__ == "__main__":
    main()
