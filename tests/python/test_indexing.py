"""Indexing: reads and writes in every form against NumPy, aliasing, errors, kernels."""

import doctest
import gc
import re
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import cermet.core as mx

UPDATES = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
INDEX_DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]

quick = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], database=None
)


# ---- What Hypothesis draws ------------------------------------------------------------------------------------------


@st.composite
def shapes(draw, max_rank=4):
    return tuple(draw(st.lists(st.integers(0, 4), max_size=max_rank)))


def slices(extent):
    ends = st.none() | st.integers(-extent - 2, extent + 2)
    return st.builds(slice, ends, ends, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))


@st.composite
def index_arrays(draw, extent, picked):
    """An integer array that broadcasts to `picked`, inside of the axis."""
    rank = draw(st.integers(0, len(picked)))
    shape = tuple(draw(st.sampled_from([n, 1])) if n != 0 else 0 for n in picked[len(picked) - rank :])
    dtype = draw(st.sampled_from(INDEX_DTYPES))
    low = 0 if dtype.startswith("u") else -extent
    if extent == 0:
        return np.zeros(shape if 0 in shape else (*shape, 0), dtype)
    count = int(np.prod(shape))
    values = draw(st.lists(st.integers(low, extent - 1), min_size=count, max_size=count))
    return np.array(values, dtype).reshape(shape)


@st.composite
def masks(draw, shape):
    count = int(np.prod(shape))
    return np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool).reshape(shape)


@st.composite
def indices(draw, shape, kinds="isnea"):
    """A tuple of items for an array of `shape`: (i)ntegers, (s)lices, (n)ew axes, (e)llipsis, (a)rrays, (m)asks."""
    picked = draw(st.sampled_from([(), (1,), (2,), (3,), (0,), (2, 3), (2, 1)]))
    items, axis, ellipsis = [], 0, False
    while len(items) < 7 and (kind := draw(st.sampled_from("." + kinds))) != ".":
        if kind == "n":
            items.append(None)
        elif kind == "e" and not ellipsis:
            ellipsis = True
            items.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
        elif kind == "m" and axis < len(shape):
            rank = draw(st.integers(1, len(shape) - axis))
            items.append(draw(masks(shape[axis : axis + rank])))
            axis += rank
        elif kind in "isa" and axis < len(shape):
            extent = shape[axis]
            if kind == "i" and extent == 0:
                continue
            one = {
                "i": st.integers(-extent, max(extent - 1, 0)),
                "s": slices(extent),
                "a": index_arrays(extent, picked),
            }
            items.append(draw(one[kind]))
            axis += 1
    if ellipsis:  # what stands behind it was drawn for axes up to the last one
        items += [draw(slices(extent)) for extent in shape[axis:]]
    return tuple(items)


@st.composite
def cases(draw, kinds="isnea", max_rank=4):
    shape = draw(shapes(max_rank))
    return shape, draw(indices(shape, kinds))


def numbered(shape, dtype="int32"):
    return np.arange(int(np.prod(shape)), dtype=dtype).reshape(shape)


def converted(index, form):
    """The index with its arrays as ours, NumPy's or nested lists."""

    def one(item):
        if not isinstance(item, np.ndarray):
            return item
        if form == "list":
            return item.tolist() if item.ndim > 0 and item.size > 0 else mx.array(item)
        return mx.array(item) if form == "array" else item

    return tuple(one(item) for item in index)


forms = st.sampled_from(["array", "numpy", "list"])


def same(ours, theirs):
    assert ours.shape == theirs.shape
    assert np.array_equal(np.array(ours), theirs)


# ---- Reading --------------------------------------------------------------------------------------------------------


@given(cases("isne"))
@quick
def test_views_are_numpys(case):
    shape, index = case
    a = numbered(shape)
    same(mx.array(a)[index], a[index])


