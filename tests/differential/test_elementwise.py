"""Every row of the element-wise table against NumPy and SciPy in double precision or better, within the row's error
bound: all dtypes, special values, layouts, empty and 0-d arrays; and compiled against uncompiled, bit for bit."""

import functools

import numpy as np
import pytest
from op_samples import (
    DTYPES,
    FLOATS,
    INTEGERS,
    TABLE,
    assert_within,
    complex_arguments,
    dtype_of,
    exactly,
    float_arguments,
    float_reference,
    integer_arguments,
    integer_reference,
    layouts,
    ops,
    same_bits,
    takes,
)

import cermet.core as mx

VALUES = ["numeric", "arithmetic", "floating", "real_floating", "ordered", "complex_part"]
INEXACT = ["floating", "real_floating"]
TRUTHS = ["predicate", "compare", "logical"]

# Zeros of either sign are right: NumPy and SciPy leave the sign of these open.
ANY_ZERO = {"maximum", "minimum", "sign", "erfinv"}


def run(name, *arguments):
    return getattr(mx, name)(*arguments)


# ---- Values -------------------------------------------------------------------------------------------------------


def float_bound(name, dtype):
    """The row's bound and the rounding of the reference; halves compute in float32 and round once."""
    if dtype in ("float16", "bfloat16"):
        return 0.5 if TABLE[name]["ulp"] == 0 else 0.6
    return max(TABLE[name]["ulp"], 0.5) + (0.5 if dtype == "float64" else 0.01)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [n for n in TABLE if TABLE[n]["types"] in VALUES])
def test_floats(name, dtype):
    arguments = float_arguments(name, dtype)
    got = run(name, *[x for x, _ in arguments])
    assert got.dtype == dtype_of(dtype)
    doubles = [a for _, a in arguments]
    exact = [a.astype(np.longdouble) for a in doubles] if dtype == "float64" else doubles
    try:
        expected = float_reference(name, exact)
    except TypeError:  # SciPy's functions know doubles only
        expected = float_reference(name, doubles)
    got = np.array(got.astype(mx.float64))
    keep = np.ones(got.shape, bool)
    if name == "remainder":
        with np.errstate(all="ignore"):
            keep = ~(np.abs(doubles[0] / doubles[1]) > 2.0**199)  # defined as NaN
    scale = 0.0
    if name == "logaddexp":  # its bound counts units of the largest of its result and its arguments
        scale = np.nan_to_num(np.max(np.abs(doubles), axis=0), posinf=0)[keep]
    bound = float_bound(name, dtype)
    assert_within(got[keep], expected[keep], dtype, bound, f"{name} {dtype}", scale, name not in ANY_ZERO)


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
@pytest.mark.parametrize("name", [n for n in TABLE if TABLE[n]["types"] not in (*INEXACT, *TRUTHS, "select")])
def test_integers(name, dtype):
    if not takes(name, dtype):
        with pytest.raises(TypeError, match=name):
            run(name, mx.zeros((2,), dtype_of(dtype)))
        return
    arguments = integer_arguments(name, dtype)
    got = np.array(run(name, *[x for x, _ in arguments]))
    expected = np.asarray(integer_reference(name, [a for _, a in arguments], dtype))
    assert got.dtype == expected.dtype
    bad = np.flatnonzero(got != expected)
    shown = [(*[a[i] for _, a in arguments], got[i], expected[i]) for i in bad[:5]]
    assert not shown


@pytest.mark.parametrize("name", [n for n in TABLE if TABLE[n]["types"] in INEXACT])
def test_integers_become_float32(name):
    for dtype in ["bool", *INTEGERS]:
        arguments = [x for x, _ in integer_arguments(name, dtype, 50)]
        got = run(name, *arguments)
        assert got.dtype == mx.float32
        assert same_bits(got, run(name, *[x.astype(mx.float32) for x in arguments])), dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [n for n in TABLE if TABLE[n]["types"] in TRUTHS])
