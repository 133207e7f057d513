"""Every row of the element-wise table against NumPy and SciPy in double precision, within the row's error bound, over
dtypes, layouts, empty and 0-d arrays; and compiled against uncompiled, bit for bit."""

import warnings

import numpy as np
import pytest
from scipy import special

import cermet.core as mx

TABLE = {row["name"]: row for row in mx._op_table()} if hasattr(mx, "_op_table") else {}
if not TABLE:
    from cermet import _core

    TABLE = {row["name"]: row for row in _core._op_table()}

FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTEGERS = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
MANTISSA = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}
MINIMUM = {"float16": -24, "bfloat16": -133, "float32": -149, "float64": -1074}

SPECIAL = {
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "erf": special.erf,
    "erfinv": special.erfinv,
    "sigmoid": special.expit,
    "power": lambda a, b: np.power(a, b),
    "bitwise_invert": np.invert,
    "round": np.round,
    "degrees": np.degrees,
    "radians": np.radians,
    "abs": np.abs,
}


def reference(name):
    return SPECIAL.get(name) or getattr(np, name)


def dtype_of(name):
    return getattr(mx, "bool_" if name == "bool" else name)


def to_numpy(x):
    return np.array(x.astype(mx.float32) if x.dtype == mx.bfloat16 else x)


def sample(name, dtype, n, seed):
    """Values of the row's domain with the special ones among them, as exact doubles."""
    random = np.random.default_rng(seed)
    low, high = TABLE[name]["domain"]
    low, high = max(low, -30.0), min(high, 30.0)
    values = random.uniform(low, high, n)
    values[: n // 4] *= 10.0 ** random.integers(-6, 1, n // 4)
    edges = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 2.0, 1e-30, 3e4]
    values[-len(edges) :] = edges
    x = mx.array(values, mx.float64).astype(dtype_of(dtype))
    return x, np.array(x.astype(mx.float64))


def assert_within(got, expected, dtype, ulp, what, scale=0.0):
    """`scale`: magnitudes that the unit may be taken from beside the result's own."""
    got = np.array(got.astype(mx.float64))
    expected = np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    limit = {"float16": 65504.0, "bfloat16": 3.3895314e38, "float32": 3.4028235e38, "float64": np.inf}[dtype]
    # beyond the largest number the result may round to infinity
    huge = np.abs(expected) > limit
    same = (got == expected) | (np.isnan(got) & np.isnan(expected)) | (huge & (np.abs(got) >= limit))
    with np.errstate(all="ignore"):
        exponent = np.floor(np.log2(np.maximum(np.maximum(np.abs(expected), scale), 1e-320)))
        unit = 2.0 ** np.maximum(exponent - MANTISSA[dtype], MINIMUM[dtype])
        error = np.abs(got - expected) / unit
    bad = ~same & ~(error <= ulp)
    assert not bad.any(), (
        f"{what}: {bad.sum()} bad, e.g. got {got[bad][:4]}, expected {expected[bad][:4]}, ulp {error[bad][:4]} > {ulp}"
    )


# Ops whose float results at NaN or infinity NumPy defines otherwise than MLX and Cermet's documentation.
SPECIAL_VALUES_DIFFER = {"floor_divide", "remainder"}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name",
    [n for n, r in TABLE.items() if r["types"] in ("numeric", "arithmetic", "floating", "real_floating", "ordered")],
)
def test_float_values(name, dtype):
    row = TABLE[name]
    arguments = [sample(name, dtype, 1003, k) for k in range(row["arity"])]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = reference(name)(*[a for _, a in arguments])
    got = getattr(mx, name)(*[x for x, _ in arguments])
    assert got.dtype == dtype_of(dtype)
    # the stated bound plus the final rounding of the result
    if name in SPECIAL_VALUES_DIFFER:
        finite = np.all([np.isfinite(a) & (a != 0) for _, a in arguments], axis=0)
        keep = [int(i) for i in np.flatnonzero(finite)]
        got = mx.array(np.array(got.astype(mx.float64))[keep], mx.float64)
        expected = expected[keep]
    # halves compute in float32 and round once: half an ulp of the half type and the row's bound in float32
    bound = max(row["ulp"], 0.5) + 0.5 if dtype in ("float32", "float64") else 1.0
    # logaddexp states its bound in units of the largest of its result and its arguments
    scale = np.nan_to_num(np.max(np.abs([a for _, a in arguments]), axis=0), posinf=0) if name == "logaddexp" else 0.0
    assert_within(got, expected, dtype, bound, f"{name} {dtype}", scale)