def read_as_numpy(shape, index, form):
    a = numbered(shape)
    try:
        expected = a[index]
    except IndexError:
        with pytest.raises(IndexError):
            mx.eval(mx.array(a)[converted(index, form)])
        return
    same(mx.array(a)[converted(index, form)], expected)


@given(cases("isneaa"), forms)
@settings(quick, max_examples=120)
def test_integer_arrays_read_as_numpys(case, form):
    read_as_numpy(*case, form)


@given(cases("isnam"), forms)
@settings(quick, max_examples=120)
def test_masks_read_as_numpys(case, form):
    read_as_numpy(*case, form)


@pytest.mark.parametrize(
    "index",
    [
        (0, slice(None), [1, 2]),
        (slice(None), 0, [1, 2]),
        ([0, 1], slice(None), [1, 2]),
        (slice(None), [0, 1], [1, 2]),
        ([0, 1], None, [1, 2]),
        ([[0], [1]], [0, 2]),
        (..., [0, 1], 0),
        ([0, 1], ..., [0, 1]),
        (slice(None), [0, 1], ..., [0, 1]),
        (1, [0, 1], slice(None, None, -1)),
        (slice(1, None), slice(None), [3, 0, 3]),
        True,
        False,
        (slice(None), True, [0, 0]),
        (False, slice(None), True),
        [],
        [[], []],
        ((0, 1), 1),
        np.int64(1),
        (np.uint8(1), np.int16(-1)),
        np.True_,
    ],
    ids=str,
)
def test_mixed_indices_are_placed_as_numpys(index):
    a = numbered((2, 3, 4))
    expected = a[np.array(index, int)] if isinstance(index, list) else a[index]
    same(mx.array(a)[index], expected)


@pytest.mark.parametrize("dtype", ["bool", *INDEX_DTYPES, "float16", "float32", "float64", "complex64"])
def test_every_dtype_is_read_and_written(dtype):
    a = numbered((3, 4), "int32").astype(dtype)
    x = mx.array(a, getattr(mx, "bool_" if dtype == "bool" else dtype))
    same(x[[2, 0], 1:], a[[2, 0], 1:])
    for index in [(1,), (slice(None, None, 2), [0, 3]), (a == a[0, 2],)]:
        x[index], a[index] = 1, 1
        same(x, a)


def test_bfloat16_is_read_and_written():
    x = mx.array([1.5, 2.5, 3.5], mx.bfloat16)
    x[1] = 7
    x[[0]] = mx.array([0.25])
    assert x.dtype == mx.bfloat16
    assert x[mx.array([2, 1, 0])].astype(mx.float32).tolist() == [3.5, 7, 0.25]


@pytest.mark.parametrize("layout", ["transposed", "strided", "reversed", "broadcast"])
def test_strided_arrays_are_read_and_written(layout):
    a = numbered((4, 6))
    x = mx.array(a)
    change = {
        "transposed": lambda v: v.T,
        "strided": lambda v: v[::2, 1::2],
        "reversed": lambda v: v[::-1, ::-1],
        "broadcast": lambda v: (mx if isinstance(v, mx.array) else np).broadcast_to(v[:1], (4, 6)),
    }[layout]
    x, a = change(x), np.array(change(a))
    same(x[[1, 0, 1]], a[[1, 0, 1]])
    same(x[:, [1, 0]], a[:, [1, 0]])
    same(x[a > 7], a[a > 7])
    x[[1, 0], [0, 1]] = 100
    a[[1, 0], [0, 1]] = 100
    x[1:, ::2] = -1
    a[1:, ::2] = -1
    same(x, a)


def test_ranges_are_lists():
    x = mx.arange(12).reshape(3, 4)
    assert x[range(0, 3, 2), range(2)].tolist() == [0, 9]
    x[1] = range(4)
    assert x[1].tolist() == [0, 1, 2, 3]
    with pytest.raises(IndexError, match="Index 3 is out of range"):
        x[range(4)]


