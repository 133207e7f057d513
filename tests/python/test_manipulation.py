"""Functions that move elements, against NumPy: exact, in every dtype, for strided and empty inputs, compiled or not."""

import numpy as np
import pytest

import cermet.core as mx

DTYPES = [
    mx.bool_,
    mx.uint8,
    mx.int16,
    mx.int32,
    mx.int64,
    mx.float16,
    mx.bfloat16,
    mx.float32,
    mx.float64,
    mx.complex64,
]
COMPILED = [False, True]


def numbers(shape, dtype=mx.float32):
    n = int(np.prod(shape))
    return mx.arange(n).reshape(shape).astype(dtype)


def plain(x):
    return np.array(x.astype(mx.float32) if x.dtype == mx.bfloat16 else x)


def same(x, expected):
    assert x.shape == np.shape(expected)
    np.testing.assert_array_equal(plain(x), expected)


def check(function, reference, *arrays, dtype=None):
    """function(*arrays) uncompiled and compiled against reference of the NumPy arrays."""
    expected = reference(*[plain(x) for x in arrays])
    for call in (function, mx.compile(function)):
        result = call(*arrays)
        results = result if isinstance(result, (list, tuple)) else [result]
        expectations = expected if isinstance(expected, (list, tuple)) else [expected]
        assert len(results) == len(expectations)
        for x, e in zip(results, expectations):
            same(x, e)
            assert x.dtype == (dtype or arrays[0].dtype)


LAYOUTS = {
    "row major": lambda: numbers((4, 6)),
    "transposed": lambda: numbers((6, 4)).T,
    "strided": lambda: numbers((8, 12))[::2, 1::2],
    "reversed": lambda: numbers((4, 6))[::-1, ::-1],
    "broadcast": lambda: mx.broadcast_to(numbers((1, 6)), (4, 6)),
    "empty": lambda: numbers((4, 0)),
}


@pytest.fixture(params=LAYOUTS)
def x(request):
    return LAYOUTS[request.param]()


