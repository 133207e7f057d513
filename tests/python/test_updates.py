"""Writing at positions against NumPy, compiled and not; what is changed in place; views of other sizes."""

import numpy as np
import pytest

import cermet.core as mx

DTYPES = [
    mx.bool_,
    mx.uint8,
    mx.uint16,
    mx.uint32,
    mx.uint64,
    mx.int8,
    mx.int16,
    mx.int32,
    mx.int64,
    mx.float16,
    mx.float32,
    mx.float64,
    mx.complex64,
]
INDEX_DTYPES = [np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64]


def both(f, *args):
    """f's result, which is the same compiled; as NumPy array."""
    plain, compiled = f(*args), mx.compile(f)(*args)
    mx.eval(plain, compiled)
    assert plain.dtype == compiled.dtype and plain.shape == compiled.shape
    np.testing.assert_array_equal(np.array(plain), np.array(compiled))
    return np.array(plain)


def values(rng, shape, dtype):
    return np.array(mx.array(rng.integers(-50, 50, shape).astype(np.float32)).astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_slice_update_with_array_starts(dtype):
    rng = np.random.default_rng(0)
    x, update = values(rng, (5, 6, 7), dtype), values(rng, (2, 6, 3), dtype)
    for start in ([0, 0], [3, 4], [1, 2], [-2, -3]):
        expected = x.copy()
        a, b = (s % n for s, n in zip(start, (5, 7)))
        expected[a : a + 2, :, b : b + 3] = update
        f = lambda x, u, s: mx.slice_update(x, u, s, (0, 2))  # noqa: E731
        np.testing.assert_array_equal(both(f, mx.array(x), mx.array(update), mx.array(start)), expected)
        g = lambda x, s: mx.slice(x, s, (0, 2), (2, 6, 3))  # noqa: E731
        np.testing.assert_array_equal(both(g, mx.array(expected), mx.array(start)), update)


def test_starts_are_moved_back_inside():
    x = mx.arange(6)
    assert mx.slice(x, mx.array(100), (0,), (2,)).tolist() == [4, 5]
    assert mx.slice(x, mx.array(-100), (0,), (2,)).tolist() == [0, 1]
    assert mx.slice_update(x, mx.array([9, 9]), mx.array([5]), (0,)).tolist() == [0, 1, 2, 3, 9, 9]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_put_along_axis(dtype, axis):
    rng = np.random.default_rng(1)
    x = values(rng, (4, 5, 6), dtype)
    if axis is None:
        indices = rng.permutation(120)[:40]
        new = values(rng, (40,), dtype)
    else:
        shape = list(x.shape)
        shape[axis] = 3
        indices = np.argsort(rng.random(x.shape), axis=axis).take(range(3), axis)
        new = values(rng, shape, dtype)
    expected = x.copy()
    np.put_along_axis(expected, indices, new, axis)
    f = lambda x, i, v: mx.put_along_axis(x, i, v, axis)  # noqa: E731
    for index_dtype in INDEX_DTYPES:
        actual = both(f, mx.array(x), mx.array(indices.astype(index_dtype)), mx.array(new))
        np.testing.assert_array_equal(actual, expected)


def test_put_along_axis_broadcasts_and_converts():
    x = mx.arange(12).reshape(3, 4)
    got = mx.put_along_axis(x, mx.array([[1], [2], [-1]]), 99.7, axis=1)
    assert got.tolist() == [[0, 99, 2, 3], [4, 5, 99, 7], [8, 9, 10, 99]]
    got = mx.put_along_axis(x, mx.array([[1, 2]]), mx.array([[7, 8]]), axis=1)
    assert got.tolist() == [[0, 7, 8, 3], [4, 7, 8, 7], [8, 7, 8, 11]]
    got = mx.put_along_axis(x, mx.array([[1, 1, 1]]), mx.array([[5, 6, 7]]), axis=1)
    assert got.tolist() == [[0, 7, 2, 3], [4, 7, 6, 7], [8, 7, 10, 11]]  # the last of equals


def memory():
    mx.reset_peak_memory()
    return mx.get_active_memory()


def test_assignments_queued_for_the_background_change_one_array():
    y = mx.arange(4.0)
    for steps in (200, 201):
        x = mx.zeros((1 << 20,)) + 1
        mx.eval(x, y)
        before = memory()
        for i in range(steps):
            x[4 * i : 4 * i + 4] = y
            mx.async_eval(x)
        mx.eval(x)
        assert mx.get_peak_memory() < before + 8 * x.nbytes
        assert x[: 4 * steps].tolist() == [0, 1, 2, 3] * steps


@pytest.mark.parametrize("eager", [True, False])
def test_assignments_in_a_loop_change_one_array(eager):
    x = mx.zeros((1 << 20,)) + 1
    y = mx.arange(4.0)
    mx.eval(x, y)
    x[:4] = y
    mx.eval(x)
    before = memory()
    for i in range(300):
        x[4 * i : 4 * i + 4] = y
        if eager:
            mx.eval(x)
    mx.eval(x)
    assert mx.get_peak_memory() < before + (1 << 18)
    assert x[:1200].tolist() == [0, 1, 2, 3] * 300 and x[1200].item() == 1


def test_other_names_keep_the_old_value():
    x = mx.arange(4)
    view, copy = x[1:3], mx.array(x)
    outside = np.asarray(x)
    mx.eval(view, copy)
    x[:] = 9
    x[0] = 5
    mx.eval(x)
    assert (x.tolist(), view.tolist(), copy.tolist()) == ([5, 9, 9, 9], [1, 2], [0, 1, 2, 3])
    assert outside.tolist() == [0, 1, 2, 3]


def test_an_array_assigned_to_a_part_of_itself():
    x = mx.arange(6)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3, 4]
    x[:] = x[::-1]
    assert x.tolist() == [4, 3, 2, 1, 0, 0]
    y = mx.arange(16).reshape(4, 4)
    y[:] = y.T
    assert y.tolist() == np.arange(16).reshape(4, 4).T.tolist()