def test_values_in_our_index_arrays_are_clamped():
    x = mx.array([10, 20, 30])
    assert x[mx.array([-4, -3, 2, 3, 100])].tolist() == [10, 10, 30, 30, 30]
    x[mx.array([100])] = 7
    assert x.tolist() == [10, 20, 7]


# ---- Writing --------------------------------------------------------------------------------------------------------


def write_reference(a, index, value, combine=lambda old, new: new):
    """One element after the other, in row-major order of the indexed elements."""
    at = np.arange(a.size).reshape(a.shape)[index]
    if np.ndim(value) > at.ndim:  # leading axes of extent 1 drop
        value = np.reshape(value, np.shape(value)[np.ndim(value) - at.ndim :])
    values = np.broadcast_to(value, at.shape)
    out = a.flatten()
    for i, v in zip(at.ravel(), values.astype(a.dtype).ravel(), strict=True):
        out[i] = combine(out[i], v)
    return out.reshape(a.shape)


@st.composite
def writes(draw, kinds, max_rank=3):
    shape, index = draw(cases(kinds, max_rank))
    try:
        result = numbered(shape)[index].shape
    except IndexError:
        result = None
    value = None
    if result is not None:
        kept = draw(st.integers(0, len(result)))
        part = tuple(draw(st.sampled_from([n, n, 1])) for n in result[len(result) - kept :])
        lead = (1,) * draw(st.sampled_from([0, 0, 0, 1, 2])) if kept == len(result) else ()
        value = -1 - numbered(lead + part)
    return shape, index, value, draw(forms)


def write_as_numpy(case):
    shape, index, value, form = case
    a = numbered(shape)
    x = mx.array(a)
    if value is None:
        with pytest.raises(IndexError):
            x[converted(index, form)] = 1
        same(x, a)
        return
    expected = write_reference(a, index, value)
    given = {"array": mx.array, "numpy": lambda v: v, "list": lambda v: v.tolist() if v.size > 0 else mx.array(v)}
    x[converted(index, form)] = given[form](value)
    same(x, expected)


@given(writes("isne"))
@settings(quick, max_examples=100)
def test_windows_are_written_as_numpys(case):
    write_as_numpy(case)


@given(writes("isneaa"))
@settings(quick, max_examples=120)
def test_integer_arrays_write_as_numpys(case):
    write_as_numpy(case)


@given(writes("isnem"))
@settings(quick, max_examples=120)
def test_masks_write_as_numpys(case):
    write_as_numpy(case)


@given(writes("isnam"))
@settings(quick, max_examples=100)
def test_masks_and_arrays_write_as_numpys(case):
    write_as_numpy(case)


@given(writes("isneaam"), st.sampled_from(sorted(UPDATES)))
@settings(quick, max_examples=120)
def test_updates_count_every_occurrence(case, update):
    shape, index, value, form = case
    a = numbered(shape)
    x = mx.array(a)
    if value is None:
        with pytest.raises(IndexError):
            getattr(x.at[converted(index, form)], update)(1)
        return
    value = value % 3 + 1
    ours = getattr(x.at[converted(index, form)], update)(mx.array(value))
    same(ours, write_reference(a, index, value, UPDATES[update]))
    same(x, a)


def test_division_at_an_index():
    x = mx.array([8.0, 9.0, 10.0])
    assert x.at[mx.array([0, 0, 2])].divide(2).tolist() == [2, 9, 5]
    assert x.at[1:].divide(mx.array([3.0, 4.0])).tolist() == [8, 3, 2.5]
    assert mx.array([7, 8]).at[[0]].divide(2).tolist() == [3, 8]
    assert mx.array([7, 8]).at[0].divide(2).tolist() == [3, 8]


