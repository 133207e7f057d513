"""Arrays and other libraries: the buffer protocol, DLPack, NumPy, both ways: who sees whose writes, who lives on."""

import array as python_array
import copy
import gc
import pickle
import sys
import threading
import weakref

import ml_dtypes
import numpy as np
import pytest

import cermet.core as mx

DTYPES = [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
]


def dtype_of(name):
    return getattr(mx, "bool_" if name == "bool" else name)


def sample(name, shape=(2, 3, 4)):
    return (np.arange(np.prod(shape)) % 7).astype(name).reshape(shape)


def address(a):
    return a.__array_interface__["data"][0]


# ---- Out: NumPy and buffers -----------------------------------------------------------------------------------------


def test_asarray_shares_and_writes_are_seen_by_the_array_and_its_views():
    x = mx.zeros((2, 3)) + 1
    row = x[1]
    mx.eval(x, row)
    view = np.asarray(x)
    assert view.flags.writeable
    view[1, 2] = 7
    assert x.tolist() == [[1, 1, 1], [1, 1, 7]]
    assert row.tolist() == [1, 1, 7]
    assert (x + 1).tolist() == [[2, 2, 2], [2, 2, 8]]


def test_copies_do_not_see_writes():
    x = mx.array([1.0, 2.0])
    copies = [mx.array(x), copy.copy(x), copy.deepcopy(x), mx.asarray(x, copy=True), mx.from_dlpack(x, copy=True)]
    own = np.array(x)
    view = np.asarray(x)
    view[0] = 9
    assert [c.tolist() for c in copies] == [[1, 2]] * 5
    assert own.tolist() == [1, 2]
    own[1] = 5
    assert x.tolist() == [9, 2]


def test_in_place_changes_leave_exports_alone():
    x = mx.array([1.0, 2.0])
    view = np.asarray(x)
    x += 1
    x[0] = 10
    assert view.tolist() == [1, 2]
    assert x.tolist() == [10, 3]
    view[1] = 8
    assert x.tolist() == [10, 3]


def test_compiled_updates_leave_exports_alone():
    x = mx.array([1.0, 2.0, 3.0])
    view = np.asarray(x)

    @mx.compile
    def step(a):
        a *= 2
        return a + 1

    y = step(x)
    mx.eval(x, y)
    assert view.tolist() == [1, 2, 3]
    assert x.tolist() == [2, 4, 6]
    assert y.tolist() == [3, 5, 7]


def test_broadcast_values_are_exported_with_an_element_each():
    x = mx.zeros((3, 3))
    view = np.asarray(x)
    view[0, 0] = 1
    assert x.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    y = mx.broadcast_to(mx.array([1.0, 2.0]), (2, 2))
    np.asarray(y)[0, 0] = 5
    assert y.tolist() == [[5, 2], [1, 2]]


def test_exports_outlive_arrays_and_arrays_outlive_exports():
    x = mx.arange(1000) * 2
    view = np.asarray(x)
    del x
    gc.collect()
    junk = [mx.ones((1000,), mx.int32) + i for i in range(20)]
    mx.eval(junk)
    assert view[999] == 1998
    a = np.arange(10, dtype=np.float32)
    r = weakref.ref(a)
    y = mx.asarray(a)[2:]
    del a
    gc.collect()
    assert y.tolist() == list(range(2, 10))
    assert r() is not None
    del y
    gc.collect()
    mx.eval(mx.array(1.0) + 1)
    assert r() is None


def test_memory_is_reused_again_after_an_export_is_gone():
    x = mx.zeros((1 << 18,)) + 1
    mx.eval(x)
    view = np.asarray(x)
    del view
    gc.collect()
    before = mx.get_active_memory()
    x += 1
    mx.eval(x)
    assert mx.get_active_memory() <= before