def test_truths(name, dtype):
    if not takes(name, dtype):
        return
    if dtype == "complex64":
        arguments = complex_arguments(name)
        arguments.append((arguments[0][0], arguments[0][1]))  # equal elements, too
        arguments = [arguments[0], arguments[-1]] if TABLE[name]["arity"] == 2 else arguments[:1]
    else:
        arguments = (float_arguments if dtype in FLOATS else integer_arguments)(name, dtype)
    got = run(name, *[x for x, _ in arguments])
    assert got.dtype == mx.bool_
    assert np.array_equal(np.array(got), float_reference(name, [a for _, a in arguments]))


@pytest.mark.parametrize("name", [n for n in TABLE if takes(n, "complex64") and TABLE[n]["types"] in VALUES])
def test_complex_numbers(name):
    arguments = complex_arguments(name)
    if name == "power":  # the exponents of this size keep the result in range
        arguments[1] = (arguments[1][0] * 0.25, arguments[1][1] * 0.25)
    got = np.array(run(name, *[x for x, _ in arguments]))
    expected = np.asarray(float_reference(name, [a for _, a in arguments]))
    assert got.dtype == (np.float32 if TABLE[name]["types"] == "complex_part" else np.complex64)
    finite = np.isfinite(expected) & (np.abs(expected) < 1e30)
    with np.errstate(all="ignore"):
        unit = np.abs(expected)
        if name == "logaddexp":  # its bound counts units of the largest of its result and its arguments
            unit = np.maximum(unit, np.max(np.abs([a for _, a in arguments]), axis=0))
        error = np.abs(got - expected) / np.maximum(unit, 1e-30)
    bad = np.flatnonzero(finite & ~(error < COMPLEX_BOUND.get(name, 4) * 2.0**-23))
    assert not [(*[a[i] for _, a in arguments], got[i], expected[i], error[i]) for i in bad[:5]]


# Relative to the modulus of the result, in units of float32.
COMPLEX_BOUND = {"power": 64}  # an exponential of a product of a logarithm


def test_where_takes_values_of_every_dtype():
    condition = mx.array([True, False, True, False])
    for dtype in DTYPES:
        x, y = (mx.array([k, 1, 1, k]).astype(dtype_of(dtype)) for k in (0, 1))
        got = mx.where(condition, x, y)
        assert got.dtype == dtype_of(dtype)
        assert got.tolist() == mx.array([0, 1, 1, 1]).astype(dtype_of(dtype)).tolist()
    floats, _ = exactly([np.nan, -0.0, 1e-45, np.inf], "float32")
    assert same_bits(mx.where(condition, floats, floats), floats)
    numbers = mx.array([0.0, -0.0, np.nan, 1e-45])
    assert mx.where(numbers, 1, 0).tolist() == [0, 0, 1, 1]


# ---- Layouts and compiled code ------------------------------------------------------------------------------------


def matrices(name, dtype):
    """Arguments as matrices of 7 x 41 elements."""
    random = np.random.default_rng(len(name))
    out = []
    for k in range(TABLE[name]["arity"]):
        kind = "bool" if name == "where" and k == 0 else dtype
        low, high = (max(min(x, 9.0), -9.0) for x in TABLE[name]["domain"])
        if kind == "complex64":
            values = random.normal(size=(7, 41)) + 1j * random.normal(size=(7, 41))
        elif kind in FLOATS:
            values = random.uniform(low, high, (7, 41))
        else:
            values = random.integers(0, 2 if kind == "bool" else 9, (7, 41))
        out.append(exactly(values, kind)[0])
    return out


# Uncompiled code makes one kernel an op, dtype and layout: all of them for float32, some for the rest.
@pytest.mark.parametrize("name", list(TABLE))
def test_layouts(name):
    dtype = "int32" if TABLE[name]["types"] in ("bitwise", "shift") else "float32"
    arguments = matrices(name, dtype)
    expected = run(name, *arguments)
    others = [layouts(x) for x in arguments]
    kinds = list(others[0])
    for i, kind in enumerate(kinds):  # operands of unlike layouts
        mixed = [o[kinds[(i + k) % len(kinds)]] for k, o in enumerate(others)]
        assert same_bits(run(name, *mixed), expected), kind
    row, column = expected[2], expected[:, 3]
    assert same_bits(run(name, *[x[2] for x in arguments]), row)
    assert same_bits(run(name, *[x[:, 3] for x in arguments]), column)
    assert same_bits(run(name, *[x[2, 3] for x in arguments]), expected[2, 3])
    assert run(name, *[x[:0] for x in arguments]).shape == (0, 41)


