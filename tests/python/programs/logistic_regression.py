"""A classifier of two classes with a command line, in a function and under `if __name__ == "__main__"`."""

import argparse
import time

import mlx.core as mx


def main(steps, rate):
    mx.random.seed(0)
    w_true = mx.random.normal((10,))
    x = mx.random.normal((400, 10))
    y = (x @ w_true) > 0

    def loss_fn(w):
        logits = x @ w
        return mx.mean(mx.logaddexp(0.0, logits) - y * logits)

    step = mx.compile(mx.value_and_grad(loss_fn))
    w = mx.zeros((10,))
    start = time.perf_counter()
    for _ in range(steps):
        loss, grad = step(w)
        w = w - rate * grad
        mx.eval(w, loss)
    accuracy = mx.mean(((x @ w) > 0) == y).item()
    print(f"loss {loss.item():.4f}, accuracy {accuracy:.3f}, {steps / (time.perf_counter() - start):.0f} steps/s")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.5)
    args = parser.parse_args()
    assert main(args.steps, args.rate) > 0.95
