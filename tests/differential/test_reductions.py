"""Reductions, composites, shapes and products against NumPy over axes, layouts, dtypes and sizes; and the order of
sums, which depends on extents only."""

import itertools

import numpy as np
import pytest
from op_samples import DTYPES, FLOATS, FORMATS, INTEGERS, dtype_of, exactly, same_bits
from op_samples import layouts as other_layouts

import cermet.core as mx

SHAPES = [(), (1,), (5,), (64,), (65,), (3, 4), (1, 7), (7, 1), (2, 3, 4), (33, 130), (2, 70, 65), (0, 3), (3, 0)]


def axes_of(rank):
    yield None
    for k in range(rank):
        yield k if rank < 3 or k % 2 else k - rank
        if rank < 3:
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
    for k, axis in enumerate(axes_of(len(shape))):
        for keepdims in (k % 2 == 0,) if len(shape) > 2 else (False, True):
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


# ---- Every dtype --------------------------------------------------------------------------------------------------

REDUCTIONS = ["sum", "prod", "max", "min", "all", "any", "argmax", "argmin"]
STATISTICS = ["mean", "var", "std", "logsumexp"]


def matrix(dtype, seed=0):
    """6 x 70 numbers over the whole range of integers, or of size 1, with ties."""
    random = np.random.default_rng(seed)
    if dtype == "bool":
        values = random.integers(0, 2, (6, 70)).astype(bool)
    elif dtype in INTEGERS:
        info = np.iinfo(dtype)
        values = random.integers(info.min, info.max, (6, 70), dtype=dtype, endpoint=True)
        values[:, :2] = [[info.max, info.min]]
        values[3:, 40:] = values[:3, 40:]
    elif dtype == "complex64":
        values = (random.normal(size=(6, 70)) + 1j * random.normal(size=(6, 70))).astype(np.complex64)
    else:
        values = random.uniform(0.8, 1.25, (6, 70)) * random.choice([-1, 1], (6, 70))
        values[3:, 40:] = values[:3, 40:]
    return exactly(values, dtype)


def lexicographic(name, values, axis):
    """max and min of complex numbers: by real, then imaginary part."""
    moved = np.moveaxis(values, axis, 0) if axis is not None else values.reshape(-1)
    order = np.lexsort((moved.imag, moved.real), axis=0)
    pick = order[:1] if name == "min" else order[-1:]
    return np.take_along_axis(moved, pick, 0)[0]