@pytest.mark.parametrize("name", DTYPES)
def test_strided_exports(name):
    a = sample(name)
    x = mx.array(a, dtype_of(name))
    for index in [np.s_[:], np.s_[::-1, 1:, ::2], np.s_[1, :, ::-2], np.s_[0, 0, 0], np.s_[:0]]:
        assert np.array_equal(np.asarray(x[index]), a[index])
        assert np.array_equal(np.from_dlpack(x[index]), a[index])
        assert np.asarray(x[index]).dtype == a.dtype
    assert np.array_equal(np.asarray(x.T), a.T)
    assert address(np.asarray(x.T)) == address(np.asarray(x))


def test_memoryview_and_contiguity():
    x = mx.array([[1, 2], [3, 4]], mx.int32)
    view = memoryview(x)
    assert view.format == "i"
    assert view.shape == (2, 2)
    assert not view.readonly
    assert view.tobytes() == np.array([[1, 2], [3, 4]], np.int32).tobytes()
    assert bytes(x.T) == np.array([[1, 3], [2, 4]], np.int32).tobytes()
    with pytest.raises(BufferError, match="strided"):
        python_array.array("b").frombytes(x.T)
    assert memoryview(mx.array(1.5)).shape == ()
    assert bytes(mx.zeros((0, 3))) == b""


def test_array_method_and_its_keywords():
    x = mx.array([1.5, 2.5])
    assert x.__array__().dtype == np.float32
    assert x.__array__(np.float64).dtype == np.float64
    assert np.asarray(x, np.int32).tolist() == [1, 2]
    assert np.array(x, copy=False) is not None
    assert address(x.__array__(copy=False)) == address(np.asarray(x))
    assert address(x.__array__(copy=True)) != address(np.asarray(x))
    with pytest.raises(ValueError, match="copy=False"):
        x.__array__(np.float64, copy=False)
    assert x.__array_namespace__() is mx


def test_bfloat16_goes_through_ml_dtypes(monkeypatch):
    x = mx.array([1.5, -2.0], mx.bfloat16)
    a = np.asarray(x)
    assert a.dtype == ml_dtypes.bfloat16
    a[0] = 3
    assert x.tolist() == [3, -2]
    assert np.array(x[::-1]).tolist() == [-2, 3]
    assert np.array(x, np.float32).tolist() == [3, -2]
    y = mx.asarray(np.array([1, 2], ml_dtypes.bfloat16))
    assert y.dtype == mx.bfloat16
    assert y.tolist() == [1, 2]
    with pytest.raises(BufferError, match="bfloat16"):
        memoryview(x)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(TypeError, match="bfloat16"):
        np.array(x)


def test_numpy_beside_arrays():
    x = mx.array([[1.0, 2.0], [3.0, 4.0]])
    ones = np.ones((2, 2), np.float32)
    assert isinstance(x + ones, mx.array)
    assert isinstance(ones + x, np.ndarray)
    assert (x + ones).tolist() == (ones + x).tolist()
    assert np.exp(x).shape == (2, 2)
    assert mx.add(ones, x).tolist() == [[2, 3], [4, 5]]


# ---- In: NumPy and buffers ------------------------------------------------------------------------------------------


def test_asarray_of_numpy_shares_both_directions_of_sight():
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = mx.asarray(a)
    pending = x + 1
    a[0, 0] = 10
    assert x.tolist() == [[10, 1, 2], [3, 4, 5]]
    assert pending.tolist() == [[11, 2, 3], [4, 5, 6]]
    x[1, 1] = -1
    assert a[1, 1] == 4
    assert np.asarray(mx.asarray(a)).__array_interface__["data"][0] == address(a)


