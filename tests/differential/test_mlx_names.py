"""Element-wise ops and reductions against MLX's wheel, where it is installed: names, aliases, methods, names of
parameters, and the dtype of every result over all dtypes and pairs of dtypes. Tables say what differs on purpose."""

import inspect
import re

import pytest

import cermet.core as mx
from cermet import _core

mlx = pytest.importorskip("mlx.core")

DTYPES = ["bool_", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"]
DTYPES += ["float16", "bfloat16", "float32", "float64", "complex64"]
ROWS = {row["name"]: row for row in _core._op_table()}
BINARY = [name for name, row in ROWS.items() if row["arity"] == 2]
UNARY = [name for name, row in ROWS.items() if row["arity"] == 1]
REDUCTIONS = [
    "sum",
    "prod",
    "max",
    "min",
    "all",
    "any",
    "argmax",
    "argmin",
    "mean",
    "var",
    "std",
    "logsumexp",
    "softmax",
]
SCALARS = [True, 1, 1.5, 1j]

# Functions of issue 3's lists that are no rows of a table.
MORE = ["astype", "view", "stop_gradient", "nan_to_num", "clip", "divmod", "isclose", "allclose", "array_equal"]
MORE += ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


@pytest.fixture(autouse=True)
def on_the_cpu():
    mlx.set_default_device(mlx.cpu)


def name_of(dtype):
    return str(dtype).split(".")[-1]


def outcome(call):
    """The dtype's name, or "refused"; nothing is computed."""
    try:
        result = call()
    except (ValueError, TypeError, RuntimeError):
        return "refused"
    return name_of((result[0] if isinstance(result, (list, tuple)) else result).dtype)


def example(module, dtype):
    return module.ones((2,), getattr(module, dtype))


# Refused by MLX, and defined here.
TAKEN_HERE_ONLY = {
    "nan_to_num": {"float64", "complex64"},
}
# Taken by MLX, refused here.
REFUSED_HERE = {
    "floor_divide": {"complex64", "1j"},  # complex numbers have no floor; NumPy refuses, too
}


def differences(names, ours, theirs):
    """`ours` and `theirs`: name -> case -> outcome."""
    bad = {}
    for name in names:
        for case, expected in theirs[name].items():
            got = ours[name][case]
            if got == expected or (expected == "refused" and case in TAKEN_HERE_ONLY.get(name, ())):
                continue
            if got == "refused" and any(part in case for part in REFUSED_HERE.get(name, ())):
                continue
            bad[name, case] = f"{got}, MLX: {expected}"
    return bad


def test_unary_ops_and_reductions_return_mlxs_dtypes():
    names = [n for n in [*UNARY, *REDUCTIONS, "nan_to_num"] if hasattr(mlx, n)]
    table = [{n: {d: outcome(lambda: getattr(m, n)(example(m, d))) for d in DTYPES} for n in names} for m in (mx, mlx)]
    assert not differences(names, *table)


def pairs(module, name):
    out = {}
    for a in DTYPES:
        for b in DTYPES:
            out[f"{a} {b}"] = outcome(lambda: getattr(module, name)(example(module, a), example(module, b)))
        for scalar in SCALARS:
            out[f"{a} {scalar}"] = outcome(lambda: getattr(module, name)(example(module, a), scalar))
            out[f"{scalar} {a}"] = outcome(lambda: getattr(module, name)(scalar, example(module, a)))
    return out


@pytest.mark.parametrize("name", [n for n in [*BINARY, "divmod"] if hasattr(mlx, n)])
def test_binary_ops_return_mlxs_dtypes(name):
    assert not differences([name], {name: pairs(mx, name)}, {name: pairs(mlx, name)})


def test_where_clip_and_round_return_mlxs_dtypes():
    calls = {
        "where": lambda m, a, b: m.where(m.array([True, False]), a, b),
        "clip": lambda m, a, b: m.clip(a, b, None),
        "clip_both": lambda m, a, b: m.clip(a, b, b),
    }
    bad = {}
    for name, call in calls.items():
        for a in DTYPES:
            for b in [*DTYPES, *SCALARS]:
                got, expected = (
                    outcome(lambda: call(m, example(m, a), example(m, b) if isinstance(b, str) else b))
                    for m in (mx, mlx)
                )
                if got != expected:
                    bad[name, a, b] = f"{got}, MLX: {expected}"
    for a in DTYPES:
        for decimals in (0, 1, -1):
            got, expected = (outcome(lambda: m.round(example(m, a), decimals)) for m in (mx, mlx))
            if got != expected:
                bad["round", a, decimals] = f"{got}, MLX: {expected}"
    assert not bad


# ---- Names --------------------------------------------------------------------------------------------------------


def test_every_op_of_the_tables_has_mlxs_aliases():
    """Functions that MLX has under two names are one function here, too."""
    by_doc = {}
    for name in dir(mlx):
        function = getattr(mlx, name)
        if callable(function) and not inspect.isclass(function) and function.__doc__:
            by_doc.setdefault(function.__doc__, set()).add(name)
    missing = set()
    for name in [*ROWS, *REDUCTIONS, *MORE]:
        function = getattr(mlx, name, None)
        for alias in by_doc.get(getattr(function, "__doc__", None), {name} if function else set()):
            if not hasattr(mx, alias):
                missing.add(alias)
    assert not missing


def parameters_of(doc):
    """Names of the parameters in the first line of MLX's doc, without the stream."""
    text = doc.strip().split("\n")[0]
    inside = text[text.index("(") + 1 : text.rindex(")")]
    inside = re.sub(r"\[[^\]]*\]", "", inside)
    names = [part.split(":")[0].split("=")[0].strip() for part in inside.split(",")]
    return [n for n in names if n not in ("/", "*", "stream", "self", "")]


def our_parameters(name):
    doc = getattr(mx, name).__doc__
    return parameters_of(doc)


@pytest.mark.parametrize("name", [n for n in [*ROWS, *REDUCTIONS, *MORE] if hasattr(mlx, n)])
def test_parameters_are_named_as_mlxs(name):
    theirs = parameters_of(getattr(mlx, name).__doc__)
    assert our_parameters(name)[: len(theirs)] == theirs


def test_array_methods_of_the_tables_are_mlxs():
    tabled = {row["method"] for row in ROWS.values()} | set(REDUCTIONS) | {*ROWS, *MORE}
    tabled |= {alias for row in ROWS.values() for alias in row["aliases"].split()}
    theirs = {n for n in dir(mlx.array) if n in tabled}
    ours = {n for n in dir(mx.array) if n in tabled}
    assert ours == theirs
    x, y = mx.array([4.0]), mlx.array([4.0])
    for name in (
        "abs",
        "exp",
        "log",
        "square",
        "sqrt",
        "rsqrt",
        "reciprocal",
        "round",
        "sum",
        "var",
        "std",
        "logsumexp",
    ):
        assert getattr(x, name)().tolist() == pytest.approx(getattr(y, name)().tolist(), nan_ok=True)
    assert mx.array([1.0, 4.0]).var(correction=1).item() == mlx.array([1.0, 4.0]).var(correction=1).item()
