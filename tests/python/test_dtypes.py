"""Dtypes, categories, limits, and NumPy's names for them."""

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

import cermet.core as mx


@pytest.fixture
def oracle():
    """MLX's wheel, for what is compared with it."""
    return pytest.importorskip("mlx.core")


NAMES = [
    "bool_",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
]
CATEGORIES = [
    "generic",
    "number",
    "integer",
    "signedinteger",
    "unsignedinteger",
    "inexact",
    "floating",
    "complexfloating",
]


@pytest.mark.parametrize("name", NAMES)
def test_dtypes_are_values(name):
    t = getattr(mx, name)
    assert t.size == (2 if name == "bfloat16" else np.dtype(name.rstrip("_")).itemsize)
    assert t == getattr(mx, name)
    assert hash(t) == hash(pickle.loads(pickle.dumps(t)))
    assert pickle.loads(pickle.dumps(t)) == t
    assert copy.copy(t) == copy.deepcopy(t) == t
    assert {t: 1}[getattr(mx, name)] == 1
    assert repr(t) == "cermet.core." + name.rstrip("_")
    assert t != name
    assert (t == mx.float32) is (name == "float32")


def test_issubdtype_and_categories_agree_with_mlx(oracle):
    names = NAMES + CATEGORIES
    for a in names:
        for b in names:
            expected = oracle.issubdtype(getattr(oracle, a), getattr(oracle, b))
            assert mx.issubdtype(getattr(mx, a), getattr(mx, b)) == expected, (a, b)
    assert mx.floating == mx.DtypeCategory.floating
    assert mx.issubdtype(np.float32, mx.floating)
    with pytest.raises(TypeError, match="issubdtype"):
        mx.issubdtype("float32", mx.floating)
    with pytest.raises(TypeError, match="issubdtype"):
        mx.issubdtype(mx.float32, None)


def test_isdtype_agrees_with_mlx(oracle):
    kinds = [
        "bool",
        "signed integer",
        "unsigned integer",
        "integral",
        "real floating",
        "complex floating",
        "numeric",
    ]
    for name in NAMES:
        t, o = getattr(mx, name), getattr(oracle, name)
        for kind in kinds:
            assert mx.isdtype(t, kind) == oracle.isdtype(o, kind), (name, kind)
        assert mx.isdtype(t, ("bool", t))
        assert mx.isdtype(t, t)
    assert not mx.isdtype(mx.int8, (mx.int16, "real floating"))
    with pytest.raises(ValueError, match="isdtype"):
        mx.isdtype(mx.int8, "float")


def test_promotion_agrees_with_mlx(oracle):
    for a in NAMES:
        for b in NAMES:
            expected = repr(oracle.result_type(getattr(oracle, a), getattr(oracle, b)))
            assert repr(mx.result_type(getattr(mx, a), getattr(mx, b))).split(".")[-1] == expected.split(".")[-1]
            can = oracle.can_cast(getattr(oracle, a), getattr(oracle, b))
            assert mx.can_cast(getattr(mx, a), getattr(mx, b)) == can, (a, b)


def test_result_type_of_arrays_and_numbers():
    x = mx.zeros((2,), mx.int8)
    assert mx.result_type(x) == mx.int8
    assert mx.result_type(x, mx.float16) == mx.float16
    assert mx.result_type(x, 3) == mx.int8
    assert mx.result_type(x, 2.5) == mx.float32
    assert mx.result_type(mx.bfloat16, 2.5) == mx.bfloat16
    assert mx.result_type(x, 1j) == mx.complex64
    assert mx.result_type(3) == mx.int32
    assert mx.result_type(True, 2.0) == mx.float32
    assert mx.can_cast(x, mx.int16)
    assert not mx.can_cast(x, mx.uint8)
    with pytest.raises(ValueError, match="result_type"):
        mx.result_type()
    with pytest.raises(TypeError, match="result_type"):
        mx.result_type("int8")
    with pytest.raises(TypeError, match="can_cast"):
        mx.can_cast(mx.int8, None)


FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64"]


@pytest.mark.parametrize("name", FLOATS)
def test_finfo(name):
    info = mx.finfo(getattr(mx, name))
    expected = ml_dtypes.finfo("float32" if name == "complex64" else name)
    for attribute in ("min", "max", "eps", "smallest_normal", "bits"):
        assert getattr(info, attribute) == getattr(expected, attribute), attribute


@pytest.mark.parametrize("name", [n for n in NAMES if "int" in n])
def test_iinfo(name):
    info, expected = mx.iinfo(getattr(mx, name)), np.iinfo(name)
    assert (info.min, info.max, info.bits) == (expected.min, expected.max, expected.bits)
    assert info.dtype == getattr(mx, name)


def test_limits_print_and_agree_as_in_mlx(oracle):
    for name in FLOATS:
        info, expected = mx.finfo(getattr(mx, name)), oracle.finfo(getattr(oracle, name))
        assert repr(info) == repr(expected)
        assert repr(info.dtype).split(".")[-1] == repr(expected.dtype).split(".")[-1]
    for name in (n for n in NAMES if "int" in n):
        assert repr(mx.iinfo(getattr(mx, name))) == repr(oracle.iinfo(getattr(oracle, name)))


def test_limits_of_the_wrong_kind():
    with pytest.raises(ValueError, match="finfo"):
        mx.finfo(mx.int32)
    with pytest.raises(ValueError, match="iinfo"):
        mx.iinfo(mx.float32)
    with pytest.raises(ValueError, match="iinfo"):
        mx.iinfo(mx.bool_)
    with pytest.raises(TypeError, match="finfo"):
        mx.finfo("float32")
    assert mx.finfo(mx.zeros((2,), mx.float16)).bits == 16


def test_numpy_names_are_dtypes_where_one_is_expected():
    assert mx.zeros((2,), dtype=np.float16).dtype == mx.float16
    assert mx.array([1, 2], np.dtype("int8")).dtype == mx.int8
    assert mx.array([1.0]).astype(np.bool_).dtype == mx.bool_
    assert mx.array([1.0]).astype(ml_dtypes.bfloat16).dtype == mx.bfloat16
    assert mx.array([1.0]).astype(np.dtype(ml_dtypes.bfloat16)).dtype == mx.bfloat16
    assert mx.array([1], float).dtype == mx.float32
    for bad in ("float32", 3, np.datetime64, np.complex128, object):
        with pytest.raises(TypeError, match="dtype"):
            mx.array([1], bad)