def test_at_needs_an_index_and_says_what_it_is():
    x = mx.zeros((2, 3))
    assert repr(x.at) == "ArrayAt(shape=(2, 3), dtype=float32)"
    assert repr(x.at[0]) == "ArrayAt(shape=(2, 3), dtype=float32, indexed)"
    assert isinstance(x.at, mx.ArrayAt)
    with pytest.raises(ValueError, match="index comes first"):
        x.at.add(1)
    with pytest.raises(IndexError, match="out of range"):
        x.at[5]
    with pytest.raises(TypeError, match="subtract"):
        mx.array([True]).at[0].subtract(True)
    assert mx.array([True, False]).at[mx.array([1, 1])].add(True).tolist() == [True, True]
    assert x.at[0].add(value=2)[0].tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    "write, expected",
    [
        (lambda x: x.__setitem__((), 3), 3),
        (lambda x: x.__setitem__(..., 3), 3),
        (lambda x: x.__setitem__(None, 3), 3),
        (lambda x: x.__setitem__(None, mx.array([3])), 3),
        (lambda x: x.__setitem__(True, 3), 3),
        (lambda x: x.__setitem__(False, 3), 1),
        (lambda x: x.__setitem__(mx.array(True), 3), 3),
    ],
)
def test_0d_arrays_are_written(write, expected):
    x = mx.array(1)
    write(x)
    assert x.shape == ()
    assert x.item() == expected


def test_values_take_the_dtype_of_the_array():
    x = mx.array([1, 2, 3], mx.int16)
    x[0] = 2.7
    x[1:] = mx.array([4.9, -5.9])
    assert x.dtype == mx.int16
    assert x.tolist() == [2, 4, -5]
    x[[0]] = [True]
    assert x.tolist() == [1, 4, -5]
    d = mx.zeros((2,), mx.float64)
    d[:] = [0.1, 0.2]
    assert d.tolist() == [0.1, 0.2]
    d[:] = np.array([0.3, 0.4])
    assert d.tolist() == [0.3, 0.4]
    d[0] = 0.7
    assert d.tolist() == [0.7, 0.4]


def test_whole_and_nested_assignments():
    x = mx.zeros((2, 3), mx.int32)
    x[:] = 1
    assert x.tolist() == [[1, 1, 1]] * 2
    x[...] = mx.array([1, 2, 3])
    assert x.tolist() == [[1, 2, 3]] * 2
    x[None] = mx.array([[[4], [5]]])
    assert x.tolist() == [[4, 4, 4], [5, 5, 5]]
    x[1][0] = 9  # a write to a new array
    assert x.tolist() == [[4, 4, 4], [5, 5, 5]]
    x[..., 1:2] = 0
    assert x.tolist() == [[4, 0, 4], [5, 0, 5]]
    x[0] += 1
    x[:, [0, 0]] += 10
    assert x.tolist() == [[15, 1, 5], [15, 0, 5]]


# ---- Who sees a write -----------------------------------------------------------------------------------------------


def test_every_name_sees_a_write_and_nothing_made_before_does():
    x = mx.array([[1, 2], [3, 4]])
    same_object = x
    row, column, turned, copied, computed = x[0], x[:, 1], x.T, mx.array(x), x * 1
    flipped = x[::-1]
    mx.eval(row, turned)
    x[0] = 7
    x[:, 1] = mx.array([8, 9])
    x[mx.array([1])] = -1
    assert same_object is x
    assert same_object.tolist() == [[7, 8], [-1, -1]]
    assert row.tolist() == [1, 2]
    assert column.tolist() == [2, 4]
    assert turned.tolist() == [[1, 3], [2, 4]]
    assert flipped.tolist() == [[3, 4], [1, 2]]
    assert copied.tolist() == computed.tolist() == [[1, 2], [3, 4]]
    row[0] = 100
    assert x.tolist() == [[7, 8], [-1, -1]]


def test_overlapping_parts_of_one_array():
    x = mx.arange(6)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3, 4]
    x[:] = x[::-1]
    assert x.tolist() == [4, 3, 2, 1, 0, 0]
    x[mx.array([0, 1])] = x[mx.array([1, 0])]
    assert x.tolist() == [3, 4, 2, 1, 0, 0]
    m = mx.arange(9).reshape(3, 3)
    m[:] = m.T
    assert m.tolist() == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


