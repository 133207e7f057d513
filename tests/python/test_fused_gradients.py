"""Gradients as few kernels: what a compiled backward pass launches."""

import math

import numpy as np
import pytest

import cermet.core as mx

ROWS, WIDTH = 64, 384


def launches(f, *args):
    compiled = mx.compile(f)
    mx.eval(compiled(*args))
    entry = compiled.stats()["entries"][0]
    return entry["kernels"], entry["library_calls"]


def close(f, *args):
    for a, b in zip(np_all(mx.compile(f)(*args)), np_all(f(*args))):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


def np_all(tree):
    return [np.array(x) for x in tree] if isinstance(tree, (list, tuple)) else [np.array(tree)]


def backward(f):
    return lambda x, c: mx.vjp(f, [x], [c])[1][0]


def gelu(x):
    return x * (1 + mx.erf(x / math.sqrt(2))) / 2


def silu(x):
    return x * mx.sigmoid(x)


@pytest.fixture
def x():
    return mx.random.normal((ROWS, WIDTH))


@pytest.mark.parametrize(
    "f",
    [
        gelu,
        silu,
        lambda x: 0.5 * x * (1 + mx.tanh(0.79788 * (x + 0.044715 * x**3))),
        lambda x: mx.softmax(x, axis=-1),
        lambda x: x - mx.logsumexp(x, axis=-1, keepdims=True),
        lambda x: x * mx.rsqrt(mx.mean(x * x, axis=-1, keepdims=True) + 1e-5),
        lambda x: (x - mx.mean(x, -1, keepdims=True)) * mx.rsqrt(mx.var(x, -1, keepdims=True) + 1e-5),
        lambda x: x / mx.linalg.norm(x, axis=-1, keepdims=True),
        lambda x: mx.cumsum(x, axis=-1),
        lambda x: x / mx.max(x, axis=-1, keepdims=True),
    ],
    ids=["gelu", "silu", "gelu_tanh", "softmax", "log_softmax", "rms_norm", "normalise", "l2", "cumsum", "max"],
)
def test_backward_is_one_kernel(f, x):
    c = mx.random.normal(x.shape)
    assert launches(backward(f), x, c) == (1, 0)
    close(backward(f), x, c)


def cross_entropy(logits, targets):
    score = mx.squeeze(mx.take_along_axis(logits, mx.expand_dims(targets, -1), -1), -1)
    return mx.mean(mx.logsumexp(logits, axis=-1) - score)


@pytest.mark.parametrize("dtype", [mx.int32, mx.uint32, mx.int64, mx.uint8, mx.int8, mx.uint64])
def test_cross_entropy_of_logits_is_one_kernel(x, dtype):
    targets = mx.random.randint(0, 120, (ROWS,)).astype(dtype)
    assert launches(mx.grad(cross_entropy), x, targets) == (1, 0)
    close(mx.grad(cross_entropy), x, targets)
    probabilities = np.array(mx.softmax(x, axis=-1))
    probabilities[np.arange(ROWS), np.array(targets).astype(int)] -= 1
    np.testing.assert_allclose(np.array(mx.grad(cross_entropy)(x, targets)), probabilities / ROWS, rtol=1e-4, atol=1e-7)
    # With its value: the mean over rows is a kernel of its own.
    assert launches(mx.value_and_grad(cross_entropy), x, targets) == (2, 0)


@pytest.mark.parametrize(
    ("shape", "kernels"),
    [
        ((64, 384), 2),
        ((512, 256), 2),
        ((4096, 512), 2),
        ((2, 300, 200), 2),
        # Columns so long and so few that chunks are summed up by kernels of their own.
        ((16384, 256), 3),
    ],
)
def test_layer_norm_is_a_row_kernel_and_a_combine(shape, kernels):
    """The sums over rows of the weight's and the bias's gradient share one pass, with the bits of sums alone."""

    def layer_norm(x, w, b):
        mean, variance = mx.mean(x, -1, keepdims=True), mx.var(x, -1, keepdims=True)
        return (x - mean) * mx.rsqrt(variance + 1e-5) * w + b

    width = shape[-1:]
    x, c, w, b = (mx.random.normal(s) for s in (shape, shape, width, width))
    gradients = lambda f: lambda x, w, b, c: mx.vjp(f, [x, w, b], [c])[1]  # noqa: E731
    count, library_calls = launches(gradients(layer_norm), x, w, b, c)
    assert count <= kernels and library_calls == 0
    close(gradients(layer_norm), x, w, b, c)
    fast = gradients(lambda x, w, b: mx.fast.layer_norm(x, w, b, 1e-5))
    count, library_calls = launches(fast, x, w, b, c)
    assert count <= kernels and library_calls == 0
    for alone, together in zip(fast(x, w, b, c)[1:], mx.compile(fast)(x, w, b, c)[1:]):
        assert np.array_equal(np.array(alone), np.array(together))


def test_column_reductions_that_share_a_pass_have_the_bits_of_each_alone():
    """Of several kinds and accumulators, more than fit one pass, some waiting for others."""

    def columns(x):
        sums = [mx.sum(x * k, axis=0) for k in range(2, 9)]
        others = [mx.max(x, axis=0), mx.argmax(x, axis=0), mx.min(x, axis=0), mx.sum(x.astype(mx.int32), axis=0)]
        mean = mx.mean(x, axis=0)
        return [*sums, *others, mean, mx.sum(mx.square(x - mean), axis=0), mx.argmin(x - mean, axis=0)]

    for shape in [(3, 70), (1000, 300), (20000, 33), (9, 513)]:
        x = mx.random.normal(shape)
        for alone, together in zip(columns(x), mx.compile(columns)(x)):
            assert np.array_equal(np.array(alone), np.array(together))


def test_gather_of_one_a_row_takes_indices_as_a_gather_does(x):
    """Negative ones from the end, all clamped: as what was read."""
    for index in ([0, -1, 500, -500], [383, 384, -384, -385]):
        at = mx.array(index)[:, None]
        f = lambda x: mx.sum(mx.take_along_axis(x[:4], at, axis=1) * mx.array([[1.0], [2.0], [3.0], [4.0]]))  # noqa: E731
        expected = np.zeros((4, WIDTH), np.float32)
        for row, place in enumerate(index):
            expected[row, np.clip(place + WIDTH if place < 0 else place, 0, WIDTH - 1)] = row + 1
        assert np.array_equal(np.array(mx.grad(f)(x))[:4], expected)


def test_several_indices_a_row_add_up():
    x, at = mx.zeros((2, 3)), mx.array([[1, 1], [2, 0]])
    f = lambda x: mx.sum(mx.take_along_axis(x, at, axis=1) * mx.array([[1.0, 2.0], [3.0, 4.0]]))  # noqa: E731
    assert mx.grad(f)(x).tolist() == [[0, 3, 0], [4, 0, 3]]


def test_empty_rows():
    x, targets = mx.zeros((0, 5)), mx.zeros((0,), dtype=mx.int32)
    f = lambda x, t: mx.sum(mx.take_along_axis(x, t[:, None], -1))  # noqa: E731
    assert mx.grad(f)(x, targets).shape == (0, 5)
