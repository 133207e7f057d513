"""The array object: making, reading, printing, indexing, operators."""

import copy
import gc
import math
import weakref

import numpy as np
import pytest

import cermet.core as mx

NUMPY_DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32"]


def dtype_of(name):
    return getattr(mx, "bool_" if name == "bool" else name)


@pytest.mark.parametrize(
    "value, dtype",
    [
        (True, mx.bool_),
        (3, mx.int32),
        (2.5, mx.float32),
        (1 + 2j, mx.complex64),
        (1 << 40, mx.int64),
        (1 << 63, mx.uint64),
    ],
)
def test_scalars_have_default_dtypes(value, dtype):
    x = mx.array(value)
    assert x.dtype == dtype
    assert x.shape == ()
    assert x.item() == value


def test_nested_lists():
    x = mx.array([[1, 2, 3], [4, 5, 6]])
    assert x.shape == (2, 3)
    assert x.dtype == mx.int32
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert mx.array([1, 2.5]).dtype == mx.float32
    assert mx.array([[], []]).shape == (2, 0)
    assert mx.array([mx.array([1, 2]), mx.array([3, 4])]).tolist() == [[1, 2], [3, 4]]


def test_large_integers_beside_arrays_in_lists_keep_their_values():
    for numbers in ([mx.array(1), 2**40], [2**40, mx.array(1)]):
        assert sorted(mx.array(numbers).tolist()) == [1, 2**40]


def test_ragged_lists_and_strange_leaves_are_refused():
    with pytest.raises(ValueError, match="ragged"):
        mx.array([[1, 2], [3]])
    with pytest.raises(ValueError, match="ragged"):
        mx.array([1, [2]])
    with pytest.raises(TypeError, match="str"):
        mx.array(["one"])
    with pytest.raises(ValueError, match="64 bits"):
        mx.array(1 << 70)


@pytest.mark.parametrize("name", NUMPY_DTYPES)
def test_numpy_round_trip(name):
    a = (np.arange(24) % 7).astype(name).reshape(2, 3, 4)
    x = mx.array(a)
    assert x.dtype == dtype_of(name)
    assert np.array_equal(np.array(x), a)
    assert np.array(x).dtype == a.dtype
    strided = a[:, ::-2, 1:3]
    assert np.array_equal(np.array(mx.array(strided)), strided)
    assert np.array_equal(np.array(mx.array(a.T)), a.T)


def test_float64_from_numpy_becomes_float32_unless_asked():
    a = np.array([0.1, 0.2])
    assert mx.array(a).dtype == mx.float32
    assert mx.array(a, mx.float64).dtype == mx.float64
    assert np.array_equal(np.array(mx.array(a, mx.float64)), a)


def test_array_copies_numpy():
    a = np.zeros(3, np.float32)
    x = mx.array(a)
    a[0] = 5
    assert x.tolist() == [0, 0, 0]


def test_views_export_their_strides():
    x = mx.array(np.arange(12, dtype=np.float32).reshape(3, 4))
    assert np.array_equal(np.array(x.T), np.arange(12).reshape(3, 4).T)
    assert np.array_equal(np.array(x[:, ::-1]), np.arange(12).reshape(3, 4)[:, ::-1])
    view = np.asarray(x)
    del x
    gc.collect()
    assert view.sum() == 66


def test_item_bool_float_int_index():
    assert mx.array(2.5).item() == 2.5
    assert float(mx.array([2.5])) == 2.5
    assert int(mx.array(7)) == 7
    assert [10, 20, 30][mx.array(1)] == 20
    assert bool(mx.array(0)) is False
    with pytest.raises(ValueError, match="one element"):
        float(mx.array([1, 2]))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(mx.array([1, 2]))
    with pytest.raises(TypeError):
        [1, 2][mx.array(1.0)]


def test_printing():
    assert repr(mx.array([[1.0, 2.5], [3.0, 4.0]])) == "array([[1, 2.5],\n       [3,   4]], dtype=float32)"
    assert repr(mx.array(3)) == "array(3, dtype=int32)"
    assert repr(mx.array([True, False])) == "array([True, False], dtype=bool)"
    long = repr(mx.arange(100000))
    assert "..." in long
    assert len(long) < 300
    assert f"{mx.array(math.pi):.2f}" == "3.14"


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(None),
        slice(1, None),
        slice(None, None, -1),
        slice(None, None, 2),
        slice(5, 1),
        (0, 1),
        (slice(None), 2),
        (..., 0),
        (0, ...),
        (None, 0),
        (slice(None), None, slice(1, 3)),
        (1, slice(None, None, -2), slice(-3, -1)),
        (..., slice(None, None, -1), None),
        ...,
        None,
        (),
    ],
)
def test_basic_indexing_is_numpys(index):
    a = np.arange(60, dtype=np.int32).reshape(3, 4, 5)
    assert np.array_equal(np.array(mx.array(a)[index]), a[index])


def test_bad_indices():
    x = mx.zeros((3, 4))
    with pytest.raises(IndexError, match="out of range"):
        x[3]
    with pytest.raises(IndexError, match="Too many"):
        x[0, 0, 0]
    with pytest.raises(IndexError, match="Ellipsis"):
        x[..., ...]
    with pytest.raises(TypeError, match="str"):
        x["a"]
    with pytest.raises(ValueError, match="zero"):
        x[::0]