def test_exports_and_sources_keep_their_values():
    a = np.arange(4, dtype=np.float32)
    x = mx.array(a)
    export = np.array(x, copy=False) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else np.asarray(x)
    before = export.copy()
    x[0] = 99
    mx.eval(x)
    assert a[0] == 0
    assert np.array_equal(export, before)
    del x
    gc.collect()
    assert np.array_equal(export, before)


@pytest.mark.parametrize(
    "write, error",
    [
        (lambda x: x.__setitem__(0, mx.zeros((2, 4))), ValueError),
        (lambda x: x.__setitem__(0, [1, 2]), ValueError),
        (lambda x: x.__setitem__((0, slice(1, 1)), [1, 2]), ValueError),
        (lambda x: x.__setitem__(0, "a"), TypeError),
        (lambda x: x.__setitem__(0, None), TypeError),
        (lambda x: x.__setitem__(0, object()), TypeError),
        (lambda x: x.__setitem__(0, [[1], [2, 3]]), ValueError),
        (lambda x: x.__setitem__(5, 1), IndexError),
        (lambda x: x.__setitem__([0, 5], 1), IndexError),
        (lambda x: x.__setitem__((0, 0, 0), 1), IndexError),
        (lambda x: x.__setitem__(1.0, 1), TypeError),
        (lambda x: x.__setitem__("a", 1), TypeError),
        (lambda x: x.__setitem__(mx.array([1.0]), 1), TypeError),
        (lambda x: x.__setitem__([True, False], 1), IndexError),
        (lambda x: x.__setitem__(x > 3, mx.arange(7)), ValueError),
        (lambda x: x.__setitem__(([0, 1], [0, 1, 2]), 1), IndexError),
        (lambda x: x.__delitem__(0), TypeError),
    ],
)
def test_a_write_that_fails_changes_nothing(write, error):
    x = mx.arange(12).reshape(3, 4)
    with pytest.raises(error, match=r"\["):
        write(x)
    assert x.tolist() == np.arange(12).reshape(3, 4).tolist()


@pytest.mark.parametrize(
    "index, error, text",
    [
        (3, IndexError, r"Index 3 is out of range for axis 0 .*\(3, 4\).* -3 to 2"),
        ((0, -5), IndexError, "Index -5 is out of range for axis 1"),
        ([0, 3], IndexError, "Index 3 is out of range for axis 0"),
        (np.array([[0], [-4]]), IndexError, "Index -4 is out of range for axis 0"),
        ((0, 0, 0), IndexError, r"Too many indices: 3 for an array of shape \(3, 4\)"),
        ((..., ...), IndexError, "one Ellipsis"),
        (1.0, TypeError, "float is not supported"),
        (np.float32(1), TypeError, "float32"),
        ("a", TypeError, "integers, slices, None, Ellipsis.*str is not supported"),
        (b"a", TypeError, "bytes is not supported"),
        ({}, TypeError, "dict is not supported"),
        ([1.5], TypeError, "float32"),
        (mx.array([1.0]), TypeError, "integer dtype.*float32"),
        (slice(0, 3, 0), ValueError, "zero"),
        (slice("a"), TypeError, "slice"),
        ([True, False], IndexError, r"mask of shape \(2,\) does not fit an array of shape \(3, 4\)"),
        (([0, 1], [0, 1, 2]), IndexError, r"\(2,\) and \(3,\) do not broadcast"),
        (1 << 70, IndexError, "int|fit"),
    ],
)
def test_bad_indices_are_named(index, error, text):
    x = mx.arange(12).reshape(3, 4)
    with pytest.raises(error, match=text):
        x[index]
    with pytest.raises(error, match=text):
        x[index] = 1


def test_an_element_of_an_empty_axis_is_refused():
    with pytest.raises(IndexError):
        mx.zeros((0, 3))[mx.array([0])]
    with pytest.raises(IndexError):
        mx.zeros((0, 3))[0]
    assert mx.zeros((0, 3))[mx.array([], mx.int32)].shape == (0, 3)


