"""What the sweeps over the op tables share: values of every dtype with all special ones, exact references, error in
units in the last place, and memory layouts."""

import numpy as np
from scipy import special

import cermet.core as mx
from cermet import _core

FLOATS = ["float16", "bfloat16", "float32", "float64"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = [*UNSIGNED, *SIGNED]
DTYPES = ["bool", *INTEGERS, *FLOATS, "complex64"]

# name: bits of the fraction, exponent of the smallest normal number, largest number
FORMATS = {
    "float16": (10, -14, 65504.0),
    "bfloat16": (7, -126, float.fromhex("0x1.fep127")),
    "float32": (23, -126, float.fromhex("0x1.fffffep127")),
    "float64": (52, -1022, float.fromhex("0x1.fffffffffffffp1023")),
}

TABLE = {row["name"]: row for row in _core._op_table()}


def ops(arity, *types):
    """Names of the rows of that arity (and, if given, those types)."""
    return [n for n, r in TABLE.items() if r["arity"] == arity and (not types or r["types"] in types)]


def dtype_of(name):
    return getattr(mx, "bool_" if name == "bool" else name)


def takes(name, dtype):
    types = TABLE[name]["types"]
    if dtype == "complex64":
        return name not in REAL_ONLY and types not in ("bitwise", "shift")
    if dtype == "bool":
        return types != "arithmetic"
    return not (types in ("bitwise", "shift") and dtype in FLOATS)


REAL_ONLY = {"floor_divide", "remainder", "expm1", "sigmoid", "arctan2", "erf", "erfinv", "floor", "ceil", "trunc"}


# ---- Values -------------------------------------------------------------------------------------------------------


def special_floats(dtype):
    fraction, exponent, largest = FORMATS[dtype]
    smallest = 2.0 ** (exponent - fraction)
    positive = [0.0, smallest, 2.0**exponent - smallest, 2.0**exponent, largest, np.inf, np.nan]
    positive += [0.5, 1.0, 1 + 2.0**-fraction, 1 - 2.0 ** (-fraction - 1), 1.5, 2.0, 3.0, 10.0]
    return np.array([*positive, *[-x for x in positive]])


def special_integers(dtype):
    info = np.iinfo(dtype)
    width = 8 * np.dtype(dtype).itemsize
    values = {0, 1, 2, 3, 5, 7, 10, width - 1, width, info.max, info.max - 1, info.max // 2 + 1, info.min, info.min + 1}
    return np.array(sorted(v for v in values | {-v for v in values} if info.min <= v <= info.max), dtype)


def exactly(values, dtype):
    """An array of the dtype and its values in the widest type of their kind."""
    values = np.asarray(values)
    given = mx.array(values, mx.float64 if values.dtype == np.float64 else None)  # doubles become float32 otherwise
    x = given.astype(dtype_of(dtype))
    wide = mx.float64 if dtype in FLOATS else x.dtype
    return x, np.array(x.astype(wide))


def float_arguments(name, dtype, n=1000):
    """Pairs of (array, doubles), one an argument: the row's domain, all magnitudes, all pairs of special values."""
    random = np.random.default_rng(len(name))
    fraction, exponent, largest = FORMATS[dtype]
    low, high = (max(min(x, largest), -largest) for x in TABLE[name]["domain"])
    specials = special_floats(dtype)
    arity = TABLE[name]["arity"]
    crossed = np.meshgrid(*[specials] * min(arity, 2))
    out = []
    for k in range(arity):
        dense = random.uniform(max(low, -1e4), min(high, 1e4), n)
        dense[: n // 4] *= 10.0 ** random.integers(-6, 1, n // 4)
        magnitudes = 2.0 ** random.uniform(exponent - fraction, np.log2(largest), n // 2)
        magnitudes[::2] *= -1
        random.shuffle(magnitudes)
        out.append(exactly(np.concatenate([dense, magnitudes, crossed[min(k, 1)].ravel()]), dtype))
    return out


def integer_arguments(name, dtype, n=200):
    random = np.random.default_rng(len(name))
    arity = TABLE[name]["arity"]
    if dtype == "bool":
        specials, info = np.array([False, True]), None
        spread = [random.integers(0, 2, n).astype(bool) for _ in range(arity)]
    else:
        specials, info = special_integers(dtype), np.iinfo(dtype)
        spread = [random.integers(info.min, info.max, n, dtype=dtype, endpoint=True) for _ in range(arity)]
        if arity == 2:  # a small second operand: counts, exponents, divisors
            small = random.integers(max(info.min, -9), 20, n).astype(dtype)
            spread = [np.concatenate([spread[0], spread[0]]), np.concatenate([spread[1], small])]
    crossed = np.meshgrid(*[specials] * min(arity, 2))
    return [exactly(np.concatenate([s, crossed[min(k, 1)].ravel()]), dtype) for k, s in enumerate(spread)]


def complex_arguments(name, n=600):
    """Finite numbers of all magnitudes near 1, on the axes and on both sides of the branch cuts."""
    random = np.random.default_rng(len(name))
    out = []
    for k in range(TABLE[name]["arity"]):
        parts = random.normal(size=(2, n)) * 10.0 ** random.uniform(-2, 1, (2, n))
        edges = np.array([0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0])
        re, im = np.meshgrid(edges, edges if k == 0 else edges + 0.25)
        values = np.empty(n + re.size, np.complex64)
        values.real, values.imag = np.concatenate([parts[0], re.ravel()]), np.concatenate([parts[1], im.ravel()])
        out.append((mx.array(values), values.astype(np.complex128)))
    return out


# ---- References ---------------------------------------------------------------------------------------------------


def floor_divide(a, b):
    """floor(a / b) of a rounded quotient wherever NumPy's algorithm for finite numbers does not apply."""
    regular = np.isfinite(a) & np.isfinite(b) & (b != 0) & (a != 0) & np.isfinite(a / b)
    return np.where(regular, np.floor_divide(a, b), np.floor(a / b))


FLOAT_REFERENCES = {
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "erf": special.erf,
    "erfinv": special.erfinv,
    "sigmoid": special.expit,
    "bitwise_invert": np.invert,
    "floor_divide": floor_divide,
    "sign": lambda x: np.sign(x) + 0,
    "where": lambda c, x, y: np.where(c != 0, x, y),
    "isposinf": lambda x: x == np.inf,
    "isneginf": lambda x: x == -np.inf,
}


def complex_logaddexp(a, b):
    """The operand with the larger real part keeps its imaginary part: the result is not reduced to (-pi, pi]."""
    high, low = np.where(b.real < a.real, a, b), np.where(b.real < a.real, b, a)
    return high + np.log1p(np.exp(low - high))


COMPLEX_REFERENCES = {
    "degrees": lambda x: x * (180 / np.pi),
    "radians": lambda x: x * (np.pi / 180),
    "logaddexp": complex_logaddexp,
}


def float_reference(name, arguments):
    with np.errstate(all="ignore"):
        if np.iscomplexobj(arguments[0]) and name in COMPLEX_REFERENCES:
            return COMPLEX_REFERENCES[name](*arguments)
        return (FLOAT_REFERENCES.get(name) or getattr(np, name))(*arguments)


def integer_power(a, b, bits):
    if b >= 0:
        return pow(a, b, 1 << bits)
    return a if a == 1 else (-1) ** (b & 1) if a == -1 else 0


def integer_references(bits):
    """On Python's integers, before the result wraps to `bits`."""

    def left_shift(a, b):
        return a << b if 0 <= b < bits else 0

    def right_shift(a, b):
        return a >> b if 0 <= b < bits else -1 if a < 0 else 0

    return {
        "abs": abs,
        "positive": int,
        "negative": lambda a: -a,
        "sign": lambda a: (a > 0) - (a < 0),
        "square": lambda a: a * a,
        "floor": int,
        "ceil": int,
        "round": int,
        "trunc": int,
        "real": int,
        "imag": lambda a: 0,
        "conjugate": int,
        "bitwise_invert": lambda a: ~a,
        "add": lambda a, b: a + b,
        "subtract": lambda a, b: a - b,
        "multiply": lambda a, b: a * b,
        "floor_divide": lambda a, b: a // b if b else 0,
        "remainder": lambda a, b: a % b if b else 0,
        "power": lambda a, b: integer_power(a, b, bits),
        "maximum": max,
        "minimum": min,
        "bitwise_and": lambda a, b: a & b,
        "bitwise_or": lambda a, b: a | b,
        "bitwise_xor": lambda a, b: a ^ b,
        "left_shift": left_shift,
        "right_shift": right_shift,
    }


# Bool is no integer of one bit: sums are or, differences exclusive or; shifts see uint8.
BOOL_REFERENCES = {
    "add": np.logical_or,
    "subtract": np.logical_xor,
    "multiply": np.logical_and,
    "floor_divide": np.logical_and,
    "remainder": lambda a, b: np.zeros_like(a),
    "power": lambda a, b: a | ~b,
    "maximum": np.logical_or,
    "minimum": np.logical_and,
    "bitwise_and": np.logical_and,
    "bitwise_or": np.logical_or,
    "bitwise_xor": np.logical_xor,
    "bitwise_invert": np.logical_not,
    "left_shift": lambda a, b: a.astype(np.uint8) << b.astype(np.uint8),
    "right_shift": lambda a, b: a.astype(np.uint8) >> b.astype(np.uint8),
    "imag": np.zeros_like,
}


def integer_reference(name, arguments, dtype):
    if dtype == "bool":
        return BOOL_REFERENCES.get(name, lambda a: a)(*arguments)
    info = np.iinfo(dtype)
    bits = info.bits
    function = integer_references(bits)[name]

    def wrapped(*values):
        return (function(*values) - int(info.min)) % (1 << bits) + int(info.min)

    return np.frompyfunc(wrapped, len(arguments), 1)(*[a.astype(object) for a in arguments]).astype(dtype)


# ---- Comparison ---------------------------------------------------------------------------------------------------


def assert_within(got, expected, dtype, ulp, what, scale=0.0, signed_zeros=True):
    """`scale`: magnitudes that the unit may be taken from beside the result's own."""
    fraction, exponent, largest = FORMATS[dtype]
    got, expected = np.asarray(got, np.longdouble), np.asarray(expected, np.longdouble)
    assert got.shape == expected.shape
    huge = np.abs(expected) > largest  # beyond the largest number the result may round to infinity
    with np.errstate(all="ignore"):
        same = (got == expected) | (np.isnan(got) & np.isnan(expected)) | (huge & (np.abs(got) >= largest))
        magnitude = np.maximum(np.maximum(np.abs(expected), scale), np.longdouble(2.0) ** exponent)
        error = np.abs(got - expected) / np.exp2(np.floor(np.log2(magnitude)) - fraction)
    bad = ~same & ~(error <= ulp)
    if signed_zeros:
        bad |= (got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))
    at = np.flatnonzero(bad)
    assert not bad.any(), (
        f"{what}: {bad.sum()} bad at {at[:4]}: {got[bad][:4]}, not {expected[bad][:4]}: {error[bad][:4]} > {ulp}"
    )


def bits_of(x):
    """The elements' bits, every NaN alike."""
    if x.dtype == mx.complex64:
        return np.stack([bits_of(mx.real(x)), bits_of(mx.imag(x))])
    if x.dtype == mx.bool_:
        return np.array(x).astype(np.uint8)
    raw = np.array(x.view({1: mx.uint8, 2: mx.uint16, 4: mx.uint32, 8: mx.uint64}[x.itemsize]))
    if x.dtype not in (mx.float16, mx.bfloat16, mx.float32, mx.float64):
        return raw
    return np.where(np.array(mx.isnan(x)), raw.dtype.type(0xFF if raw.itemsize == 1 else 0x7FFF), raw)


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(bits_of(a), bits_of(b))


# ---- Layouts ------------------------------------------------------------------------------------------------------


def layouts(x):
    """The values of a matrix in memory of other layouts, with a name each."""
    rows, columns = x.shape
    twice = mx.stack([x, x], axis=2).reshape(rows, 2 * columns)
    framed = mx.concatenate([x[:, :1], x, x[:, :2]], axis=1)
    out = {
        "transposed": mx.contiguous(x.T).T,
        "strided": twice[:, ::2],
        "reversed": mx.contiguous(x[::-1, ::-1])[::-1, ::-1],
        "inside": framed[:, 1 : columns + 1],
    }
    mx.eval(list(out.values()))
    return out