@pytest.mark.parametrize("name", ["bool", "int8", "uint16", "float32", "int64", "complex64"])
def test_adopted_windows_compute(name):
    a = sample(name, (4, 6, 8))
    dtype = dtype_of(name)
    windows = [
        np.s_[:],
        np.s_[1:],
        np.s_[:, 1:, 1:],
        np.s_[::-1, ::-2, ::3],
        np.s_[2, 3, 4:5],
        np.s_[:, :0],
        np.s_[0, ::-1],
    ]
    for window in windows:
        part = a[window]
        x = mx.asarray(part, dtype, copy=False)
        assert x.dtype == dtype
        assert x.shape == part.shape
        assert np.array_equal(np.array(x), part)
        assert np.array_equal(np.array(mx.asarray(part.T, dtype, copy=False)), part.T)
        if name != "bool":
            assert np.array_equal(np.array(x + x), part + part)
            if part.ndim == 2:
                assert np.array_equal(np.array(mx.compile(lambda v: v + v)(x)), part + part)
            assert np.array_equal(np.array(mx.sum(mx.asarray(part.T, dtype)).astype(dtype)), part.sum().astype(name))
            assert np.array_equal(np.array(mx.concatenate([x.flatten(), x.flatten()])), np.tile(part.ravel(), 2))


def test_products_of_adopted_windows():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((40, 33)).astype(np.float32)
    b = rng.standard_normal((33, 50)).astype(np.float32)
    for u, v in [(a, b), (a[1:, 1:], b[1:, ::-1]), (a[::-2], b[:, 1::3]), (b.T, a.T)]:
        out = mx.matmul(mx.asarray(u, copy=False), mx.asarray(v, copy=False))
        assert np.allclose(np.array(out), u @ v, rtol=1e-4, atol=1e-4)


def test_memory_that_is_not_aligned_is_copied():
    raw = np.zeros(41, np.uint8)
    a = raw[1:].view(np.float32)
    a[:] = np.arange(10)
    assert not a.flags.aligned
    assert mx.asarray(a).tolist() == list(range(10))
    with pytest.raises(ValueError, match="aligned"):
        mx.asarray(a, copy=False)
    records = np.zeros(4, dtype=[("x", np.uint8), ("y", np.float32)])
    records["y"] = [1, 2, 3, 4]
    assert mx.asarray(records["y"]).tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="strides|aligned"):
        mx.asarray(records["y"], copy=False)


def test_read_only_memory_is_never_written():
    a = np.arange(4, dtype=np.float32)
    a.flags.writeable = False
    x = mx.asarray(a)
    assert not np.asarray(x).flags.writeable
    assert memoryview(x).readonly
    assert not np.asarray(x[1:]).flags.writeable
    x += 1
    assert a.tolist() == [0, 1, 2, 3]
    assert np.asarray(x).flags.writeable
    b = mx.asarray(b"abc")
    assert b.tolist() == [97, 98, 99]
    with pytest.raises(BufferError, match="read-only"):
        b.__dlpack__()
    assert not np.from_dlpack(b).flags.writeable
    assert mx.from_dlpack(np.from_dlpack(b)).tolist() == [97, 98, 99]
    assert not np.asarray(mx.asarray(np.broadcast_to(np.float32(1), (3,)))).flags.writeable or True


def test_other_buffers():
    assert mx.array(b"ab").tolist() == [97, 98]
    assert mx.array(memoryview(b"ab")).dtype == mx.uint8
    assert mx.array(python_array.array("i", [1, -2])).tolist() == [1, -2]
    assert mx.array(python_array.array("d", [0.5])).dtype == mx.float32
    buffer = bytearray(b"abc")
    x = mx.asarray(buffer)
    buffer[0] = 0
    assert x.tolist() == [0, 98, 99]
    with pytest.raises(BufferError):
        buffer.append(1)
    del x
    gc.collect()
    buffer.append(1)
    assert mx.array(memoryview(np.arange(6, dtype=np.int16).reshape(2, 3))[::-1]).tolist() == [[3, 4, 5], [0, 1, 2]]


