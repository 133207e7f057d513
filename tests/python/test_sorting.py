"""Sorting, partitioning and searching against NumPy: every dtype, axis and layout, NaN, zeros of both signs, ties."""

import numpy as np
import pytest

import cermet.core as mx

INTEGERS = ["bool_", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
HALVES = ["float16", "bfloat16"]
FLOATS = ["float32", "float64"]
DTYPES = INTEGERS + HALVES + FLOATS + ["complex64"]


def samples(dtype, shape, seed=0):
    """(Cermet's array, NumPy's array with the same values) with ties, extremes and, where there are some, NaN."""
    rng = np.random.default_rng(seed)
    if dtype in INTEGERS:
        kind = np.dtype(dtype.rstrip("_"))
        if kind == np.bool_:
            values = rng.integers(0, 2, shape).astype(kind)
        else:
            limits = np.iinfo(kind)
            values = rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)
            small = rng.integers(0, 5, shape).astype(kind)
            values = np.where(rng.random(shape) < 0.5, small, values)
        return mx.array(values), values
    specials = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1.5, 1.5])

    def real():
        values = np.round(rng.standard_normal(shape) * 4, 1)
        return np.where(rng.random(shape) < 0.3, rng.choice(specials, shape), values)

    if dtype == "complex64":
        values = (np.round(real()) + 1j * np.round(real())).astype(np.complex64)
        return mx.array(values), values
    if dtype == "bfloat16":
        x = mx.array(real().astype(np.float32)).astype(mx.bfloat16)
        return x, np.array(x.astype(mx.float32))
    values = real().astype(dtype)
    return mx.array(values, getattr(mx, dtype)), values


def as_numpy(x):
    return np.array(x.astype(mx.float32)) if x.dtype == mx.bfloat16 else np.array(x)


def assert_same(actual, expected):
    """Equal in every bit, but for the payload of NaN that conversions between halves change."""
    actual = as_numpy(actual) if isinstance(actual, mx.array) else actual
    assert actual.shape == expected.shape
    np.testing.assert_array_equal(actual, expected)
    if expected.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(actual), np.signbit(expected))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1,), (7,), (300,), (5000,), (3, 17), (40, 260), (2, 3, 130)])
def test_sort_and_argsort_equal_numpys_stable_sort_on_every_axis(dtype, shape):
    x, expected = samples(dtype, shape)
    for axis in [*range(-len(shape), len(shape)), None]:
        order = mx.argsort(x, axis)
        assert order.dtype == mx.uint32
        expected_order = np.argsort(expected, axis=axis, kind="stable")
        np.testing.assert_array_equal(np.array(order), expected_order)
        flat = expected.reshape(-1) if axis is None else expected
        assert_same(mx.sort(x, axis=axis), np.take_along_axis(flat, expected_order, 0 if axis is None else axis))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "float16", "complex64"])
def test_long_arrays_that_threads_share(dtype):
    x, expected = samples(dtype, (300_000,), seed=1)
    order = np.argsort(expected, kind="stable")
    np.testing.assert_array_equal(np.array(mx.argsort(x)), order)
    assert_same(mx.sort(x), expected[order])
    constant = mx.full((100_000,), 3.0)
    assert mx.argsort(constant).tolist() == list(range(100_000))


@pytest.mark.parametrize("dtype", ["int32", "float32", "uint8", "float64", "complex64"])
def test_strided_inputs(dtype):
    x, expected = samples(dtype, (40, 60, 6))
    views = [
        (x.transpose(2, 0, 1), expected.transpose(2, 0, 1)),
        (x[::-1, ::2, 1::3], expected[::-1, ::2, 1::3]),
        (mx.broadcast_to(x[:, :1], (40, 5, 6)), np.broadcast_to(expected[:, :1], (40, 5, 6))),
        (x[3, ::-1, 2], expected[3, ::-1, 2]),
    ]
    for view, like in views:
        for axis in range(like.ndim):
            order = np.argsort(like, axis=axis, kind="stable")
            np.testing.assert_array_equal(np.array(mx.argsort(view, axis)), order)
            assert_same(mx.sort(view, axis), np.take_along_axis(like, order, axis))


def test_nan_is_last_and_payloads_survive():
    bits = np.array([0x7FC00001, 0x3F800000, 0xFFC00002, 0x80000000, 0x00000000, 0xFF800000], np.uint32)
    result = np.array(mx.sort(mx.array(bits.view(np.float32)))).view(np.uint32)
    assert result.tolist() == [0xFF800000, 0x80000000, 0x00000000, 0x3F800000, 0x7FC00001, 0xFFC00002]


def test_empty_arrays():
    assert mx.sort(mx.zeros((0,))).shape == (0,)
    assert mx.sort(mx.zeros((3, 0)), axis=0).shape == (3, 0)
    assert mx.argsort(mx.zeros((3, 0))).shape == (3, 0)
    assert mx.sort(mx.zeros((0, 3)), axis=None).shape == (0,)
    assert mx.topk(mx.zeros((0, 3)), 2).shape == (0, 2)
    assert mx.topk(mx.arange(3), 0).shape == (0,)
    assert mx.partition(mx.zeros((0, 3)), 1).shape == (0, 3)
    assert mx.searchsorted(mx.zeros((0,)), mx.array([1.0, 2.0])).tolist() == [0, 0]
    assert mx.searchsorted(mx.arange(3), mx.zeros((0, 2))).shape == (0, 2)


def test_scalars_have_no_axis_but_flatten():
    x = mx.array(3.0)
    assert mx.sort(x, axis=None).tolist() == [3]
    assert mx.argsort(x, axis=None).tolist() == [0]
    with pytest.raises(IndexError, match="sort"):
        mx.sort(x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1,), (9,), (2000,), (6, 300), (30, 4, 5)])
