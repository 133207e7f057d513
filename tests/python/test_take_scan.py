"""take, take_along_axis and running reductions: against NumPy, compiled against uncompiled."""

import itertools

import numpy as np
import pytest

import cermet.core as mx

INDEX_DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = [
    "bool_",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
]
SCANS = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


def sample(shape, dtype="float32", seed=0):
    """Small values, exact in every dtype (products of them stay exact in what tests multiply)."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, size=shape)
    kind = dtype.rstrip("_")
    if kind.startswith("uint") or kind == "bool":
        x = np.abs(x)
    x = x.astype(kind)
    return x + 1j * rng.integers(-2, 3, size=shape).astype("float32") if kind == "complex64" else x


def same(actual, expected):
    actual = np.array(actual)
    assert actual.shape == expected.shape
    np.testing.assert_array_equal(actual, expected)


def compiled_too(f, *args):
    """The result, which the compiled function must give bit for bit."""
    plain, compiled = f(*args), mx.compile(f)(*args)
    assert plain.dtype == compiled.dtype and plain.shape == compiled.shape
    same(compiled, np.array(plain))
    return plain


# ---- take ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_take_moves_every_dtype(dtype, axis):
    x = sample((3, 4, 5), dtype)
    index = np.array([[2, 0], [1, -1], [-3, 2]])
    out = compiled_too(lambda a, i: mx.take(a, i, axis=axis), mx.array(x, dtype=getattr(mx, dtype)), mx.array(index))
    assert out.dtype == getattr(mx, dtype)
    same(out, np.take(x, index, axis=axis))


def test_take_bfloat16():
    x = mx.arange(6).astype(mx.bfloat16)
    assert mx.take(x, mx.array([5, 0])).tolist() == [5.0, 0.0]
    assert mx.take_along_axis(x, mx.array([3, 3]), axis=0).dtype == mx.bfloat16


@pytest.mark.parametrize("dtype", INDEX_DTYPES)
def test_take_index_dtypes(dtype):
    x = np.arange(1000, dtype=np.float32)
    index = np.array([0, 7, 127, 3]).astype(dtype)
    same(compiled_too(lambda a, i: mx.take(a, i, axis=0), mx.array(x), mx.array(index)), x[index.astype(int)])


def test_take_wraps_negative_indices_once_and_clamps():
    x = np.arange(10.0, 16.0, dtype=np.float32)
    index = np.array([-1, -6, -7, 5, 6, 2**31 - 1, -(2**31), 2**62, -(2**62)])
    expected = x[np.clip(np.where(index < 0, index + 6, index), 0, 5)]
    same(compiled_too(lambda a, i: mx.take(a, i, axis=0), mx.array(x), mx.array(index)), expected)
    unsigned = np.array([0, 5, 6, 2**63 + 1], dtype=np.uint64)
    same(mx.take(mx.array(x), mx.array(unsigned)), np.array([10, 15, 15, 15], dtype=np.float32))
    same(mx.take(mx.array(x), mx.array(np.array([2**32 - 1], dtype=np.uint32))), x[5:])


@pytest.mark.parametrize("shape", [(6, 8), (1, 8), (6, 1), (2, 3, 4), (7,)])
@pytest.mark.parametrize("view", ["plain", "transposed", "backwards", "every second"])
def test_take_of_views(shape, view):
    x = sample(shape, seed=1)
    a = mx.array(x)
    if view == "transposed":
        x, a = x.T, mx.transpose(a)
    elif view == "backwards":
        x, a = x[::-1], a[::-1]
    elif view == "every second":
        x, a = x[..., ::2], a[..., ::2]
    for axis in range(x.ndim):
        index = np.array([0, x.shape[axis] - 1, 0, -1])
        same(mx.take(a, mx.array(index), axis=axis), np.take(x, index, axis=axis))
        same(mx.take(a, mx.array(index)[::2], axis=axis), np.take(x, index[::2], axis=axis))
    flat = np.array([0, x.size - 1, x.size // 2])
    same(compiled_too(mx.take, a, mx.array(flat)), x.reshape(-1)[flat])


def test_take_empty_and_scalars():
    x = sample((3, 4))
    none = np.zeros((0,), dtype=np.int32)
    assert mx.take(mx.array(x), mx.array(none), axis=1).shape == (3, 0)
    assert mx.take(mx.zeros((0, 4)), mx.array(none), axis=0).shape == (0, 4)
    assert mx.take(mx.zeros((3, 0)), mx.array([1, 2]), axis=0).shape == (2, 0)
    same(mx.take(mx.array(x), mx.array(2), axis=0), x[2])
    same(mx.take(mx.array(5.0), mx.array([0, 0])), np.array([5.0, 5.0], dtype=np.float32))
    same(mx.take(mx.array(x), 2, axis=1), x[:, 2])
    same(mx.take(mx.array(x), -1, axis=0), x[-1])
    assert mx.take(mx.array(x), 7).item() == x.reshape(-1)[7]


def test_take_large():
    rng = np.random.default_rng(3)
    table = rng.standard_normal((500, 300)).astype(np.float32)
    rows = rng.integers(-500, 500, size=(40, 50))
    same(mx.take(mx.array(table), mx.array(rows), axis=0), table[rows])
    same(mx.take(mx.array(table), mx.array(rows % 300), axis=1), table[:, rows % 300])
    long = rng.integers(0, 150000, size=100001)
    same(mx.take(mx.array(table), mx.array(long.astype(np.int32))), table.reshape(-1)[long])


def test_take_errors():
    x = mx.zeros((3, 4))
    with pytest.raises(TypeError, match=r"\[take\] indices must have an integer dtype, got float32"):
        mx.take(x, mx.array([1.0]), axis=0)
    with pytest.raises(TypeError, match="bool"):
        mx.take(x, mx.array([True]), axis=0)
    with pytest.raises(IndexError, match=r"\[take\]"):
        mx.take(x, mx.array([1]), axis=2)
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 of extent 3"):
        mx.take(x, 3, axis=0)
    with pytest.raises(IndexError, match="empty"):
        mx.take(mx.zeros((0, 4)), mx.array([0]), axis=0)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_take_along_axis(dtype, axis):
    x = sample((3, 4, 5), seed=2)
    shape = list(x.shape)
    shape[axis] = 7
    index = np.random.default_rng(5).integers(0, x.shape[axis], size=shape).astype(dtype)
    expected = np.take_along_axis(x, index.astype(int), axis=axis)
    same(compiled_too(lambda a, i: mx.take_along_axis(a, i, axis=axis), mx.array(x), mx.array(index)), expected)


def test_take_along_axis_broadcasts_and_flattens():
    x = sample((3, 4), seed=3)
    a = mx.array(x)
    same(mx.take_along_axis(a, mx.array([[1]]), axis=1), x[:, 1:2])
    same(mx.take_along_axis(a[:1], mx.array([[0], [1], [-1]]), axis=1), x[0, [0, 1, 3]][:, None])
    same(mx.take_along_axis(a, mx.array([5, 0]), axis=None), x.reshape(-1)[[5, 0]])
    same(mx.take_along_axis(a.T, mx.argmax(a.T, axis=1, keepdims=True), axis=1), x.T.max(axis=1, keepdims=True))
    assert mx.take_along_axis(a, mx.zeros((3, 0), dtype=mx.int32)).shape == (3, 0)
    with pytest.raises(ValueError, match="dimensions"):
        mx.take_along_axis(a, mx.array([0]), axis=1)
    with pytest.raises(ValueError):
        mx.take_along_axis(a, mx.zeros((2, 1), dtype=mx.int32), axis=1)
    with pytest.raises(TypeError, match="float32"):
        mx.take_along_axis(a, mx.zeros((3, 1)), axis=1)
    with pytest.raises(IndexError):
        mx.take_along_axis(mx.array(3.0), mx.array(0), axis=0)


def test_embedding_lookup_is_one_kernel(kernels):
    table = mx.array(sample((50, 16), seed=4))
    tokens = mx.array(np.array([[3, 4], [5, 49]]))
    bias = mx.array(sample((16,), seed=5))

    @mx.compile
    def lookup(table, tokens, bias):
        return mx.tanh(mx.take(table * 2, tokens * 1, axis=0) + bias)

    expected = mx.tanh(mx.take(table, tokens, axis=0) * 2 + bias)
    np.testing.assert_allclose(np.array(lookup(table, tokens, bias)), np.array(expected), rtol=1e-6)
    kernels()
    mx.eval(lookup(table, tokens, bias))
    assert kernels() == 1


def test_cross_entropy_gathers_in_the_reducing_kernel(kernels):
    logits = mx.array(sample((8, 33), seed=6))
    labels = mx.array(np.arange(8) * 4)

    @mx.compile
    def loss(logits, labels):
        score = mx.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
        return mx.logsumexp(logits, axis=-1) - score

    x = np.array(logits, dtype=np.float64)
    expected = np.log(np.exp(x).sum(axis=1)) - x[np.arange(8), np.arange(8) * 4]
    np.testing.assert_allclose(np.array(loss(logits, labels)), expected, rtol=1e-5)
    kernels()
    mx.eval(loss(logits, labels))
    assert kernels() == 1


# ---- Scans ---------------------------------------------------------------------------------------------------------


def reference_scan(name, x, axis, reverse, inclusive):
    """In order, in double precision or wide integers, rounded once."""
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64 if x.dtype.kind == "f" else np.int64)
    if name == "logcumsumexp":
        wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    if reverse:
        wide = np.flip(wide, axis)
    if x.dtype.kind in "biu" and name != "logcumsumexp":
        limits = (0, 1) if x.dtype.kind == "b" else (np.iinfo(x.dtype).min, np.iinfo(x.dtype).max)
        lowest, highest = limits
    else:
        lowest, highest = -np.inf, np.inf
    combine, identity = {
        "cumsum": (np.add, 0),
        "cumprod": (np.multiply, 1),
        "cummax": (np.maximum, lowest),
        "cummin": (np.minimum, highest),
        "logcumsumexp": (np.logaddexp, -np.inf),
    }[name]
    out = combine.accumulate(wide, axis=axis)
    if not inclusive:
        first = np.full_like(np.take(wide, [0], axis=axis), identity)
        out = np.concatenate([first, np.delete(out, -1, axis=axis)], axis=axis)
    return np.flip(out, axis) if reverse else out


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d not in ("complex64", "uint64")])
@pytest.mark.parametrize("name", SCANS)
def test_scan_dtypes(name, dtype):
    x = sample((4, 6), dtype, seed=7)
    a = mx.array(x, dtype=getattr(mx, dtype))
    for axis, reverse, inclusive in itertools.product([0, 1], [False, True], [False, True]):
        out = compiled_too(lambda y: getattr(mx, name)(y, axis, reverse=reverse, inclusive=inclusive), a)
        expected = reference_scan(name, x, axis, reverse, inclusive)
        if name == "logcumsumexp":
            assert out.dtype == (getattr(mx, dtype) if x.dtype.kind == "f" else mx.float32)
            np.testing.assert_allclose(
                np.array(out, dtype=np.float64), expected, rtol=2e-3 if dtype == "float16" else 1e-6
            )
        else:
            wanted = mx.int32 if (dtype, name) == ("bool_", "cumsum") else getattr(mx, dtype)
            assert out.dtype == wanted
            same(out, expected.astype(np.array(out).dtype))


def test_scan_complex():
    x = sample((3, 5), "complex64", seed=8)
    for axis, reverse in itertools.product([0, 1], [False, True]):
        for name in ["cumsum", "cumprod"]:
            out = compiled_too(lambda a: getattr(mx, name)(a, axis, reverse=reverse), mx.array(x))
            same(out, reference_scan(name, x, axis, reverse, True).astype(np.complex64))
    fused = mx.compile(lambda a: mx.cumsum(mx.exp(a), axis=1) * a)
    np.testing.assert_allclose(np.array(fused(mx.array(x))), np.cumsum(np.exp(x), axis=1) * x, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(1000,), (5, 1000), (3, 700, 5), (2, 300, 200), (40, 130, 1), (1, 1), (9, 1, 4)])
def test_scan_shapes(shape):
    x = sample(shape, seed=9)
    a = mx.array(x)
    for axis in range(len(shape)):
        for reverse, inclusive in itertools.product([False, True], [False, True]):
            out = compiled_too(lambda y: mx.cumsum(y, axis, reverse=reverse, inclusive=inclusive), a)
            same(out, reference_scan("cumsum", x, axis, reverse, inclusive).astype(np.float32))
    same(mx.cumsum(a), np.cumsum(x))


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_of_views(reverse):
    x = sample((6, 8, 4), seed=10)
    a = mx.array(x)
    for view in [
        lambda y: y[::-1],
        lambda y: y[:, ::2],
        lambda y: y.transpose(2, 0, 1),
        lambda y: y.transpose(1, 2, 0)[1:, ::-1],
    ]:
        for axis in range(3):
            expected = reference_scan("cumsum", view(x), axis, reverse, True).astype(np.float32)
            same(mx.cumsum(view(a), axis, reverse=reverse), expected)
            same(mx.compile(lambda y: mx.cumsum(view(y), axis, reverse=reverse))(a), expected)


def test_scan_order_is_one_after_the_other():
    x = np.random.default_rng(11).standard_normal((3, 5000)).astype(np.float32)
    same(mx.cumsum(mx.array(x), axis=1), np.cumsum(x, axis=1, dtype=np.float32))
    same(mx.cumsum(mx.array(x.T.copy()), axis=0), np.cumsum(x.T, axis=0, dtype=np.float32))
    same(mx.compile(lambda a: mx.cumsum(mx.abs(a) * 2 + 1, axis=1))(mx.array(x)), np.cumsum(np.abs(x) * 2 + 1, axis=1))


def test_scan_halves_accumulate_in_float32():
    x = mx.full((4096,), 0.25).astype(mx.float16)
    assert mx.cumsum(x)[-1].item() == 1024.0
    assert mx.cumsum(mx.full((1000,), 1.0).astype(mx.bfloat16))[-1].item() == 1000.0


def test_scan_special_values():
    x = np.array([1.0, np.nan, 3.0, -np.inf], dtype=np.float32)
    same(mx.cummax(mx.array(x)), np.maximum.accumulate(x))
    same(mx.cummin(mx.array(x), reverse=True), np.minimum.accumulate(x[::-1])[::-1])
    big = mx.array([1000.0, 1000.0, -1000.0])
    np.testing.assert_allclose(np.array(mx.logcumsumexp(big)), 1000 + np.log([1, 2, 2]), rtol=1e-6)
    same(mx.logcumsumexp(mx.array([-np.inf, -np.inf])), np.array([-np.inf, -np.inf], dtype=np.float32))


def test_scan_empty_and_scalars():
    assert mx.cumsum(mx.array(3)).tolist() == [3]
    assert mx.cumsum(mx.zeros((0,))).shape == (0,)
    assert mx.cumprod(mx.zeros((3, 0)), axis=0).shape == (3, 0)
    assert mx.cumsum(mx.zeros((3, 0))).shape == (0,)
    with pytest.raises(IndexError, match=r"\[cumsum\]"):
        mx.cumsum(mx.array(3), axis=0)
    with pytest.raises(IndexError, match=r"\[cummax\]"):
        mx.cummax(mx.zeros((2, 2)), axis=2)


def test_scan_methods_and_dtype():
    x = mx.array([[1, 2], [3, 4]])
    assert x.cumsum(1).tolist() == [[1, 3], [3, 7]]
    assert x.cumprod(axis=0, reverse=True).tolist() == [[3, 8], [3, 4]]
    assert x.cummax(0).tolist() == [[1, 2], [3, 4]] and x.cummin().tolist() == [1, 1, 1, 1]
    assert x.logcumsumexp(axis=1).shape == (2, 2)
    assert mx.cumsum(x, dtype=mx.float32).dtype == mx.float32
    assert mx.cumulative_sum(x, axis=1).tolist() == [[1, 3], [3, 7]]
    assert mx.cumulative_prod(x).tolist() == [1, 2, 6, 24]


def test_scans_fuse_with_what_is_around_them(kernels):
    x = mx.array(sample((70, 90), seed=12))

    @mx.compile
    def f(a):
        y = mx.exp(a)
        total = mx.cumsum(y, axis=1)
        return y / total, mx.cummax(total - a, axis=1)

    first, second = f(x)
    y = np.exp(np.array(x, dtype=np.float64))
    total = np.cumsum(y, axis=1)
    np.testing.assert_allclose(np.array(first), y / total, rtol=1e-5)
    np.testing.assert_allclose(np.array(second), np.maximum.accumulate(total - np.array(x), axis=1), rtol=1e-5)
    kernels()
    mx.eval(f(x))
    assert kernels() == 1


@pytest.mark.parametrize("reduce", ["sum", "max", "argmax", "var", "logsumexp"])
@pytest.mark.parametrize("taken", [0, 1, 2])
@pytest.mark.parametrize("reduced", [0, 1, 2])
def test_reductions_of_what_a_gather_reads(reduce, taken, reduced):
    # Where it reads is known within the reduction only, though it may be the same for all that is reduced.
    indices = mx.array([1, 0, 1])

    def f(x):
        return getattr(mx, reduce)(mx.take(x, indices, axis=taken), axis=reduced)

    x = mx.random.normal((2, 3, 40), key=mx.random.key(3))
    np.testing.assert_allclose(np.array(mx.compile(f)(x)), np.array(f(x)), rtol=1e-5, atol=1e-6)