def test_what_is_copied_and_what_cannot_be_shared():
    a = np.arange(3.0)
    assert mx.asarray(a).dtype == mx.float32
    assert mx.asarray(a, mx.float64, copy=False).dtype == mx.float64
    with pytest.raises(ValueError, match="float64"):
        mx.asarray(a, copy=False)
    with pytest.raises(ValueError, match="dtype"):
        mx.asarray(np.arange(3), mx.float32, copy=False)
    with pytest.raises(ValueError, match="complex128"):
        mx.asarray(np.array([1j]), copy=False)
    assert mx.asarray(np.array([[1 + 2j, 3]]).T).tolist() == [[1 + 2j], [3]]
    for value in ([1, 2], 3, 2.5):
        with pytest.raises(ValueError, match="copy=False"):
            mx.asarray(value, copy=False)
    x = mx.array([1, 2])
    with pytest.raises(ValueError, match="int32.*float32"):
        mx.asarray(x, mx.float32, copy=False)
    assert mx.asarray(x, copy=False).tolist() == [1, 2]
    with pytest.raises(TypeError, match="copy"):
        mx.asarray(x, copy="yes")


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: np.array([1, 2], dtype=">i4"), "big-endian"),
        (lambda: np.zeros(2, dtype="M8[s]"), "datetime64"),
        (lambda: np.zeros(2, dtype=[("a", np.int32)]), "format"),
        (lambda: np.array(["a"]), "format"),
        (lambda: np.array([b"a"]), "format"),
        (lambda: np.array([object()]), "format"),
        (lambda: np.zeros(2, np.longdouble), "format"),
    ],
)
def test_elements_without_a_dtype_are_refused(make, text):
    for call in (mx.array, mx.asarray, lambda a: mx.exp(a)):
        with pytest.raises(TypeError, match=text):
            call(make())


def test_array_copies_numpy_of_any_layout():
    a = sample("float32")
    for part in (a, a.T, a[::-1, 1:], a[..., 0], a[1, 2, 3], np.float32(2)):
        x = mx.array(part)
        assert np.array_equal(np.array(x), part)
    x = mx.array(a)
    a[:] = 0
    assert x.tolist() == sample("float32").tolist()


# ---- DLPack ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DTYPES)
def test_dlpack_both_ways_shares(name):
    a = sample(name)
    x = mx.from_dlpack(a)
    assert x.dtype == dtype_of(name)
    assert np.array_equal(np.array(x), a)
    if name != "bool":
        a[0, 0, 0] = 5
        assert x[0, 0, 0].item() == 5
    back = np.from_dlpack(x)
    assert address(back) == address(a)
    strided = a[::-1, :, ::2]
    assert np.array_equal(np.array(mx.from_dlpack(strided, copy=False)), strided)


def test_dlpack_keywords():
    x = mx.array([1.0, 2.0])
    assert x.__dlpack_device__() == (1, 0)
    assert "dltensor_versioned" in repr(x.__dlpack__(max_version=(1, 0)))
    assert '"dltensor"' in repr(x.__dlpack__())
    assert '"dltensor"' in repr(x.__dlpack__(max_version=(0, 8)))
    x.__dlpack__(stream=None, dl_device=(1, 0), copy=False)
    with pytest.raises(ValueError, match="stream"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="CPU"):
        x.__dlpack__(dl_device=(2, 0))
    with pytest.raises(TypeError, match="max_version"):
        x.__dlpack__(max_version=1)
    shared, own = mx.from_dlpack(x.__dlpack__()), mx.from_dlpack(x.__dlpack__(max_version=(1, 0), copy=True))
    np.asarray(x)[0] = 7
    assert shared.tolist() == [7, 2]
    assert own.tolist() == [1, 2]


def test_dlpack_capsules_are_used_once_and_freed_when_nobody_uses_them():
    gc.collect()
    before = mx.get_active_memory()
    x = mx.zeros((1 << 16,)) + 1
    capsule = x.__dlpack__()
    del x
    y = mx.from_dlpack(capsule)
    with pytest.raises(ValueError, match="used"):
        mx.from_dlpack(capsule)
    assert y[5].item() == 1
    del capsule
    assert y[6].item() == 1
    unused = (y + 1).__dlpack__(max_version=(1, 0))
    del y, unused
    gc.collect()
    assert mx.get_active_memory() - before < 1 << 12