@functools.cache
def tabled(dtype, arity):
    """The ops that take the dtype, one function of all of them, and their uncompiled results."""
    names = [n for n in ops(arity) if takes(n, dtype)]
    arguments = [matrices(n, dtype) for n in names]
    expected = [run(n, *a) for n, a in zip(names, arguments, strict=True)]
    mx.eval(expected)
    return names, arguments, expected


@pytest.mark.parametrize("arity", [1, 2, 3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_compiled_equals_uncompiled(dtype, arity):
    names, arguments, expected = tabled(dtype, arity)
    f = mx.compile(lambda lists: [run(n, *a) for n, a in zip(names, lists, strict=True)])
    for layout in [None, "transposed", "strided"] if dtype in ("float32", "int32") else [None]:
        given = arguments if layout is None else [[layouts(x)[layout] for x in a] for a in arguments]
        for name, got, wanted in zip(names, f(given), expected, strict=True):
            assert same_bits(got, wanted), (name, layout)


@pytest.mark.parametrize("name", ops(2) + ops(3))
def test_broadcasting(name):
    dtype = mx.int32 if TABLE[name]["types"] in ("bitwise", "shift") else mx.float32
    random = np.random.default_rng(2)
    f = functools.partial(run, name)
    shapes = [((3, 4), (4,)), ((3, 1), (1, 5)), ((), (2, 3)), ((2, 1, 4), (3, 1)), ((0, 4), (1, 4)), ((9, 50), (9, 1))]
    for sa, sb in shapes:
        a, b = (mx.array(random.integers(1, 6, s)).astype(dtype) for s in (sa, sb))
        arguments = [a, b] if TABLE[name]["arity"] == 2 else [a > 2, a, b]
        shape = np.broadcast_shapes(sa, sb)
        whole = [mx.contiguous(mx.broadcast_to(x, shape)) for x in arguments]
        assert same_bits(f(*arguments), f(*whole)), (sa, sb)
    with pytest.raises(ValueError, match=name):
        f(*[mx.zeros((2, 3), dtype), mx.zeros((4,), dtype), mx.zeros((4,), dtype)][: TABLE[name]["arity"]])


@pytest.mark.parametrize("name", [n for n in TABLE if not takes(n, "complex64")])
def test_refused_dtypes_are_refused_compiled(name):
    z = mx.ones((3,), mx.complex64)
    arguments = [z] * TABLE[name]["arity"]
    with pytest.raises(TypeError, match=rf"\[{name}\]"):
        run(name, *arguments)
    with pytest.raises(TypeError, match=rf"\[{name}\]"):
        mx.compile(lambda *a: run(name, *a))(*arguments)


# ---- Conversions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", DTYPES)
def test_conversions(source):
    """Integers wrap, floats saturate, NaN becomes 0, everything that is not 0 is true."""
    if source == "complex64":
        values = np.array([0, 1, -1, 2.5, -2.5 + 1j, 1j, 100], np.complex64)
        x = mx.array(values)
    elif source in FLOATS:
        values = np.concatenate([np.array([0, 1, 2, 100, 127, -1, -100, 0.5, -2.75, 1e5, -1e9, 1e18, np.inf])])
        values = np.concatenate([values, -values, [np.nan]])
        x, values = exactly(values, source)
    else:
        x, values = integer_arguments("abs", source)[0]
    for target in DTYPES:
        got = x.astype(dtype_of(target))
        assert got.dtype == dtype_of(target)
        assert same_bits(mx.compile(lambda x, t=target: x.astype(dtype_of(t)))(x), got), target
        with np.errstate(all="ignore"):
            real = values.real if source == "complex64" else values
            if target == "bool":
                expected = values != 0
            elif target in INTEGERS and real.dtype.kind == "f":
                info = np.iinfo(target)
                inside = (real > float(info.min) - 1) & (real < float(info.max) + 1)
                expected = np.where(inside, np.where(inside, np.trunc(real), 0).astype(target), 0).astype(target)
                expected[~inside & (real > 0)] = info.max
                expected[~inside & (real < 0)] = info.min
            elif target == "bfloat16":
                expected = None if source == "bfloat16" else mx.array(real.astype(np.float32)).astype(mx.bfloat16)
                if source in ("float64", "int64", "uint64"):
                    continue  # rounds once: test_halves_round_once
            else:
                expected = (values if target == "complex64" else real).astype(target)
        if isinstance(expected, np.ndarray):
            expected = mx.array(expected) if expected.dtype != np.float64 else mx.array(expected, mx.float64)
        if expected is not None:
            assert same_bits(got, expected), (target, got, expected)


def test_halves_round_once():
    """A double just above a tie of bfloat16, which float32 would round onto it."""
    x = mx.array(np.array([1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-8, 1 + 3 * 2.0**-8 - 2.0**-40]), mx.float64)
    assert x.astype(mx.bfloat16).astype(mx.float32).tolist() == [1 + 2.0**-7, 1, 1 + 2.0**-7]
    y = mx.array(np.array([1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-11, 1 + 3 * 2.0**-11 - 2.0**-40]), mx.float64)
    assert y.astype(mx.float16).astype(mx.float32).tolist() == [1 + 2.0**-10, 1, 1 + 2.0**-10]


# ---- Forms of single ops ------------------------------------------------------------------------------------------


def test_clip_has_all_its_forms():
    b = mx.array([10.0, 20, 30])
    assert mx.clip(b, 12, None).tolist() == [12, 20, 30]
    assert mx.clip(b, None, 25).tolist() == [10, 20, 25]
    assert mx.clip(b, mx.array([0, 0, 40]), 25).tolist() == [10, 20, 40]
    assert mx.clip(b, 15, 12).tolist() == [15, 15, 15]
    assert mx.clip(b, a_min=mx.array([[11.0], [21.0]]), a_max=25).tolist() == [[11, 20, 25], [21, 21, 25]]
    assert np.isnan(mx.clip(mx.array([np.nan]), 0, 1).item())
    assert mx.clip(mx.array([1, 5, 9]), 2, 7).dtype == mx.int32
    assert mx.clip(mx.array([1, 5, 9]), 2.5, 7).dtype == mx.float32
    with pytest.raises(ValueError, match="clip"):
        mx.clip(b, None, None)


def test_round_takes_decimals():
    values = np.array([0.5, 1.5, 2.5, -0.5, 1.2345, -12.355, 1249.0, 0.0])
    x = mx.array(values, mx.float64)
    for decimals in (0, 1, 2, -1, -2):
        assert np.allclose(np.array(mx.round(x, decimals)), np.round(values, decimals), rtol=1e-15)
        assert np.array_equal(np.array(x.round(decimals)), np.array(mx.round(x, decimals=decimals)))
    assert mx.round(mx.array([14, 15, 25, -15]), -1).tolist() == [10, 20, 20, -20]
    assert mx.round(mx.array([14, 15]), 1).tolist() == [14, 15]
    assert mx.round(mx.array([1.5 + 2.5j])).tolist() == [2 + 2j]


def test_divmod_and_operators_agree():
    for dtype in ("int8", "uint8", "int32", "float32"):
        a, b = (x for x, _ in (float_arguments if dtype in FLOATS else integer_arguments)("divide", dtype, 30))
        q, r = mx.divmod(a, b)
        assert same_bits(q, a // b)
        assert same_bits(r, a % b)
    assert [x.tolist() for x in mx.divmod(mx.array([7, -7, 7, 7]), mx.array([2, 2, -2, 0]))] == [
        [3, -4, -4, 0],
        [1, 1, -1, 0],
    ]
    assert [x.tolist() for x in mx.divmod(7.5, mx.array([2.0, -2.0]))] == [[3, -4], [1.5, -0.5]]


def test_integer_powers():
    """Negative exponents give the exact power truncated towards zero, and 0 for a zero base."""
    base = mx.array([2, 1, -1, -1, 0, -3, 3])
    assert mx.power(base, mx.array([-1, -5, -3, -2, -1, -2, 3])).tolist() == [0, 1, -1, 1, 0, 0, 27]
    assert (base**2).tolist() == [4, 1, 1, 1, 0, 9, 9]
    assert (2 ** mx.array([0, 1, 10, 31, 32])).tolist() == [1, 2, 1024, -(2**31), 0]
    assert mx.pow is mx.power
