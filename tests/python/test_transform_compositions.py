"""grad, vjp, jvp, vmap, compile and checkpoint in each other, in any order: random programs against the plain ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx

F64 = mx.float64
ROWS, WIDTH = 3, 4
INDEX = mx.array([2, 0, -1, 1])

STEPS = {
    "sin": lambda x, w: mx.sin(x),
    "times": lambda x, w: x * w,
    "plus": lambda x, w: x + w * w,
    "matmul": lambda x, w: x @ mx.outer(w, mx.cos(w)),
    "softmax": lambda x, w: mx.softmax(x * w, axis=-1),
    "centre": lambda x, w: x - mx.mean(x, axis=-1, keepdims=True),
    "sorted": lambda x, w: mx.sort(x, axis=-1),
    "cumsum": lambda x, w: mx.cumsum(x, axis=-1),
    "cumprod": lambda x, w: mx.cumprod(0.5 + mx.sigmoid(x), axis=-1),
    "reverse": lambda x, w: x[..., ::-1] * 1.5,
    "shift": lambda x, w: mx.concatenate([x[..., 1:], w[:1] * x[..., :1]], axis=-1),
    "take": lambda x, w: mx.take(x, INDEX, axis=-1),
    "largest": lambda x, w: x * mx.max(x, axis=-1, keepdims=True),
    "where": lambda x, w: mx.where(x > 0.1, x * x, w),
    "write": lambda x, w: x.at[..., 1].add(w[0] * x[..., 2]),
    "logsumexp": lambda x, w: x - mx.logsumexp(x, axis=-1, keepdims=True),
    "outer": lambda x, w: mx.tanh(mx.expand_dims(x, -1) * w).sum(axis=-1),
    "power": lambda x, w: mx.abs(x) ** 1.5,
    "gather": lambda x, w: x * mx.take_along_axis(x, mx.argmin(w, keepdims=True).reshape((1,) * x.ndim), axis=-1),
    "compiled": mx.compile(lambda x, w: mx.exp(-x * x) + w),
    "checkpoint": mx.checkpoint(lambda x, w: mx.tanh(x * w) * x),
    "each": lambda x, w: mx.vmap(lambda a, b: a * b + mx.sin(a), in_axes=(-1, 0), out_axes=-1)(x, w),
}
programs = st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6)
seeds = st.integers(0, 2**16)


def row_program(names):
    def f(x, w):
        for name in names:
            x = STEPS[name](x, w)
        return x

    return f


def inputs(seed):
    rng = np.random.default_rng(seed)
    return mx.array(rng.uniform(-1, 1, (ROWS, WIDTH)), dtype=F64), mx.array(rng.uniform(-1, 1, WIDTH), dtype=F64)


def same(a, b):
    for x, y in zip(a if isinstance(a, (tuple, list)) else [a], b if isinstance(b, (tuple, list)) else [b]):
        np.testing.assert_allclose(np.array(x), np.array(y), rtol=1e-8, atol=1e-8)


@settings(max_examples=12, deadline=None)
@given(programs, seeds)
def test_gradients_of_random_programs(names, seed):
    """Compiled gradients, gradients of compiled functions, of vectorised ones: all what the plain gradient is."""
    f = row_program(names)
    x, w = inputs(seed)
    weight = mx.cos(mx.arange(WIDTH, dtype=F64))
    row_loss = lambda x, w: mx.sum(f(x, w) * weight)  # noqa: E731
    loss = lambda x, w: sum(row_loss(x[i], w) for i in range(ROWS))  # noqa: E731
    vectorised = lambda x, w: mx.sum(mx.vmap(row_loss, in_axes=(0, None))(x, w))  # noqa: E731
    expected = mx.grad(loss, argnums=(0, 1))(x, w)
    for g in (
        mx.compile(mx.grad(loss, argnums=(0, 1))),
        mx.grad(mx.compile(loss), argnums=(0, 1)),
        mx.grad(vectorised, argnums=(0, 1)),
        mx.compile(mx.grad(vectorised, argnums=(0, 1))),
        mx.grad(mx.compile(vectorised), argnums=(0, 1)),
        mx.grad(lambda x, w: mx.sum(mx.vmap(mx.compile(row_loss), in_axes=(0, None))(x, w)), argnums=(0, 1)),
        mx.grad(mx.checkpoint(loss), argnums=(0, 1)),
        mx.compile(mx.grad(mx.checkpoint(vectorised), argnums=(0, 1))),
    ):
        same(g(x, w), expected)
    rows = mx.vmap(mx.grad(row_loss), in_axes=(0, None))
    same(rows(x, w), expected[0])
    same(mx.compile(rows)(x, w), expected[0])
    same(mx.vmap(mx.compile(mx.grad(row_loss)), in_axes=(0, None))(x, w), expected[0])


@settings(max_examples=8, deadline=None)
@given(programs, seeds)
def test_second_derivatives_of_random_programs(names, seed):
    """Forward over backward, backward over backward, both compiled, and vectorised into a whole Hessian."""
    f = row_program(names)
    x, w = inputs(seed)
    x = x[0]
    weight = mx.cos(mx.arange(WIDTH, dtype=F64))
    loss = lambda x: mx.sum(f(x, w) * weight)  # noqa: E731
    direction = inputs(seed + 1)[0][0]
    (_,), (forward,) = mx.jvp(mx.grad(loss), [x], [direction])
    backward = mx.grad(lambda x: mx.sum(mx.grad(loss)(x) * direction))
    same(backward(x), forward)
    same(mx.compile(backward)(x), forward)
    same(mx.compile(lambda x: mx.jvp(mx.grad(loss), [x], [direction])[1][0])(x), forward)
    hessian = mx.vmap(lambda d: mx.jvp(mx.grad(loss), [x], [d])[1][0])(mx.eye(WIDTH, dtype=F64))
    same(hessian @ direction, forward)
    columns = mx.compile(mx.vmap(lambda d: mx.vjp(mx.grad(loss), [x], [d])[1][0], out_axes=1))(mx.eye(WIDTH, dtype=F64))
    same(columns @ direction, forward)


@settings(max_examples=8, deadline=None)
@given(programs, seeds, st.integers(-3, 2), st.integers(-3, 2))
def test_nested_vmap_of_random_programs(names, seed, axis_in, axis_out):
    f = row_program(names)
    rng = np.random.default_rng(seed)
    w = mx.array(rng.uniform(-1, 1, WIDTH), dtype=F64)
    x = mx.array(rng.uniform(-1, 1, (2, ROWS, WIDTH)), dtype=F64)
    expected = mx.stack([mx.stack([f(x[i, j], w) for j in range(ROWS)]) for i in range(2)])
    inner = mx.vmap(f, in_axes=(0, None))
    moved = mx.moveaxis(x, 0, axis_in)
    outer = mx.vmap(inner, in_axes=(axis_in, None), out_axes=axis_out)
    for g in (outer, mx.compile(outer), mx.vmap(mx.compile(inner), in_axes=(axis_in, None), out_axes=axis_out)):
        same(mx.moveaxis(g(moved, w), axis_out, 0), expected)


def test_random_numbers_of_a_batch_have_keys_of_their_own():
    keys = mx.random.split(mx.random.key(3), 4)
    draws = mx.vmap(lambda k: mx.random.normal((5,), key=k))(keys)
    one_by_one = mx.stack([mx.random.normal((5,), key=keys[i]) for i in range(4)])
    assert draws.tolist() == one_by_one.tolist()
    nested = mx.vmap(mx.vmap(lambda k: mx.random.uniform(shape=(2,), key=k)))(keys.reshape(2, 2, 2))
    assert nested.reshape(4, 2).tolist() == [mx.random.uniform(shape=(2,), key=keys[i]).tolist() for i in range(4)]
    gradient = mx.vmap(mx.grad(lambda x, k: mx.sum(x * mx.random.uniform(shape=(3,), key=k))))(mx.ones((4, 3)), keys)
    assert gradient.tolist() == [mx.random.uniform(shape=(3,), key=keys[i]).tolist() for i in range(4)]


@pytest.mark.parametrize("dtype", [mx.int32, mx.uint8, mx.bool_])
def test_integers_inside_are_carried_and_have_no_derivative(dtype):
    k = mx.array([1, 0, 1]).astype(dtype)
    gradient = mx.grad(lambda x, k: mx.sum(x * k + k.astype(mx.float32)))(mx.ones(3), k)
    assert gradient.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=str(k.dtype).split(".")[-1]):
        mx.grad(lambda k: mx.sum(k * 1.0))(k)


def test_a_function_that_raises_leaves_nothing_behind():
    def f(x):
        mx.sin(x)
        raise KeyError("no")

    for transformed in (mx.grad(f), mx.vmap(f), mx.checkpoint(f), mx.grad(mx.checkpoint(f)), mx.grad(mx.vmap(f))):
        with pytest.raises(KeyError):
            transformed(mx.ones(3))
    assert mx.grad(mx.sum)(mx.ones(2)).tolist() == [1, 1]
    assert mx.vmap(mx.sin)(mx.zeros(2)).tolist() == [0, 0]


def test_deep_nesting():
    f = mx.exp
    for _ in range(5):
        f = mx.grad(mx.compile(f))
    assert f(mx.array(0.5, dtype=F64)).item() == pytest.approx(np.exp(0.5), rel=1e-12)
    cube = lambda x: x**5  # noqa: E731
    assert mx.compile(mx.vmap(mx.grad(mx.grad(cube))))(mx.array([2.0])).tolist() == [160]