def integer_reference(name, arguments):
    a = arguments[0]
    with np.errstate(all="ignore"):
        if name in ("floor_divide", "remainder"):
            b = arguments[1]
            safe = np.where(b == 0, 1, b)
            out = np.floor_divide(a, safe) if name == "floor_divide" else np.remainder(a, safe)
            return np.where(b == 0, 0, out).astype(a.dtype)
        if name in ("left_shift", "right_shift"):
            b = arguments[1]
            width = a.dtype.itemsize * 8
            over = b.astype(np.int64) >= width
            out = reference(name)(a, np.where(over, 0, b).astype(b.dtype))
            filler = np.where(a < 0, -1, 0).astype(a.dtype) if name == "right_shift" else a.dtype.type(0)
            return np.where(over, filler, out).astype(a.dtype)
        return reference(name)(*arguments)


INTEGER_OPS = [
    n
    for n, r in TABLE.items()
    if r["types"] in ("numeric", "arithmetic", "ordered", "bitwise", "shift", "compare")
    and n not in ("power", "divide", "conjugate")
]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", INTEGER_OPS)
def test_integer_values_are_exact(name, dtype):
    random = np.random.default_rng(5)
    info = np.iinfo(dtype)
    arguments = []
    for k in range(TABLE[name]["arity"]):
        values = random.integers(info.min, info.max, 500, dtype=dtype, endpoint=True)
        values[:6] = [0, 1, info.max, info.min, 2, 0]
        if "shift" in name and k == 1:
            values = (values % 70 if info.max > 70 else values % 20).astype(dtype)
            values = np.abs(values)
        arguments.append(values)
    arguments[0][:6] = [info.min, info.max, 0, info.min, info.max, 5]
    if name == "floor_divide" and info.min < 0:
        arguments[1][0] = -1  # the smallest number divided by -1 wraps
    got = np.array(getattr(mx, name)(*[mx.array(a) for a in arguments]))
    expected = integer_reference(name, arguments)
    if name == "sign" and info.min == 0:
        expected = (arguments[0] > 0).astype(dtype)
    assert np.array_equal(got, np.asarray(expected).astype(got.dtype)), name


@pytest.mark.parametrize("name", [n for n, r in TABLE.items() if r["types"] in ("predicate", "compare", "logical")])
def test_predicates_return_bool(name):
    values = [sample("add", "float32", 203, k) for k in range(TABLE[name]["arity"])]
    got = getattr(mx, name)(*[x for x, _ in values])
    assert got.dtype == mx.bool_
    assert np.array_equal(np.array(got), reference(name)(*[a for _, a in values]))


@pytest.mark.parametrize(
    "name",
    [
        "add",
        "subtract",
        "multiply",
        "divide",
        "exp",
        "log",
        "sqrt",
        "sin",
        "cos",
        "abs",
        "negative",
        "square",
        "conjugate",
        "real",
        "imag",
        "equal",
        "power",
        "tanh",
    ],
)
def test_complex_values(name):
    random = np.random.default_rng(3)
    arity = TABLE[name]["arity"]
    values = [(random.normal(size=300) + 1j * random.normal(size=300)).astype(np.complex64) for _ in range(arity)]
    got = np.array(getattr(mx, name)(*[mx.array(v) for v in values]))
    expected = getattr(np, name)(*[v.astype(np.complex128) for v in values])
    assert np.allclose(got, expected, rtol=2e-5, atol=2e-6)


def layouts(a):
    """The same values in memory that is whole, transposed, strided, reversed, and broadcast."""
    x = mx.array(a)
    yield "contiguous", x
    yield "transposed", mx.array(np.ascontiguousarray(a.T)).T
    yield "strided", mx.array(np.repeat(a, 2, axis=1))[:, ::2]
    yield "reversed", mx.array(np.ascontiguousarray(a[::-1, ::-1]))[::-1, ::-1]


UNARY = [n for n, r in TABLE.items() if r["arity"] == 1 and r["types"] not in ("bitwise",)]


@pytest.mark.parametrize("shape", [(7, 9), (64, 130), (1, 5), (5, 1), (0, 3), (3, 0)])
@pytest.mark.parametrize("name", UNARY)
def test_layouts_and_compiled_agree_bit_for_bit(name, shape):
    low, high = TABLE[name]["domain"]
    a = np.random.default_rng(1).uniform(max(low, -3), min(high, 3), shape).astype(np.float32)
    f = getattr(mx, name)
    expected = np.array(f(mx.array(a)))
    g = mx.compile(lambda x: f(x))
    for layout, x in layouts(a):
        assert np.array_equal(np.array(f(x)), expected, equal_nan=True), layout
        assert np.array_equal(np.array(g(x)), expected, equal_nan=True), layout


def takes(name, dtype):
    types = TABLE[name]["types"]
    if dtype == "complex64":
        return types in ("numeric", "arithmetic", "floating", "compare", "complex_part")
    if dtype == "bool":
        return types not in ("arithmetic", "shift")
    return not (types in ("bitwise", "shift") and dtype in FLOATS)