OPS = {
    "repeat axis": (lambda a: mx.repeat(a, 3, axis=-1), lambda a: np.repeat(a, 3, axis=-1)),
    "repeat axis 0": (lambda a: mx.repeat(a, 2, 0), lambda a: np.repeat(a, 2, 0)),
    "repeat flat": (lambda a: mx.repeat(a, 2), lambda a: np.repeat(a, 2)),
    "repeat none": (lambda a: mx.repeat(a, 0, 0), lambda a: np.repeat(a, 0, 0)),
    "tile 2": (lambda a: mx.tile(a, 2), lambda a: np.tile(a, 2)),
    "tile (2, 3)": (lambda a: mx.tile(a, (2, 3)), lambda a: np.tile(a, (2, 3))),
    "tile (2, 1, 3)": (lambda a: mx.tile(a, [2, 1, 3]), lambda a: np.tile(a, [2, 1, 3])),
    "tile 0": (lambda a: mx.tile(a, (0, 1)), lambda a: np.tile(a, (0, 1))),
    "tile ()": (lambda a: mx.tile(a, ()), lambda a: np.tile(a, ())),
    "roll flat": (lambda a: mx.roll(a, 5), lambda a: np.roll(a, 5)),
    "roll back": (lambda a: mx.roll(a, -1, -1), lambda a: np.roll(a, -1, -1)),
    "roll far": (lambda a: mx.roll(a, 101, 0), lambda a: np.roll(a, 101, 0)),
    "roll both": (lambda a: mx.roll(a, (1, -2), (0, 1)), lambda a: np.roll(a, (1, -2), (0, 1))),
    "roll one shift": (lambda a: mx.roll(a, 1, (0, 1)), lambda a: np.roll(a, 1, (0, 1))),
    "roll one axis": (lambda a: mx.roll(a, (1, 2), 1), lambda a: np.roll(a, (1, 2), 1)),
    "pad 1": (lambda a: mx.pad(a, 1), lambda a: np.pad(a, 1)),
    "pad (1, 2)": (lambda a: mx.pad(a, (1, 2)), lambda a: np.pad(a, (1, 2))),
    "pad each": (
        lambda a: mx.pad(a, [(0, 1), (2, 0)], constant_values=7),
        lambda a: np.pad(a, [(0, 1), (2, 0)], constant_values=7),
    ),
    "diagonal": (lambda a: mx.diagonal(a, 1), lambda a: np.diagonal(a, 1)),
    "diagonal back": (lambda a: mx.diagonal(a, -2, 1, 0), lambda a: np.diagonal(a, -2, 1, 0)),
    "diagonal outside": (lambda a: mx.diagonal(a, 9), lambda a: np.diagonal(a, 9)),
    "diag": (lambda a: mx.diag(a, -1), lambda a: np.diag(a, -1)),
    "tril": (lambda a: mx.tril(a, 1), lambda a: np.tril(a, 1)),
    "triu": (lambda a: mx.triu(a, -1), lambda a: np.triu(a, -1)),
    "flip": (lambda a: mx.flip(a), lambda a: np.flip(a)),
    "flip 1": (lambda a: mx.flip(a, axis=-1), lambda a: np.flip(a, axis=-1)),
    "unstack": (lambda a: mx.unstack(a), lambda a: [a[i] for i in range(a.shape[0])]),
    "unstack 1": (lambda a: mx.unstack(a, axis=-1), lambda a: [a[:, i] for i in range(a.shape[1])]),
    "matrix_transpose": (lambda a: mx.matrix_transpose(a), lambda a: a.T),
    "atleast_3d": (lambda a: mx.atleast_3d(a), lambda a: np.atleast_3d(a)),
    "moveaxis": (lambda a: mx.moveaxis(a[None], 0, -1), lambda a: np.moveaxis(a[None], 0, -1)),
    "expand_dims": (lambda a: mx.expand_dims(a, (0, -1)), lambda a: np.expand_dims(a, (0, -1))),
    "squeeze": (lambda a: mx.squeeze(a[None, :, None], (0, 2)), lambda a: a),
    "concatenate flat": (lambda a: mx.concatenate([a, a], None), lambda a: np.concatenate([a, a], None)),
    "split at": (lambda a: mx.split(a, [1, 3]), lambda a: np.split(a, [1, 3])),
    "contiguous": (lambda a: mx.contiguous(a), lambda a: a),
    "as_strided": (lambda a: mx.as_strided(a), lambda a: a),
    "diff": (lambda a: mx.diff(a, axis=0), lambda a: np.diff(a, axis=0)),
    "diff 2": (lambda a: mx.diff(a, 2, 0), lambda a: np.diff(a, 2, 0)),
}