def test_partition_puts_one_element_in_its_place(dtype, shape):
    x, expected = samples(dtype, shape)
    for axis in [*range(-len(shape), len(shape)), None]:
        flat = expected.reshape(-1) if axis is None else expected
        ax = 0 if axis is None else axis
        n = flat.shape[ax]
        rank = np.argsort(np.argsort(flat, axis=ax, kind="stable"), axis=ax, kind="stable")
        keys = np.sort(flat, axis=ax)
        for kth in {0, n // 2, n - 1, -1}:
            indices = np.array(mx.argpartition(x, kth, axis))
            assert np.array_equal(np.sort(indices, axis=ax), np.sort(rank, axis=ax))  # a permutation
            values = np.take_along_axis(flat, indices.astype(np.int64), ax)
            assert_same(mx.partition(x, kth, axis), values)
            place = kth % n
            first, middle, last = np.split(values, [place, place + 1], axis=ax)
            wanted = np.split(keys, [place, place + 1], axis=ax)
            for part, sorted_part in zip((first, middle, last), wanted, strict=True):
                np.testing.assert_array_equal(np.sort(part, axis=ax), sorted_part)


@pytest.mark.parametrize("dtype", DTYPES)
def test_topk_gives_the_greatest(dtype):
    x, expected = samples(dtype, (20, 50))
    for axis, k in [(-1, 1), (-1, 7), (-1, 50), (0, 3), (0, 20)]:
        result = as_numpy(mx.topk(x, k, axis=axis))
        wanted = np.take(np.sort(expected, axis=axis), range(-k, 0), axis=axis)
        np.testing.assert_array_equal(np.sort(result, axis=axis), wanted)
    flat = as_numpy(mx.topk(x, 100, axis=None))
    np.testing.assert_array_equal(np.sort(flat), np.sort(expected.reshape(-1))[-100:])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted_equals_numpys(dtype, side):
    x, expected = samples(dtype, (50,), seed=2)
    v, values = samples(dtype, (40, 30), seed=3)
    sequence = np.sort(expected)
    wanted = np.searchsorted(sequence, values, side=side)
    for v_view, want in [(v, wanted), (v.T, wanted.T), (v[::3, ::-2], wanted[::3, ::-2]), (v[0, 0], wanted[0, 0])]:
        result = mx.searchsorted(mx.sort(x), v_view, side)
        assert result.dtype == mx.uint32
        np.testing.assert_array_equal(np.array(result), want)


def test_searchsorted_promotes():
    assert mx.searchsorted(mx.array([1, 2, 3]), mx.array([2.5, 3.0])).tolist() == [2, 2]
    assert mx.searchsorted(mx.array([1, 2, 3]), 2, side="right").item() == 2
    assert mx.searchsorted(mx.array([1, 2, 4, 8])[::2], mx.array([3, 4])).tolist() == [1, 1]


def test_median_equals_numpys():
    for dtype in ["int32", "float32", "bool_"]:
        x = mx.array(np.random.default_rng(0).integers(0, 9, (5, 4, 6))).astype(getattr(mx, dtype))
        like = np.array(x).astype(np.float64)
        for axis in [None, 0, -1, (0, 2), (0, 1, 2)]:
            result = mx.median(x, axis=axis, keepdims=True)
            assert result.dtype == mx.float32
            np.testing.assert_array_equal(np.array(result), np.median(like, axis=axis, keepdims=True))
            np.testing.assert_array_equal(np.array(mx.median(x, axis)), np.median(like, axis=axis))
    assert np.isnan(mx.median(mx.array([1.0, np.nan, 2.0, 3.0])).item())
    assert mx.median(mx.array(3.0)).item() == 3
    assert mx.median(mx.array([1, 2], mx.float16)).dtype == mx.float16
    with pytest.raises(ValueError, match="median"):
        mx.median(mx.zeros((0, 3)))


def test_compiled_equals_uncompiled():
    x, _ = samples("float32", (6, 100))

    def f(x):
        y = x * 2 + 1
        return [
            mx.sort(y, axis=0),
            mx.argsort(y),
            mx.partition(y, 5),
            mx.argpartition(y, 5, axis=0),
            mx.topk(y, 3) * 2,
            mx.searchsorted(mx.sort(mx.abs(y[0])), y),
            mx.median(y, axis=1),
            mx.sort(mx.exp(y), axis=None)[::2] + 1,
        ]

    for actual, expected in zip(mx.compile(f)(x), f(x), strict=True):
        np.testing.assert_array_equal(np.array(actual), np.array(expected))


def test_errors_name_the_op_and_what_is_allowed():
    x = mx.arange(6).reshape(2, 3)
    for op in (mx.sort, mx.argsort):
        with pytest.raises(IndexError, match=r"sort\] Axis 2 is out of range"):
            op(x, axis=2)
    with pytest.raises(ValueError, match=r"\[partition\] kth=3 .* \[-3, 3\)"):
        mx.partition(x, 3)
    with pytest.raises(ValueError, match=r"\[argpartition\] kth=-3"):
        mx.argpartition(x, -3, axis=0)
    with pytest.raises(ValueError, match=r"\[topk\] k=4 .* \[0, 3\]"):
        mx.topk(x, 4)
    with pytest.raises(ValueError, match=r"\[topk\] k=-1"):
        mx.topk(x, -1)
    with pytest.raises(ValueError, match=r"side must be 'left' or 'right', got 'middle'"):
        mx.searchsorted(x[0], x, side="middle")
    with pytest.raises(ValueError, match="one dimension"):
        mx.searchsorted(x, x)
    with pytest.raises(ValueError, match="twice"):
        mx.median(x, axis=(0, 0))
    with pytest.raises(TypeError, match="axis"):
        mx.sort(x, axis="x")