class Cache:
    """Keys in a preallocated array that grows in steps."""

    def __init__(self, step=256):
        self.keys, self.length, self.step = None, 0, step

    def update(self, keys):
        if self.keys is None or self.length + keys.shape[1] > self.keys.shape[1]:
            more = mx.zeros((keys.shape[0], self.step, keys.shape[2]))
            self.keys = more if self.keys is None else mx.concatenate([self.keys[:, : self.length], more], axis=1)
        self.keys[:, self.length : self.length + keys.shape[1]] = keys
        self.length += keys.shape[1]
        return self.keys[:, : self.length]


def test_a_growing_cache_is_changed_in_place():
    cache, expected = Cache(), []
    for token in range(600):
        new = mx.full((2, 1, 64), token)
        expected.append(token)
        if token == 3:
            before = memory()
        used = cache.update(new)
        mx.eval(used)
        del used
        if token == 255:
            assert mx.get_peak_memory() < before + (1 << 15)  # the array has 128 KiB
    np.testing.assert_array_equal(np.array(cache.keys[1, :600, 5]), np.array(expected))


@pytest.mark.parametrize("assigned", [True, False])
def test_compiled_functions_change_arguments_in_place(assigned):
    cache = mx.zeros((1 << 20,)) + 1
    mx.eval(cache)

    @mx.compile
    def step(cache, start, new):
        if assigned:  # the caller sees what is assigned to its array
            cache[:] = mx.slice_update(cache, new, start, (0,))
            return new.sum()
        return mx.slice_update(cache, new, start, (0,)), new.sum()

    for i in range(50):
        if i == 1:
            before = memory()
        if assigned:
            total = step(cache, mx.array(4 * i), mx.full((4,), float(i)))
        else:
            cache, total = step(cache, mx.array(4 * i), mx.full((4,), float(i)))
        mx.eval(cache, total)
    assert mx.get_peak_memory() < before + (1 << 18)
    assert cache[194:202].tolist() == [48, 48, 49, 49, 49, 49, 1, 1]


@pytest.mark.parametrize("source", [*DTYPES, mx.bfloat16], ids=str)
@pytest.mark.parametrize("target", [mx.uint8, mx.int16, mx.float32, mx.float64, mx.complex64, mx.bfloat16], ids=str)
def test_views_of_other_sizes(source, target):
    rng = np.random.default_rng(2)
    raw = rng.integers(0, 2 if source == mx.bool_ else 256, (3, 4, 16)).astype(np.uint8)
    base = mx.array(raw).view(source)
    size = {mx.uint8: 1, mx.int16: 2, mx.bfloat16: 2, mx.float32: 4}.get(target, 8)
    cases = [
        lambda x: x,
        lambda x: x.transpose(1, 0, 2),
        lambda x: x[::-1, ::2],
        lambda x: mx.broadcast_to(x[:1], x.shape),
    ]
    for case in cases:
        f = lambda x: case(x).view(target).view(mx.uint8)  # noqa: E731
        expected = np.array(case(mx.array(raw)))
        np.testing.assert_array_equal(both(f, base), expected)
    assert base.view(target).shape == (3, 4, 16 // size)


def test_view_errors():
    with pytest.raises(ValueError, match=r"\[view\] The last axis of shape \(3,\) has 12 bytes"):
        mx.arange(3).view(mx.int64)
    with pytest.raises(ValueError, match="0-d"):
        mx.array(1).view(mx.int8)
    assert mx.zeros((2, 0)).view(mx.int8).shape == (2, 0)
    assert mx.zeros((0, 2)).view(mx.int8).shape == (0, 8)


def test_errors_name_the_function():
    x = mx.zeros((3, 3))
    with pytest.raises(ValueError, match=r"\[slice_update\] 1 start indices are given for 2 axes"):
        mx.slice_update(x, mx.ones((1, 2)), mx.array([1]), (0, 1))
    with pytest.raises(TypeError, match=r"\[slice_update\] start indices must have an integer dtype"):
        mx.slice_update(x, mx.ones((1, 2)), mx.array([1.0]), (0,))
    with pytest.raises(ValueError, match=r"\[slice\] slices of shape \(5, 2\)"):
        mx.slice(x, mx.array(0), (0,), (5, 2))
    with pytest.raises(ValueError, match=r"\[put_along_axis\] indices of 1 dimensions"):
        mx.put_along_axis(x, mx.array([0]), 1, axis=0)
    with pytest.raises(IndexError, match=r"\[put_along_axis\]"):
        mx.put_along_axis(x, mx.array([[0]]), 1, axis=2)