@pytest.mark.parametrize("op", OPS)
def test_layouts(op, x):
    check(*OPS[op], x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    x = numbers((2, 3), dtype)
    for op in OPS:
        if "diff" in op or "split" in op or "constant_values=7" in op:
            continue
        if dtype == mx.bool_ and op == "pad each":
            continue
        check(*OPS[op], x)


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
@pytest.mark.parametrize("width", [1, (0, 2), (3, 0), [(1, 2), (0, 3)], (7, 9)])
def test_pad_modes(mode, width, x):
    if x.size == 0:
        with pytest.raises(ValueError, match=rf"(?i)\[pad\] mode '{mode}' needs an element on axis 1"):
            mx.pad(x, width, mode=mode)
        return
    check(lambda a: mx.pad(a, width, mode=mode), lambda a: np.pad(a, width, mode=mode), x)


def test_pad_with_arrays_and_of_one_element():
    x = mx.ones((2, 2))
    same(mx.pad(x, 1, constant_values=mx.array(3)), np.pad(np.ones((2, 2)), 1, constant_values=3))
    expected = np.broadcast_to(np.array([1.0, 2, 3, 4]), (4, 4)).copy()
    expected[1:3, 1:3] = 1
    same(mx.pad(x, 1, constant_values=mx.array([1, 2, 3, 4])), expected)
    same(mx.pad(mx.array(5), 3), np.array(5))
    same(mx.pad(mx.array([5]), 2, mode="reflect"), [5] * 5)
    same(mx.pad(mx.ones((2, 2)), [(1, 1)]), np.pad(np.ones((2, 2)), 1))
    same(mx.pad(mx.ones((2, 2)), (1,)), np.pad(np.ones((2, 2)), 1))


def test_zero_dimensions():
    x = mx.array(3.0)
    same(mx.repeat(x, 2), [3, 3])
    same(mx.tile(x, (2, 2)), np.full((2, 2), 3))
    same(mx.roll(x, 4), 3.0)
    same(mx.flip(x), 3.0)
    same(mx.squeeze(x), 3.0)
    same(mx.flatten(x), [3.0])
    same(mx.atleast_1d(x), [3.0])
    same(mx.atleast_2d(x), [[3.0]])
    same(mx.atleast_3d(x), [[[3.0]]])
    assert [y.shape for y in mx.atleast_2d(x, mx.array([1, 2]))] == [(1, 1), (1, 2)]


@pytest.mark.parametrize("k", [-3, -1, 0, 1, 4])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_diag_of_vectors(n, k):
    check(lambda a: mx.diag(a, k), lambda a: np.diag(a, k), numbers((n,)))
    check(lambda a: mx.diag(a, k), lambda a: np.diag(a, k), numbers((2 * n,))[::2])
    check(lambda a: a.diag(k), lambda a: np.diag(a, k), numbers((n,), mx.int16))


@pytest.mark.parametrize("offset", [-4, -1, 0, 2])
@pytest.mark.parametrize(("axis1", "axis2"), [(0, 1), (1, 0), (-1, 0), (2, 1)])
def test_diagonals_of_stacks(offset, axis1, axis2):
    check(
        lambda a: a.diagonal(offset, axis1, axis2),
        lambda a: a.diagonal(offset, axis1, axis2),
        numbers((3, 4, 5)),
    )


def test_triangles_of_stacks():
    check(lambda a: mx.tril(a, -1), lambda a: np.tril(a, -1), numbers((2, 3, 4)))
    check(lambda a: mx.triu(a), lambda a: np.triu(a), numbers((2, 1, 3, 3)))
    x = mx.array([[float("nan"), float("inf")], [1, 2]])
    same(mx.triu(x, 1), [[0, np.inf], [0, 0]])


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("sizes", [(3,), (2, 3), (2, 3, 4), (0, 2), (1, 1, 2, 2)])
def test_meshgrid(indexing, sparse, sizes):
    check(
        lambda *v: mx.meshgrid(*v, sparse=sparse, indexing=indexing),
        lambda *v: list(np.meshgrid(*v, sparse=sparse, indexing=indexing)),
        *[numbers((n,)) for n in sizes],
    )


def test_meshgrid_of_numbers_and_nothing():
    assert mx.meshgrid() == ()
    same(mx.meshgrid(mx.array(2), mx.array([1, 2]))[0], [[2], [2]])


def test_as_strided_windows():
    x = mx.arange(10)
    check(
        lambda a: mx.as_strided(a, (8, 3), (1, 1)),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 3),
        x,
    )
    check(lambda a: mx.as_strided(a, (3,), (-2,), 8), lambda a: a[8:2:-2], x)
    check(lambda a: mx.as_strided(a, (2, 3), (0, 3), 1), lambda a: np.tile(a[1:8:3], (2, 1)), x)
    check(lambda a: mx.as_strided(a, (2, 3), (3, 1), 2), lambda a: a[2:8].reshape(2, 3), x)
    check(lambda a: mx.as_strided(a, (), (), 4), lambda a: a[4], x)
    check(lambda a: mx.as_strided(a, (0, 4), (100, 100), 4), lambda a: a[:0].reshape(0, 1).repeat(4, 1), x)
    # as if the array were row-major
    t = numbers((3, 4)).T
    same(mx.as_strided(t, (4,), (1,), 1), np.ascontiguousarray(plain(t)).ravel()[1:5])