def result_type(dtype):
    """Of sums and products."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def integer_result(name, values, axis, dtype):
    if name in ("sum", "prod"):
        wide = np.uint64 if result_type(dtype).startswith("u") else np.int64
        with np.errstate(all="ignore"):
            return getattr(np, name)(values, axis=axis, dtype=wide).astype(result_type(dtype))
    return getattr(np, name)(values, axis=axis)


def float_error(name, values, axis, dtype):
    """What rounding may do to the result: of the accumulation (float32 for halves) and of the result."""
    eps = 2.0 ** -FORMATS["float32" if dtype in ("float16", "bfloat16", "complex64") else dtype][0]
    expected = getattr(np, name)(values, axis=axis)
    count = values.size if axis is None else values.shape[axis]
    if name == "prod":
        accumulated = eps * count * np.abs(expected)
    elif name in ("sum", "mean"):
        accumulated = eps * 4 * getattr(np, name)(np.abs(values), axis=axis)
    else:
        accumulated = eps * 16 * np.maximum(np.abs(expected), 0.05)
    rounded = 2.0 ** -FORMATS[dtype][0] * np.abs(expected) if dtype in FLOATS else 0
    return expected, accumulated + rounded


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_every_dtype_and_layout(name, dtype):
    x, values = matrix(dtype)
    for axis in (None, 0, 1, -1):
        if dtype == "complex64" and "arg" in name:
            continue
        got = getattr(mx, name)(x, axis=axis)
        if name in ("argmax", "argmin"):
            assert got.dtype == mx.uint32
            assert np.array_equal(np.array(got), getattr(np, name)(values, axis=axis))
        elif name in ("all", "any") or dtype == "bool" or dtype in INTEGERS:
            expected = integer_result(name, values, axis, dtype)
            assert np.array(got).dtype == expected.dtype
            assert np.array_equal(np.array(got), expected)
        elif name in ("max", "min"):
            complexes = dtype == "complex64"
            expected = lexicographic(name, values, axis) if complexes else getattr(np, name)(values, axis=axis)
            assert np.array_equal(np.array(got if complexes else got.astype(mx.float64)), expected)
        else:
            assert got.dtype == dtype_of(dtype)
            wide = values.astype(np.complex128) if dtype == "complex64" else values
            expected, error = float_error(name, wide, axis, dtype)
            numbers = np.array(got if dtype == "complex64" else got.astype(mx.float64))
            assert np.all(np.abs(numbers - expected) <= error)
        compiled = mx.compile(lambda x, axis=axis: getattr(mx, name)(x, axis=axis))
        assert same_bits(compiled(x), got)
        if dtype in ("float32", "int8", "bfloat16", "bool"):
            for layout, y in other_layouts(x).items():
                assert same_bits(getattr(mx, name)(y, axis=axis), got), layout


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_every_dtype(name, dtype):
    x, values = matrix(dtype)
    if dtype in INTEGERS:
        x, values = x % 50, values % values.dtype.type(50)
    result = dtype if dtype in FLOATS else "complex64" if dtype == "complex64" and name != "var" else "float32"
    for axis in (None, 0, 1):
        got = getattr(mx, name)(x, axis=axis, keepdims=True)
        wide = values.astype(np.complex128 if dtype == "complex64" else np.float64)
        if name == "logsumexp":
            top = wide.max(axis, keepdims=True)
            expected = top + np.log(np.exp(wide - top).sum(axis, keepdims=True))
            error = 8 * 2.0**-23 * np.maximum(1, np.abs(expected))
            error += 0 if result == "float32" else 2.0 ** -FORMATS.get(result, (23,))[0] * np.abs(expected)
        else:
            expected, error = float_error(name, wide, axis, dtype if dtype in FLOATS else "float32")
            expected, error = (np.reshape(v, got.shape) for v in (expected, error))
        if dtype == "complex64" and name in ("var", "std"):
            assert got.dtype == mx.float32
        else:
            assert got.dtype == dtype_of(result)
        numbers = np.array(got if got.dtype == mx.complex64 else got.astype(mx.float64))
        assert np.all(np.abs(numbers - expected) <= error), (axis, numbers, expected)
        compiled = mx.compile(lambda x, axis=axis: getattr(mx, name)(x, axis=axis, keepdims=True))
        assert same_bits(compiled(x), got)


@pytest.mark.parametrize("dtype", [*FLOATS, "complex64", "int32", "bool"])
@pytest.mark.parametrize("precise", [False, True])
def test_softmax_of_every_dtype(dtype, precise):
    x, values = matrix(dtype)
    if dtype == "int32":
        x, values = x % 50, values % 50
    wide = values.astype(np.complex128 if dtype == "complex64" else np.float64)
    for axis in (None, 0, 1, (0, 1)):
        got = mx.softmax(x, axis=axis, precise=precise)
        assert got.dtype == (dtype_of(dtype) if dtype in (*FLOATS, "complex64") else mx.float32)
        e = np.exp(wide - wide.real.max(axis, keepdims=True))
        expected = e / e.sum(axis, keepdims=True)
        eps = 2.0 ** -FORMATS.get(dtype, (23,))[0]
        numbers = np.array(got if dtype == "complex64" else got.astype(mx.float64))
        assert np.all(np.abs(numbers - expected) <= (eps + 16 * 2.0**-23) * np.abs(expected) + 1e-7)


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_values(dtype):
    nan, inf = np.nan, np.inf
    t = dtype_of(dtype)

    def of(*numbers):
        return mx.array(numbers, mx.float64).astype(t)

    for position in (0, 5, 99):
        values = np.arange(100.0)
        values[position] = nan
        x = of(*values)
        for name in ("sum", "prod", "max", "min", "mean", "var", "std", "logsumexp"):
            assert np.isnan(getattr(mx, name)(x).item()), name
        assert mx.argmax(x).item() == mx.argmin(x).item() == position
        assert mx.all(of(nan, 1)).item() and mx.any(of(nan, 0)).item()
    assert mx.sum(of(inf, 1)).item() == inf
    assert np.isnan(mx.sum(of(inf, -inf)).item())
    assert mx.max(of(-inf, -inf)).item() == -inf
    assert mx.min(of(inf, inf)).item() == inf
    assert np.isnan(mx.prod(of(inf, 0)).item())
    assert mx.logsumexp(of(-inf, -inf)).item() == -inf
    assert mx.logsumexp(of(inf, 1)).item() == inf
    assert mx.softmax(of(-inf, 0, -inf)).tolist() == [0, 1, 0]
    assert not mx.any(of(0.0, -0.0)).item()
    largest = FORMATS[dtype][2]
    assert mx.max(of(-largest, -inf)).item() == -largest
    smallest = 2.0 ** (FORMATS[dtype][1] - FORMATS[dtype][0])
    assert mx.any(of(0, smallest)).item()
    assert mx.max(of(-smallest, -1)).item() == -smallest
    assert mx.argmin(of(smallest, 0, -0.0)).item() == 1


def test_halves_sum_in_float32():
    for t, n in ((mx.float16, 4096), (mx.bfloat16, 1024)):
        assert mx.sum(mx.ones((n,), t)).item() == n
        assert mx.mean(mx.full((70000,), 3.0, t)).item() == 3.0


def test_var_and_std_take_ddof():
    values = np.random.default_rng(3).normal(size=(4, 30))
    x = mx.array(values, mx.float64)
    for ddof in (0, 1, 2):
        for name in ("var", "std"):
            expected = getattr(np, name)(values, axis=1, ddof=ddof)
            assert np.allclose(np.array(getattr(mx, name)(x, axis=1, ddof=ddof)), expected, rtol=1e-13)
            assert np.allclose(np.array(getattr(x, name)(1, False, ddof)), expected, rtol=1e-13)
            assert np.allclose(np.array(getattr(x, name)(1, correction=ddof)), expected, rtol=1e-13)
    assert mx.var(mx.array([3.0]), ddof=1).tolist() != mx.var(mx.array([3.0])).tolist()
    with pytest.raises(ValueError, match="correction"):
        mx.var(x, ddof=1, correction=1)


@pytest.mark.parametrize("name", [*REDUCTIONS, *STATISTICS, "softmax"])
def test_bad_axes(name):
    x = mx.zeros((2, 3))
    for axis in (2, -3):
        with pytest.raises(IndexError, match=name):
            getattr(mx, name)(x, axis=axis)
    with pytest.raises(TypeError, match=name):
        getattr(mx, name)(x, axis="rows")
    if "arg" not in name:
        with pytest.raises(ValueError, match=name):
            getattr(mx, name)(x, axis=(0, 0))


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