def test_iteration_and_len():
    x = mx.array([[1, 2], [3, 4]])
    assert len(x) == 2
    assert [row.tolist() for row in x] == [[1, 2], [3, 4]]
    with pytest.raises(TypeError, match="0-d"):
        len(mx.array(1))


def test_operators_and_weak_scalars():
    x = mx.array([1, 2, 3], mx.int8)
    assert (x + 1).dtype == mx.int8
    assert (x + 1.5).dtype == mx.float32
    assert (x / 2).dtype == mx.float32
    assert (1 - x).tolist() == [0, -1, -2]
    assert (2**x).tolist() == [2, 4, 8]
    assert (x // 2).tolist() == [0, 1, 1]
    assert (-x % 3).tolist() == [2, 1, 0]
    assert (x == 2).tolist() == [False, True, False]
    assert (x << 1).tolist() == [2, 4, 6]
    h = mx.array([1.0], mx.bfloat16)
    assert (h * 2.5 + 1).dtype == mx.bfloat16
    assert (x == None) is False  # noqa: E711
    with pytest.raises(TypeError):
        x + "one"


def test_in_place_operators_change_the_object_and_nothing_made_from_it():
    x = mx.array([1.0, 2.0])
    other_name = x
    made_before = x * 1
    x += 1
    assert other_name is x
    assert other_name.tolist() == [2, 3]
    assert made_before.tolist() == [1, 2]
    with pytest.raises(ValueError, match="In place"):
        x += mx.ones((3, 2))
    assert x.tolist() == [2, 3]


def test_hash_identity_weakref_copy():
    x = mx.array([1, 2])
    assert {x: 1}[x] == 1
    r = weakref.ref(x)
    del x
    gc.collect()
    assert r() is None


def test_lazy_until_read(kernels):
    x = mx.array([1.0, 2.0])
    kernels()
    y = mx.exp(x) + 1
    assert kernels() == 0
    mx.eval(y)
    assert kernels() == 2
    mx.eval(y)
    assert kernels() == 0


def test_deep_graphs_do_not_overflow_the_stack():
    x = mx.array(0.0)
    for _ in range(100_000):
        x = x + 1
    del x
    y = mx.array(0.0)
    for _ in range(10_000):
        y = y + 1
    assert y.item() == 10_000


def test_bad_shapes_and_dtypes_name_the_op():
    with pytest.raises(ValueError, match=r"\[add\].*\(2,\).*\(3,\)"):
        mx.array([1, 2]) + mx.array([1, 2, 3])
    with pytest.raises(ValueError, match=r"\[reshape\]"):
        mx.zeros((2, 3)).reshape(4)
    with pytest.raises(ValueError, match="negative|-2"):
        mx.zeros((-2, 3))
    with pytest.raises(TypeError, match="bitwise_and"):
        mx.array([1.0]) & mx.array([2.0])
    with pytest.raises((ValueError, IndexError), match=r"\[sum\].*3"):
        mx.sum(mx.zeros((2, 2)), axis=3)
    with pytest.raises(ValueError):
        mx.max(mx.zeros((0,)))
    with pytest.raises(TypeError):
        mx.zeros((2.5,))
    with pytest.raises(ValueError, match="split"):
        mx.split(mx.zeros((5,)), 2)


def test_out_of_memory_is_an_exception_and_nothing_is_lost():
    x = mx.array([1.0, 2.0])
    for shape in [(1 << 40,), (1 << 40, 1 << 20)]:
        with pytest.raises((MemoryError, ValueError)):
            mx.eval(mx.ones(shape) + 1)
    old = mx.set_memory_limit(1 << 20)
    try:
        with pytest.raises(MemoryError, match="limit"):
            mx.eval(mx.exp(mx.zeros((1 << 20,))))
    finally:
        mx.set_memory_limit(old)
    assert (x + 1).tolist() == [2, 3]


def test_memory_figures_follow_arrays():
    gc.collect()
    before = mx.get_active_memory()
    x = mx.ones((1 << 20,)) * 2
    mx.eval(x)
    assert mx.get_active_memory() - before >= 4 << 20
    assert mx.get_peak_memory() >= mx.get_active_memory()
    del x
    gc.collect()
    assert mx.get_active_memory() - before < 1 << 20
    mx.clear_cache()
    assert mx.get_cache_memory() < 1 << 20  # threads in the background keep a few small blocks of their own


def test_streams_and_devices():
    x = mx.exp(mx.array([0.0]), stream=mx.cpu)
    assert x.item() == 1
    assert mx.exp(mx.array([0.0]), stream=mx.default_stream(mx.default_device())).item() == 1
    with pytest.raises(ValueError, match="gpu"):
        mx.exp(mx.array([0.0]), stream=mx.gpu)
    with pytest.raises(TypeError, match="stream"):
        mx.exp(mx.array([0.0]), stream="cpu")


def test_copies_share_nothing_mutable():
    x = mx.array([1, 2])
    y = copy.copy(x) if hasattr(x, "__copy__") else mx.array(x)
    y += 1
    assert x.tolist() == [1, 2]


@pytest.mark.parametrize(
    "call", [lambda: mx.exp(None), lambda: mx.add(1, None), lambda: mx.sum(None), lambda: mx.reshape("x", (1,))]
)
def test_what_is_no_array_is_named(call):
    with pytest.raises(
        TypeError, match=r"\[(exp|add|sum|reshape)\].* must be an array or a number, not (NoneType|str)"
    ):
        call()