def test_broadcasting():
    assert mx.broadcast_shapes((2, 1), (3,), (1, 1, 1)) == (1, 2, 3)
    assert mx.broadcast_shapes() == ()
    assert mx.broadcast_shapes((0, 1), (1, 5)) == (0, 5)
    check(
        lambda a, b: mx.broadcast_arrays(a, b),
        lambda a, b: list(np.broadcast_arrays(a, b)),
        numbers((2, 1)),
        numbers((3,)),
    )
    same(mx.broadcast_to(2, (2, 2)), [[2, 2], [2, 2]])


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16, mx.float32, mx.float64])
def test_nan_to_num(dtype):
    x = mx.array([float("nan"), float("inf"), -float("inf"), 1.5], dtype)
    high = {mx.float16: 65504.0, mx.bfloat16: 3.3895313892515355e38}.get(dtype)
    if high is None:
        high = float(np.finfo(np.float32 if dtype == mx.float32 else np.float64).max)
    same(mx.nan_to_num(x), [0, high, -high, 1.5])
    same(mx.nan_to_num(x, 7, posinf=3), [7, 3, -high, 1.5])
    same(mx.compile(lambda a: mx.nan_to_num(a, nan=7, posinf=3, neginf=2))(x), [7, 3, 2, 1.5])
    assert mx.nan_to_num(x).dtype == dtype


def test_nan_to_num_elsewhere():
    same(mx.nan_to_num(mx.array([1, 2])), [1, 2])
    same(mx.nan_to_num(mx.array([complex(float("nan"), 1), complex(2, float("nan"))])), np.array([1j, 2], np.complex64))


def test_counting(x):
    for axis in [None, 0, -1, (0, 1)]:
        for keepdims in [False, True]:
            check(
                lambda a, axis=axis, k=keepdims: mx.count_nonzero(a > 3, axis=axis, keepdims=k),
                lambda a, axis=axis, k=keepdims: np.count_nonzero(a > 3, axis=axis, keepdims=k),
                x,
                dtype=mx.int32,
            )
    if x.size:
        low, high = mx.minmax(x, axis=1)
        same(low, plain(x).min(1))
        same(high, plain(x).max(1))


def test_diff_of_booleans_and_of_nothing():
    same(mx.diff(mx.array([True, False, False])), [True, False])
    same(mx.diff(mx.ones(3), n=0), np.ones(3))
    same(mx.diff(mx.ones(3), n=5), np.ones(0))