# ---- Iteration ------------------------------------------------------------------------------------------------------


def test_iteration_gives_rows():
    x = mx.arange(6).reshape(3, 2)
    rows = list(x)
    assert [r.tolist() for r in rows] == [[0, 1], [2, 3], [4, 5]]
    assert isinstance(iter(x), mx.ArrayIterator)
    assert list(mx.zeros((0, 2))) == []
    _, second, _ = x
    assert second.tolist() == [2, 3]
    seen = []
    for row in x:
        x[:] = 0  # the loop walks the value from its beginning
        seen.append(row.tolist())
    assert seen == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(TypeError, match="0-d"):
        iter(mx.array(1))


def test_membership():
    x = mx.array([[1, 2], [3, 4]])
    assert 3 in x
    assert 5 not in x
    assert mx.array([1, 2]) in x
    assert "a" not in x


# ---- Compiled -------------------------------------------------------------------------------------------------------


def test_reads_and_writes_in_a_compiled_function():
    x, v = mx.arange(24).reshape(2, 3, 4), mx.array([-1, -2, -3])
    rows, mask = mx.array([1, 0, 1]), mx.array([[True, False, True], [False, True, False]])

    def program(x, v, rows, mask):
        y = x[..., ::-1]
        y[0, 1] = 5
        y[:, :, 2] = v
        y[rows, :, [0, 1, 2]] = v
        y[mask] = 100
        y = y.at[0, mask[1]].add(7)
        y[mask, 1:] = v
        z = y[rows, mx.array([0, 1, 2])]
        return y, z, y.at[rows].add(z[:, None]), y.at[:, 1].maximum(50)

    plain, compiled = program(x, v, rows, mask), mx.compile(program)(x, v, rows, mask)
    for a, b in zip(plain, compiled, strict=True):
        assert a.dtype == b.dtype
        same(b, np.array(a))


@given(writes("isneaa"), st.booleans())
@settings(quick, max_examples=25)
def test_compiled_equals_uncompiled(case, traced):
    shape, index, value, _ = case
    if value is None:
        return
    ours = converted(index, "array")
    positions = [i for i, item in enumerate(ours) if isinstance(item, mx.array)]

    def program(x, v, *arrays):
        at = list(ours)
        if traced:
            for i, item in zip(positions, arrays, strict=True):
                at[i] = item
        at = tuple(at)
        y = x + 0
        y[at] = v
        return x[at], y, x.at[at].add(v)

    args = (mx.array(numbered(shape)), mx.array(value), *[ours[i] for i in positions])
    for a, b in zip(program(*args), mx.compile(program)(*args), strict=True):
        same(b, np.array(a))


def test_arguments_written_in_a_compiled_function_are_written():
    @mx.compile
    def step(cache, k, rows):
        cache[1:3] = k
        cache[rows] += 1
        return cache.sum()

    cache = mx.zeros((4, 2))
    name = cache
    assert step(cache, mx.ones((2, 2)), mx.array([0, 3])).item() == 8
    assert name.tolist() == [[1, 1], [1, 1], [1, 1], [1, 1]]
    step(cache, mx.ones((2, 2)), mx.array([0, 3]))
    assert name.tolist() == [[2, 2], [1, 1], [1, 1], [2, 2]]


def test_traced_masks():
    @mx.compile
    def read(x):
        return x[x > 1]

    with pytest.raises(mx.TraceError, match=r"(?s)mask.*read.*mx.where"):
        read(mx.arange(4))

    @mx.compile
    def write(x, v):
        y = mx.array(x)
        y[x > 1] = v
        return y

    x = mx.arange(5)
    assert write(x, mx.array([10, 20, 30])).tolist() == [0, 1, 10, 20, 30]
    assert write(x, mx.array([10, 20])).tolist() == [0, 1, 10, 20, 20]  # the last one stands for those that lack
    assert write(x, mx.array([10, 20, 30, 40])).tolist() == [0, 1, 10, 20, 30]
    assert write(x, mx.array(7)).tolist() == [0, 1, 7, 7, 7]
    fixed = mx.array([False, True, True])

    @mx.compile
    def known(x):
        return x[fixed] + 1

    assert known(mx.array([1, 2, 3])).tolist() == [3, 4]


