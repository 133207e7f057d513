"""Fits a line by hand: mx.grad and plain updates."""

import mlx.core as mx

mx.random.seed(0)
num_features, num_examples = 20, 500
w_true = mx.random.normal((num_features,))
x = mx.random.normal((num_examples, num_features))
y = x @ w_true + 1e-2 * mx.random.normal((num_examples,))


def loss_fn(w):
    return 0.5 * mx.mean(mx.square(x @ w - y))


grad_fn = mx.grad(loss_fn)
w = 1e-2 * mx.random.normal((num_features,))
for _ in range(300):
    w = w - 0.1 * grad_fn(w)
    mx.eval(w)

loss = loss_fn(w)
error = mx.sum(mx.square(w - w_true)).item() ** 0.5
print(f"loss {loss.item():.5f}, |w - w*| = {error:.5f}")
assert loss.item() < 1e-3 and error < 0.05