BAD = [
    (lambda x: mx.repeat(x, -1), ValueError, r"\[repeat\] the number of repeats must not be negative"),
    (lambda x: mx.repeat(x, 2, 5), IndexError, r"\[repeat\]"),
    (lambda x: mx.repeat(mx.repeat(x, 1 << 30, 0), 1 << 30, 0), ValueError, r"\[repeat\]"),
    (lambda x: mx.tile(x, -1), ValueError, r"\[tile\]"),
    (lambda x: mx.tile(x, (1 << 30, 1 << 30, 1 << 30)), ValueError, r"\[tile\]"),
    (lambda x: mx.roll(x, (1, 2), (0, 1, 1)), ValueError, r"\[roll\] 2 shifts do not fit 3 axes"),
    (lambda x: mx.roll(x, 1, 7), IndexError, r"\[roll\]"),
    (lambda x: mx.pad(x, -1), ValueError, r"\[pad\]"),
    (lambda x: mx.pad(x, (1, 2, 3)), ValueError, r"\[pad\] `pad_width` must have one or two integers"),
    (lambda x: mx.pad(x, [(1, 1)] * 3), ValueError, r"\[pad\] 3 pairs"),
    (lambda x: mx.pad(x, 1 << 62), ValueError, r"\[pad\]"),
    (lambda x: mx.pad(x, 1, mode="wrap"), ValueError, r"\[pad\] `mode` must be 'constant', 'edge'"),
    (lambda x: mx.as_strided(x, (3,), (3,)), ValueError, r"\[as_strided\] shape \(3,\) with strides \(3\)"),
    (lambda x: mx.as_strided(x, (2,), (1,), -1), ValueError, r"\[as_strided\]"),
    (lambda x: mx.as_strided(x, (2,), (1 << 62,)), ValueError, r"\[as_strided\]"),
    (lambda x: mx.as_strided(x, (2, 2), (1,)), ValueError, r"\[as_strided\] shape \(2, 2\) takes 2 strides"),
    (lambda x: mx.as_strided(x, (-2,), (1,)), ValueError, r"\[as_strided\]"),
    (lambda x: mx.meshgrid(x), ValueError, r"\[meshgrid\] takes vectors, array 0 has shape \(2, 3\)"),
    (lambda x: mx.meshgrid(x[0], indexing="yx"), ValueError, r"\[meshgrid\] `indexing`"),
    (lambda x: mx.diagonal(x, 0, 1, 1), ValueError, r"\[diagonal\] the axes must differ"),
    (lambda x: mx.diagonal(x[0]), ValueError, r"\[diagonal\]"),
    (lambda x: mx.diagonal(x, 0, 0, 2), IndexError, r"\[diagonal\]"),
    (lambda x: mx.diag(x[None]), ValueError, r"\[diag\]"),
    (lambda x: mx.tril(x[0]), ValueError, r"\[tril\]"),
    (lambda x: mx.triu(mx.array(1)), ValueError, r"\[triu\]"),
    (lambda x: mx.unstack(mx.array(1)), IndexError, r"\[unstack\]"),
    (lambda x: mx.matrix_transpose(x[0]), ValueError, r"\[matrix_transpose\]"),
    (lambda x: mx.broadcast_shapes((2,), (3,)), ValueError, r"\[broadcast_shapes\]"),
    (lambda x: mx.broadcast_shapes((-2,)), ValueError, r"\[broadcast_shapes\]"),
    (lambda x: mx.diff(x, -1), ValueError, r"\[diff\]"),
    (lambda x: mx.expand_dims(x, (0, 0)), ValueError, r"\[expand_dims\]"),
    (lambda x: mx.squeeze(x, 0), ValueError, r"\[squeeze\]"),
    (lambda x: mx.split(x, 5), ValueError, r"\[split\]"),
    (lambda x: mx.concatenate([]), ValueError, r"\[concatenate\]"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_errors(call, error, message):
    x = numbers((2, 3))
    with pytest.raises(error, match="(?i)" + message):
        call(x)
    same(x, np.arange(6).reshape(2, 3))


@pytest.mark.parametrize("compiled", COMPILED)
def test_in_a_program(compiled):
    """A chain as programs have them: sliding windows of a padded signal."""

    def smooth(signal):
        padded = mx.pad(signal, 2, mode="reflect")
        windows = mx.as_strided(padded, (signal.shape[0], 5), (1, 1))
        return mx.mean(windows, axis=1) - mx.roll(signal, 1)

    signal = np.random.default_rng(0).normal(size=50).astype(np.float32)
    padded = np.pad(signal.astype(np.float64), 2, mode="reflect")
    expected = np.lib.stride_tricks.sliding_window_view(padded, 5).mean(1) - np.roll(signal, 1)
    result = (mx.compile(smooth) if compiled else smooth)(mx.array(signal))
    np.testing.assert_allclose(np.array(result), expected, atol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "bool_", "complex64"])
@pytest.mark.parametrize("repeats", [2, 5])
def test_repeats_of_single_elements(dtype, repeats):
    x = (mx.arange(7 * 33) - 100).astype(getattr(mx, dtype)).reshape(7, 33)
    for a in (x, x.T, x[:, ::-1], x[1:, 3], mx.broadcast_to(x[:, :1], (7, 4)), x[:1, :1], x[:0]):
        values = a.tolist()
        expected = np.repeat(np.array(values, dtype=object).reshape(a.shape), repeats, axis=-1).tolist()
        assert mx.repeat(a, repeats, axis=-1).tolist() == expected
        assert mx.compile(lambda v: mx.repeat(v, repeats, axis=-1))(a).tolist() == expected
        wide = mx.contiguous(mx.broadcast_to(a[..., None], (*a.shape, repeats)))
        assert wide.reshape(*a.shape[:-1], -1 if a.size else a.shape[-1] * repeats).tolist() == expected
