"""Reductions, composites, shapes and products against NumPy over axes, layouts, dtypes and sizes; and the order of
sums, which depends on extents only."""

import itertools

import numpy as np
import pytest

import cermet.core as mx

SHAPES = [(), (1,), (5,), (64,), (65,), (3, 4), (1, 7), (7, 1), (2, 3, 4), (33, 130), (2, 70, 65), (0, 3), (3, 0)]


def axes_of(rank):
    yield None
    for k in range(rank):
        yield k
        yield k - rank
    for r in range(2, rank + 1):
        yield from itertools.combinations(range(rank), r)


def layouts(a):
    yield mx.array(a)
    if a.ndim >= 2:
        yield mx.array(np.ascontiguousarray(a.T)).T
        yield mx.array(np.ascontiguousarray(a[::-1]))[::-1]
        yield mx.array(np.repeat(a, 3, axis=-1))[..., ::3]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std", "all", "any"])
def test_values(name, shape):
    a = np.random.default_rng(0).uniform(0.5, 1.5, shape).astype(np.float32)
    if name in ("all", "any"):
        a = a > 1.0
    for axis in axes_of(len(shape)):
        for keepdims in (False, True):
            if name in ("max", "min") and 0 in shape:
                continue
            with np.errstate(all="ignore"):
                wide = a if a.dtype == bool else a.astype(np.float64)
                try:
                    expected = getattr(np, name)(wide, axis=axis, keepdims=keepdims)
                except RuntimeWarning:
                    continue
            bits = set()
            for x in layouts(a):
                got = np.array(getattr(mx, name)(x, axis=axis, keepdims=keepdims))
                assert got.shape == expected.shape
                assert np.allclose(got, expected, rtol=2e-5, atol=1e-6, equal_nan=True), (axis, keepdims)
                bits.add(got.tobytes())
            compiled = mx.compile(lambda x: getattr(mx, name)(x, axis=axis, keepdims=keepdims))
            bits.add(np.array(compiled(mx.array(a))).tobytes())
            if a.ndim < 3 and not np.isnan(expected).any():
                assert len(bits) == 1, "layouts and compile agree bit for bit"


@pytest.mark.filterwarnings("ignore")
def test_mean_and_var_of_nothing_are_nan():
    assert np.isnan(np.array(mx.mean(mx.zeros((0,)))))
    assert mx.sum(mx.zeros((0, 3)), axis=0).tolist() == [0, 0, 0]
    assert mx.prod(mx.zeros((0,))).item() == 1
    assert mx.all(mx.zeros((0,))).item() is True
    with pytest.raises(ValueError, match="max"):
        mx.max(mx.zeros((0, 3)), axis=0)


@pytest.mark.parametrize("n", [1, 63, 64, 65, 8191, 8192, 8193, 20000, 100_003, 1_000_003])
def test_sums_of_equal_inputs_have_equal_bits_however_they_are_asked_for(n):
    a = np.random.default_rng(1).normal(size=n).astype(np.float32)
    x = mx.array(a)
    twice = mx.array(np.repeat(a, 2))[::2]
    column = mx.array(np.stack([a, a], axis=1))
    wide = mx.array(np.stack([a] * 3, axis=0))
    plain = np.array(mx.sum(x)).tobytes()
    assert abs(mx.sum(x).item() - a.astype(np.float64).sum()) < 1e-3 * np.sqrt(n)
    assert np.array(mx.sum(twice)).tobytes() == plain
    assert np.array(mx.compile(mx.sum)(x)).tobytes() == plain
    assert np.array(mx.sum(column, axis=0))[0].tobytes() == plain
    assert np.array(mx.sum(wide, axis=1))[1].tobytes() == plain
    fused = mx.compile(lambda x: (mx.sum(x * 1.0), mx.sum(mx.sum(x.reshape(1, -1), 0)), mx.exp(x)))(x)
    assert np.array(fused[0]).tobytes() == plain


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "int16", "int32", "int64", "uint32", "float16", "bfloat16", "float32", "float64"]
)
def test_sum_dtypes_and_accuracy(dtype):
    t = getattr(mx, "bool_" if dtype == "bool" else dtype)
    a = np.random.default_rng(2).integers(0, 2 if dtype == "bool" else 50, (300, 70))
    x = mx.array(a, mx.int32).astype(t)
    got = mx.sum(x, axis=0)
    expected = a.sum(0)
    if dtype in ("float16", "bfloat16"):
        assert got.dtype == t
        assert np.allclose(np.array(got.astype(mx.float32)), expected, rtol=2.0**-7)
    else:
        wide = np.array(got).astype(np.float64)
        modulus = 2.0 ** (8 * got.dtype.size) if "float" not in dtype else np.inf
        assert np.array_equal(
            wide % modulus if np.isfinite(modulus) else wide, expected % modulus if np.isfinite(modulus) else expected
        )


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("shape", [(1,), (7,), (64,), (200,), (9000,), (4, 130), (130, 4), (3, 5, 7)])
def test_arg_reductions(name, shape):
    a = np.random.default_rng(3).integers(0, 20, shape).astype(np.float32)  # many ties: the first wins
    for axis in [None, *range(len(shape))]:
        got = getattr(mx, name)(mx.array(a), axis=axis)
        assert got.dtype == mx.uint32
        assert np.array_equal(np.array(got), getattr(np, name)(a, axis=axis))


