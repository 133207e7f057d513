"""Constants, ranges, unit matrices and windows against NumPy."""

import numpy as np
import pytest

import cermet.core as mx

DTYPES = [mx.bool_, mx.uint8, mx.int8, mx.int16, mx.int32, mx.int64, mx.float16, mx.float32, mx.float64, mx.complex64]


def same(x, expected, dtype=None):
    expected = np.asarray(expected)
    assert x.shape == expected.shape
    if dtype is not None:
        assert x.dtype == dtype
    np.testing.assert_array_equal(np.array(x), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_constants_in_every_dtype(dtype):
    for shape in [(), 3, (2, 3), (0,), [2, 0, 1]]:
        same(mx.zeros(shape, dtype), np.zeros(shape), dtype)
        same(mx.ones(shape, dtype=dtype), np.ones(shape), dtype)
        same(mx.full(shape, 1, dtype), np.full(shape, 1), dtype)
    x = mx.zeros((2, 3), dtype)
    same(mx.ones_like(x), np.ones((2, 3)), dtype)
    same(mx.full_like(x, 1), np.ones((2, 3)), dtype)
    same(mx.zeros_like(x, dtype=mx.int16), np.zeros((2, 3)), mx.int16)
    same(mx.full_like(mx.array([1, 2]), 3.7, dtype=dtype), np.full(2, 3.7).astype(np.array(x).dtype), dtype)


def test_full_broadcasts_arrays():
    same(mx.full((2, 3), mx.array([1, 2, 3])), [[1, 2, 3]] * 2, mx.int32)
    same(mx.full((2, 2), [[1.5], [2.5]]), [[1.5, 1.5], [2.5, 2.5]], mx.float32)
    same(mx.full_like(mx.zeros((2, 2), mx.int32), mx.array([1.9, 2.9])), [[1, 2]] * 2, mx.int32)
    same(mx.full((2,), 3), [3, 3], mx.int32)
    same(mx.full((2,), True), [True, True], mx.bool_)
    with pytest.raises(ValueError, match=r"\[broadcast_to\]"):
        mx.full((2, 3), mx.array([1, 2]))


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize("m", [None, 0, 3])
@pytest.mark.parametrize("k", [-7, -1, 0, 2, 5])
def test_eye_and_tri(n, m, k):
    same(mx.eye(n, m, k), np.eye(n, m, k), mx.float32)
    same(mx.tri(n, m, k), np.tri(n, m, k), mx.float32)
    same(mx.tri(n, m, k, dtype=mx.int8), np.tri(n, m, k), mx.int8)
    same(mx.identity(n, mx.int32), np.identity(n), mx.int32)


@pytest.mark.parametrize(
    "args",
    [(5,), (0,), (-3,), (2, 7), (7, 2), (7, 2, -2), (1, 8, 3), (0, 1, 0.25), (5.0,), (1, None, 1), (-5, 5, 2.5)],
)
def test_arange_counts_like_numpy(args):
    expected = np.arange(*[a for a in args if a is not None][: 1 if None in args else 3])
    x = mx.arange(*args)
    real = any(isinstance(a, float) for a in args)
    same(x, expected, mx.float32 if real else mx.int32)


def test_arange_keywords_and_dtypes():
    same(mx.arange(stop=5), np.arange(5))
    same(mx.arange(5, step=2), [0, 2, 4])
    same(mx.arange(start=1, stop=3), [1, 2])
    same(mx.arange(3, dtype=mx.float16), [0, 1, 2], mx.float16)
    same(mx.arange(200, dtype=mx.uint8), np.arange(200), mx.uint8)
    same(mx.arange(2**40, 2**40 + 3), np.arange(2**40, 2**40 + 3), mx.int64)
    same(mx.arange(2**62, 2**62 + 7, 3), [2**62, 2**62 + 3, 2**62 + 6], mx.int64)
    same(mx.arange(2**62, 2**62 - 3, -1), [2**62, 2**62 - 1, 2**62 - 2], mx.int64)
    same(mx.arange(2**62, 2**62 + 3, -1), [], mx.int64)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mx.arange(), TypeError, r"\[arange\] `stop` is missing"),
        (lambda: mx.arange("a"), TypeError, r"\[arange\] `start` must be a real number, not str"),
        (lambda: mx.arange(1j), TypeError, r"\[arange\] `start` must be a real number, not complex"),
        (lambda: mx.arange(0, 5, 0), ValueError, r"\[arange\]"),
        (lambda: mx.arange(float("nan")), ValueError, r"\[arange\]"),
        (lambda: mx.arange(float("inf")), ValueError, r"\[arange\]"),
        (lambda: mx.arange(5, dtype=mx.bool_), ValueError, r"\[arange\]"),
        (lambda: mx.zeros(-1), ValueError, r"\[zeros\]"),
        (lambda: mx.zeros((1 << 40, 1 << 40)), ValueError, r"\[zeros\]"),
        (lambda: mx.eye(-1), ValueError, r"\[eye\]"),
        (lambda: mx.tri(2, -1), ValueError, r"\[tri\]"),
        (lambda: mx.linspace(0, 1, -1), ValueError, r"\[linspace\]"),
        (lambda: mx.full("x", 1), TypeError, r"\[full\] `shape`"),
    ],
)
def test_bad_creation(call, error, message):
    with pytest.raises(error, match="(?i)" + message):
        call()


@pytest.mark.parametrize("num", [0, 1, 2, 5, 50])
@pytest.mark.parametrize("endpoint", [True, False])
def test_linspace(num, endpoint):
    for start, stop in [(0, 1), (3, -1.5), (2, 2)]:
        expected = np.linspace(start, stop, num, endpoint=endpoint)
        x = mx.linspace(start, stop, num, endpoint=endpoint)
        assert x.dtype == mx.float32
        np.testing.assert_allclose(np.array(x), expected, rtol=1e-6, atol=1e-6)
        wide = mx.linspace(start, stop, num, endpoint, dtype=mx.float64)
        assert wide.dtype == mx.float64
        np.testing.assert_allclose(np.array(wide), expected, rtol=1e-14, atol=1e-14)
        if num > 1 and endpoint:
            assert x[-1].item() == stop
    assert mx.linspace(0, 1).shape == (50,)
    same(mx.linspace(3, 1, 4, dtype=mx.int32), [3, 2, 1, 1], mx.int32)


@pytest.mark.parametrize("m", [-1, 0, 1, 2, 5, 32])
@pytest.mark.parametrize("name", ["bartlett", "hanning", "hamming", "blackman"])
def test_windows(name, m):
    x = getattr(mx, name)(m)
    assert x.dtype == mx.float32
    np.testing.assert_allclose(np.array(x), getattr(np, name)(m), atol=1e-7)


def test_creation_compiles():
    def f(x):
        n = x.shape[0]
        return mx.arange(n) + x, mx.eye(n, k=1) * x, mx.full((2, n), x), mx.tri(n), mx.linspace(0, 1, n), mx.hanning(n)

    x = mx.array([1.0, 2.0, 3.0])
    for eager, compiled in zip(f(x), mx.compile(f)(x)):
        assert eager.dtype == compiled.dtype
        np.testing.assert_array_equal(np.array(eager), np.array(compiled))