def test_slices_from_traced_ends_name_the_way_out():
    @mx.compile
    def window(x, i):
        return x[i : i + 2]

    with pytest.raises(mx.TraceError, match=r"ends of a slice.*x\[i \+ mx.arange\(n\)\]"):
        window(mx.arange(5), mx.array(1))
    assert mx.arange(5)[mx.array(1) : mx.array(3)].tolist() == [1, 2]
    assert mx.compile(lambda x, i: x[i + mx.arange(2)])(mx.arange(5), mx.array(1)).tolist() == [1, 2]


@given(writes("isnem"))
@settings(quick, max_examples=25)
def test_writes_by_traced_masks(case):
    shape, index, value, _ = case
    found = [i for i, item in enumerate(index) if isinstance(item, np.ndarray)]
    if value is None or len(found) != 1:
        return
    at = found[0]

    def program(x, v, mask):
        y = x + 0
        y[(*index[:at], mask, *index[at + 1 :])] = v
        return y

    expected = write_reference(numbered(shape), index, value)
    same(mx.compile(program)(mx.array(numbered(shape)), mx.array(value), mx.array(index[at])), expected)


# ---- Kernels --------------------------------------------------------------------------------------------------------


def test_views_launch_nothing_and_index_arrays_one_kernel(kernels):
    x = mx.arange(24).reshape(2, 3, 4) + 1
    rows = mx.array([1, 0, 1])
    mx.eval(x, rows)
    kernels()
    mx.eval(x[0], x[:, 1:], x[..., ::-1], x[None, 0, :, None])
    assert kernels() == 0
    mx.eval(x[rows])
    assert kernels() == 1
    mx.eval(x[0, :, rows])
    assert kernels() == 1
    mx.eval(x[rows, [0, 1, 2], ::2])
    assert kernels() == 1


def test_assignments_launch_nothing(kernels):
    x = mx.zeros((4, 8)) + 1
    k = mx.ones((8,)) + 1
    rows = mx.array([0, 3])
    mx.eval(x, k, rows)
    kernels()
    for i in range(4):
        x[i] = k
        x[..., i : i + 1] = 5
        x[rows] = k
        x[rows, 2] = 7
        mx.eval(x)
    assert kernels() == 0
    x[x > 5] = 0
    mx.eval(x)
    assert kernels() == 2  # the mask, and the choice


def test_a_slice_assigned_in_a_loop_is_written_in_place():
    x = mx.zeros((1 << 20,)) + 1
    k = mx.ones((16,)) + 1
    mx.eval(x, k)
    mx.reset_peak_memory()
    before = mx.get_peak_memory()
    for i in range(50):
        x[16 * i : 16 * i + 16] = k
        x[mx.array([i])] = 3
        mx.eval(x)
    assert mx.get_peak_memory() - before < x.nbytes
    view = x[5:7]
    mx.eval(view)
    x[5] = 100  # somebody else needs the old value: a copy
    mx.eval(x)
    assert view.tolist() == [3, 3]
    assert x[5:7].tolist() == [100, 3]


# ---- The page -------------------------------------------------------------------------------------------------------


def test_the_examples_of_the_page_print_what_it_says():
    page = (Path(__file__).parents[2] / "docs" / "indexing.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(examples) >= 5
    said = []
    for text in examples:
        test = doctest.DocTestParser().get_doctest(text, {"mx": mx}, "indexing.md", None, None)
        doctest.DocTestRunner().run(test, out=said.append)
    assert not said, "".join(said)