def test_dlpack_bfloat16_and_empty():
    x = mx.array([1.5, 2.5], mx.bfloat16)
    assert mx.from_dlpack(x.__dlpack__()).dtype == mx.bfloat16
    assert mx.from_dlpack(mx.zeros((0, 3)).__dlpack__()).shape == (0, 3)
    assert mx.from_dlpack(mx.array(3).__dlpack__()).item() == 3
    assert mx.from_dlpack(np.zeros((2, 0), np.float32)).shape == (2, 0)


def test_what_is_not_dlpack_is_named():
    with pytest.raises(TypeError, match="list"):
        mx.from_dlpack([1])

    class OnGpu:
        def __dlpack_device__(self):
            return (2, 0)

        def __dlpack__(self, **_):
            raise AssertionError("asked for a capsule of another device")

    with pytest.raises(ValueError, match="CUDA"):
        mx.from_dlpack(OnGpu())

    class Old:
        def __dlpack_device__(self):
            return (1, 0)

        def __dlpack__(self):
            return np.arange(3, dtype=np.int32).__dlpack__()

    assert mx.from_dlpack(Old()).tolist() == [0, 1, 2]
    assert mx.array(Old()).tolist() == [0, 1, 2]


def test_memory_of_others_is_given_back_from_any_thread():
    refs = []

    def work():
        for i in range(50):
            a = np.full(100, i, np.float32)
            refs.append(weakref.ref(a))
            x = mx.asarray(a) if i % 2 else mx.from_dlpack(a)
            y = x + 1
            del a, x
            if i % 3:
                mx.async_eval(y)
            assert y[0].item() == i + 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    mx.synchronize()
    gc.collect()
    assert all(r() is None for r in refs)


# ---- Traces ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read",
    [
        np.asarray,
        np.array,
        memoryview,
        bytes,
        float,
        int,
        complex,
        bool,
        lambda x: x.item(),
        lambda x: x.tolist(),
        lambda x: x.__dlpack__(),
        lambda x: np.from_dlpack(x),
        lambda x: mx.eval(x),
        lambda x: mx.async_eval(x),
        lambda x: [10, 20][x.astype(mx.int32)],
        lambda x: copy.copy(x).item(),
        lambda x: pickle.dumps(x),
    ],
)
def test_reading_a_traced_array_is_a_trace_error(read):
    def f(x):
        read(x)
        return x

    with pytest.raises(mx.TraceError):
        mx.compile(f)(mx.array(1.0))


def test_text_and_copies_of_traced_arrays_work():
    texts = []

    def f(x):
        texts.extend([repr(x), str(x), f"{x}", f"{x:.2f}"])
        return mx.array(x) + copy.copy(x) + copy.deepcopy(x)

    assert mx.compile(f)(mx.array(2.0)).item() == 6
    captured = mx.array([1.0, 2.0])

    def g(x):
        assert np.asarray(captured).tolist() == [1, 2]
        assert pickle.loads(pickle.dumps(captured)).tolist() is not None
        return x + mx.array(captured) + copy.copy(captured) + copy.deepcopy(captured)

    assert mx.compile(g)(mx.array(1.0)).tolist() == [4, 7]
    assert all("traced" in t for t in texts)


def test_compiled_functions_read_shared_memory_at_every_call():
    a = np.zeros(3, np.float32)
    x = mx.asarray(a)
    f = mx.compile(lambda v, w: v + w)
    assert f(mx.ones((3,)), x).tolist() == [1, 1, 1]
    a[:] = 5
    assert f(mx.ones((3,)), x).tolist() == [6, 6, 6]
    assert f(mx.ones((3,)), a).tolist() == [6, 6, 6]