@pytest.mark.parametrize("shape", [(5,), (3, 4), (64, 300), (2, 3, 9000), (300, 64)])
def test_softmax_and_logsumexp(shape):
    a = (np.random.default_rng(4).normal(size=shape) * 20).astype(np.float32)
    for axis in range(len(shape)):
        wide = a.astype(np.float64)
        e = np.exp(wide - wide.max(axis, keepdims=True))
        assert np.allclose(
            np.array(mx.softmax(mx.array(a), axis=axis)), e / e.sum(axis, keepdims=True), rtol=1e-5, atol=1e-7
        )
        lse = wide.max(axis) + np.log(e.sum(axis))
        assert np.allclose(np.array(mx.logsumexp(mx.array(a), axis=axis)), lse, rtol=1e-6, atol=1e-5)


def test_nan_and_infinity_go_through():
    x = mx.array([1.0, float("nan"), 3.0])
    assert np.isnan(mx.max(x).item())
    assert np.isnan(mx.sum(x).item())
    assert mx.max(mx.array([-float("inf"), -1.0])).item() == -1
    assert mx.logsumexp(mx.array([-float("inf")] * 3)).item() == -float("inf")


def test_shape_operations_are_numpys():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    x = mx.array(a)
    pairs = [
        (mx.reshape(x, (4, -1)), a.reshape(4, -1)),
        (mx.transpose(x), a.T),
        (mx.transpose(x, (1, 0, 2)), a.transpose(1, 0, 2)),
        (x.reshape(6, 4).T.reshape(8, 3), a.reshape(6, 4).T.reshape(8, 3)),
        (mx.broadcast_to(mx.array(a[0, 0]), (5, 4)), np.broadcast_to(a[0, 0], (5, 4))),
        (mx.expand_dims(x, (0, 2)), np.expand_dims(a, (0, 2))),
        (mx.squeeze(mx.expand_dims(x, 1)), a),
        (mx.flatten(x, 1), a.reshape(2, 12)),
        (mx.concatenate([x, x * 2], axis=1), np.concatenate([a, a * 2], 1)),
        (mx.concatenate([x.T, x.T], axis=-1), np.concatenate([a.T, a.T], -1)),
        (mx.stack([x, x], axis=2), np.stack([a, a], 2)),
        (mx.split(x, 2, axis=2)[1], np.split(a, 2, 2)[1]),
        (mx.split(x, [1, 3], axis=2)[1], np.split(a, [1, 3], 2)[1]),
        (mx.swapaxes(x, 0, 2), a.swapaxes(0, 2)),
        (mx.moveaxis(x, 0, -1), np.moveaxis(a, 0, -1)),
        (mx.arange(3, 20, 4), np.arange(3, 20, 4)),
        (mx.arange(0, 1, 0.25), np.arange(0, 1, 0.25)),
        (mx.full((2, 3), 7), np.full((2, 3), 7)),
        (mx.ones((2, 0)), np.ones((2, 0))),
    ]
    for got, expected in pairs:
        assert np.array_equal(np.array(got), expected)


@pytest.mark.parametrize(
    "dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12), ("bfloat16", 2e-2), ("float16", 2e-3)]
)
@pytest.mark.parametrize(
    "sa, sb",
    [
        ((3, 4), (4, 5)),
        ((4,), (4,)),
        ((4,), (4, 5)),
        ((3, 4), (4,)),
        ((2, 3, 4), (4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((0, 4), (4, 5)),
        ((3, 0), (0, 5)),
        ((130, 70), (70, 90)),
        ((1, 64), (64, 1)),
    ],
)
def test_matmul(sa, sb, dtype, tolerance):
    random = np.random.default_rng(6)
    a, b = random.normal(size=sa), random.normal(size=sb)
    t = getattr(mx, dtype)
    x, y = mx.array(a, mx.float64).astype(t), mx.array(b, mx.float64).astype(t)
    expected = np.matmul(np.array(x.astype(mx.float64)), np.array(y.astype(mx.float64)))
    for f in (mx.matmul, mx.compile(mx.matmul)):
        got = f(x, y)
        assert got.dtype == t
        got = np.array(got.astype(mx.float64))
        assert got.shape == expected.shape
        assert np.allclose(got, expected, rtol=tolerance, atol=tolerance * 10)


def test_matmul_of_views_and_epilogues():
    random = np.random.default_rng(7)
    a, b, c = (random.normal(size=s).astype(np.float32) for s in [(40, 30), (50, 30), (50,)])
    x, y, z = mx.array(a), mx.array(b), mx.array(c)
    expected = np.maximum(a @ b.T + c, 0)
    f = mx.compile(lambda x, y, z: mx.maximum(x @ y.T + z, 0))
    assert np.allclose(np.array(f(x, y, z)), expected, rtol=1e-4, atol=1e-4)
    assert np.allclose(np.array(mx.addmm(z, x, y.T)), a @ b.T + c, rtol=1e-4, atol=1e-4)
    assert np.allclose(np.array(x[::2, 3:] @ y[:, 3:].T), a[::2, 3:] @ b[:, 3:].T, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="matmul"):
        x @ y
