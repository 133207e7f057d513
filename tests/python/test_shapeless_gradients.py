"""Gradients in shapeless functions: one trace for all lengths, with the values of the plain gradient."""

import numpy as np
import pytest

import cermet.core as mx


def cross_entropy(x):
    targets = mx.argmin(x, axis=-1)
    score = mx.take_along_axis(x, targets[:, None], axis=-1)
    return mx.mean(mx.logsumexp(x, axis=-1) - mx.squeeze(score, -1))


def halves(axis):
    def f(x):
        a, b = mx.split(x, 2, axis=axis)
        return mx.sum(a * mx.sin(b))

    return f


LOSSES = {
    "cross entropy": cross_entropy,
    "slices": lambda x: mx.sum(mx.square(x[1:] - x[:-1])),
    "halves": halves(1),
    "halves of what varies": halves(0),
    "steps": lambda x: sum(mx.sum(mx.sin(row) * k) for k, row in enumerate(mx.unstack(x, axis=1))),
    "checkpoint": mx.checkpoint(lambda x: mx.sum(mx.exp(mx.sin(x)))),
    "vmap": lambda x: mx.sum(mx.vmap(lambda row: mx.softmax(row) * row)(x)),
    "vmap of grad": lambda x: mx.sum(mx.vmap(mx.grad(lambda row: mx.sum(row**3)))(x) * x),
    "sort": lambda x: mx.sum(mx.sort(x, axis=0)[0]),
    "topk": lambda x: mx.sum(mx.topk(x, 2, axis=0) ** 2),
    "cumprod": lambda x: mx.sum(mx.cumprod(x, axis=0)),
    "cummax": lambda x: mx.sum(mx.cummax(x, axis=0) * x),
    "logcumsumexp": lambda x: mx.sum(mx.logcumsumexp(x, axis=0) * x),
    "take": lambda x: mx.sum(mx.take(x, mx.array([0, 1, 1]), axis=0) * 2),
    "write": lambda x: mx.sum(x.at[mx.array([0, 1])].add(x[:2]) ** 2),
    "concatenate": lambda x: mx.sum(mx.concatenate([x, x * x], axis=0) ** 2),
    "prod": lambda x: mx.sum(mx.prod(x, axis=0)),
    "var": lambda x: mx.sum(mx.var(x, axis=0)),
    "median": lambda x: mx.sum(mx.median(x, axis=1)),
    "layer norm": lambda x: mx.sum(mx.sin(mx.fast.layer_norm(x, x[0], x[1], 1e-5))),
}


@pytest.mark.parametrize("name", LOSSES)
def test_one_trace_for_all_lengths(name):
    plain = mx.value_and_grad(LOSSES[name])
    compiled = mx.compile(plain, shapeless=True)
    for n in (4, 6, 10, 14):
        x = mx.random.normal((n, 6))
        for a, b in zip(compiled(x), plain(x)):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-5)
    assert compiled.stats()["traces"] == 1
