"""A language model with MLX's transformer encoder: learning rate set by hand on every step, accumulated gradients,
checkpointed layers, weights in half precision at the end.
"""

import math
import time
from functools import partial

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_map


class TransformerLM(nn.Module):
    def __init__(self, vocab_size: int, num_layers: int, dims: int, num_heads: int, checkpoint: bool):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, dims)
        self.pe = nn.SinusoidalPositionalEncoding(dims)
        self.transformer = nn.TransformerEncoder(
            num_layers, dims, num_heads, norm_first=True, checkpoint=checkpoint, dropout=0.0
        )
        self.out_proj = nn.Linear(dims, vocab_size)

    def __call__(self, x):
        L = x.shape[1]
        mask = nn.MultiHeadAttention.create_additive_causal_mask(L)
        x = self.embedding(x)
        x = x + self.pe(mx.arange(L))
        x = self.transformer(x, mask)
        return self.out_proj(x)


def to_samples(context_size, dataset):
    window = context_size + 1
    samples = len(dataset) - window + 1
    starts = mx.arange(samples)[:, None] + mx.arange(window)[None]
    return dataset[starts]


def iterate_batches(batch_size, context_size, dataset):
    inputs = to_samples(context_size, dataset)
    while True:
        picks = mx.random.randint(0, inputs.shape[0], (batch_size,))
        batch = inputs[picks]
        yield batch[:, :-1], batch[:, 1:]


def loss_fn(model, x, y, reduce=True):
    return nn.losses.cross_entropy(model(x), y, reduction="mean" if reduce else "none")


def main():
    mx.random.seed(4)
    text = "the quick brown fox jumps over the lazy dog. " * 8
    vocabulary = {c: i for i, c in enumerate(sorted(set(text)))}
    dataset = mx.array([vocabulary[c] for c in text])
    model = TransformerLM(len(vocabulary), 2, 32, 4, checkpoint=True)
    mx.eval(model.parameters())
    count = sum(x.size for k, x in tree_flatten(model.parameters()) if "embedding" not in k)
    print(f"training a transformer with {count / 1024**2:.3f} M parameters on {mx.default_device()}")

    optimizer = optim.AdamW(learning_rate=1e-2, weight_decay=1e-5)
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(inputs, targets, previous):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, inputs, targets)
        grads = tree_map(lambda a, b: (a + b) / 2, grads, previous)
        grads, norm = optim.clip_grad_norm(grads, max_norm=1.0)
        optimizer.update(model, grads)
        return loss, norm

    @partial(mx.compile, inputs=[model.state], outputs=[model.state])
    def gradients(inputs, targets):
        return nn.value_and_grad(model, loss_fn)(model, inputs, targets)[1]

    @partial(mx.compile, inputs=[model.state])
    def evaluate(inputs, targets):
        return mx.mean(loss_fn(model, inputs, targets, reduce=False))

    batches = iterate_batches(8, 16, dataset)
    losses, rates = [], []
    start = time.perf_counter()
    for it, (inputs, targets) in zip(range(40), batches):
        optimizer.learning_rate = min(1, it / 10) * 1e-2
        loss, norm = step(inputs, targets, gradients(*next(batches)))
        mx.eval(state)
        start = time.perf_counter() if it == 0 else start
        losses.append(loss.item())
        rates.append(optimizer.learning_rate.item())
    assert math.isclose(rates[5], 5e-3, rel_tol=1e-5) and math.isclose(rates[-1], 1e-2, rel_tol=1e-5)
    final = evaluate(*next(batches)).item()
    print(f"loss {losses[0]:.3f} -> {final:.3f}, perplexity {math.exp(final):.2f}")
    print(
        f"{(len(losses) - 1) / (time.perf_counter() - start):.0f} steps/s, peak {mx.get_peak_memory() / 2**20:.0f} MiB"
    )
    assert final < 0.5 * losses[0] and norm.item() > 0

    model.set_dtype(mx.float16)
    half = loss_fn(model, *next(batches))
    assert {v.dtype for _, v in tree_flatten(model.parameters())} == {mx.float16}
    assert abs(half.item() - final) < 0.3
    model.apply(lambda p: p.astype(mx.bfloat16))
    assert model.out_proj.weight.dtype == mx.bfloat16


if __name__ == "__main__":
    main()