def exactly_equal(a, b):
    if a.dtype == mx.bfloat16:
        a, b = a.astype(mx.float32), b.astype(mx.float32)
    a, b = np.array(a), np.array(b)
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS, *FLOATS, "complex64"])
@pytest.mark.parametrize("name", list(TABLE))
def test_every_op_and_dtype_compiled_equals_uncompiled(name, dtype):
    """Layouts, 0-d and empty arrays; an op that refuses a dtype refuses it compiled, too."""
    random = np.random.default_rng(9)
    f = getattr(mx, name)
    g = mx.compile(lambda *args: f(*args))
    for shape in [(5, 67), (), (0, 4)]:
        arguments = []
        for k in range(TABLE[name]["arity"]):
            kind = "bool" if name == "where" and k == 0 else dtype
            values = random.integers(0, 2 if kind == "bool" else 7, shape) * (
                0.5 if kind in (*FLOATS, "complex64") else 1
            )
            x = mx.array(np.asarray(values, np.float64), mx.float64).astype(dtype_of(kind))
            if len(shape) == 2 and k == 0:
                x = (
                    mx.array(np.ascontiguousarray(np.array(x.astype(mx.float64)).T), mx.float64)
                    .astype(dtype_of(kind))
                    .T
                )
            elif len(shape) == 2 and k == 1:
                x = x[::-1, ::-1]
            arguments.append(x)
        try:
            expected = f(*arguments)
        except TypeError:
            assert not takes(name, dtype) or dtype == "complex64"
            with pytest.raises(TypeError, match=name):
                g(*arguments)
            return
        got = g(*arguments)
        assert got.dtype == expected.dtype
        assert exactly_equal(got, expected), (shape, got, expected)


@pytest.mark.parametrize(
    "name", [n for n, r in TABLE.items() if r["arity"] == 2 and r["types"] not in ("bitwise", "shift")]
)
def test_broadcasting_agrees_with_numpy(name):
    random = np.random.default_rng(2)
    f = getattr(mx, name)
    g = mx.compile(lambda a, b: f(a, b))
    for sa, sb in [
        ((3, 4), (4,)),
        ((3, 1), (1, 5)),
        ((), (2, 3)),
        ((2, 1, 4), (3, 1)),
        ((0, 4), (1, 4)),
        ((6,), (6,)),
        ((40, 50), (40, 1)),
    ]:
        a, b = random.uniform(0.5, 3, sa).astype(np.float32), random.uniform(0.5, 3, sb).astype(np.float32)
        expected = reference(name)(a.astype(np.float64), b.astype(np.float64))
        got = np.array(f(mx.array(a), mx.array(b)))
        assert got.shape == expected.shape
        assert np.allclose(got, expected, rtol=1e-5)
        assert np.array_equal(np.array(g(mx.array(a), mx.array(b))), got)


@pytest.mark.parametrize("source", ["bool", *INTEGERS, *FLOATS, "complex64"])
@pytest.mark.parametrize("target", ["bool", *INTEGERS, *FLOATS, "complex64"])
def test_conversions_are_defined(source, target):
    values = [0, 1, 2, 100, 127] + ([] if source == "bool" or source.startswith("u") else [-1, -100])
    if source in FLOATS:
        values += [0.5, -2.75, np.inf, -np.inf, np.nan]
    x = mx.array(np.array(values), mx.float64).astype(dtype_of(source))
    got = x.astype(dtype_of(target))
    assert got.dtype == dtype_of(target)
    compiled = mx.compile(lambda x: x.astype(dtype_of(target)))(x)
    assert mx.array_equal(got, compiled, equal_nan=target in (*FLOATS, "complex64")).item()
    if source in FLOATS and target in INTEGERS:
        info = np.iinfo(target)
        v = np.array(x.astype(mx.float64))
        expected = np.where(
            np.isnan(v), 0, np.clip(np.trunc(np.nan_to_num(v, posinf=1e30, neginf=-1e30)), info.min, info.max)
        )
        assert got.astype(mx.float64).tolist() == expected.astype(np.float64).tolist()


def test_where_and_clip():
    c = np.array([True, False, True])
    a, b = np.array([1.0, 2, 3], np.float32), np.array([10.0, 20, 30], np.float32)
    assert np.array(mx.where(mx.array(c), mx.array(a), mx.array(b))).tolist() == [1, 20, 3]
    assert mx.where(mx.array(c), 1.5, mx.array(b)).tolist() == [1.5, 20, 1.5]
    assert mx.clip(mx.array(b), 12, None).tolist() == [12, 20, 30]
    assert mx.clip(mx.array(b), mx.array([0, 0, 0]), 25).tolist() == [10, 20, 25]
