"""The text of arrays."""

import math

import pytest

import cermet.core as mx


@pytest.mark.parametrize(
    "x, text",
    [
        (lambda: mx.array([1e-10, 1.0, 1e10]), "array([1e-10, 1, 1e+10], dtype=float32)"),
        (lambda: mx.array([1.123456789, 100.5]), "array([1.12346, 100.5], dtype=float32)"),
        (lambda: mx.array([[1, 2], [30, 4]]), "array([[ 1, 2],\n       [30, 4]], dtype=int32)"),
        (lambda: mx.array([True, False]), "array([True, False], dtype=bool)"),
        (lambda: mx.array([1 + 2j, 3.25 - 4j]), "array([1+2j, 3.25-4j], dtype=complex64)"),
        (lambda: mx.array([math.nan, math.inf, -math.inf, -0.0]), "array([nan, inf, -inf, -0], dtype=float32)"),
        (lambda: mx.array([1.5], mx.bfloat16), "array([1.5], dtype=bfloat16)"),
        (lambda: mx.array(3, mx.uint8), "array(3, dtype=uint8)"),
        (lambda: mx.array([]), "array([], dtype=float32)"),
        (lambda: mx.zeros((0, 3)), "array([], shape=(0, 3), dtype=float32)"),
        (lambda: mx.arange(2000), "array([0, 1, 2, ..., 1997, 1998, 1999], dtype=int32)"),
        (
            lambda: mx.zeros((2, 2, 2), mx.int8),
            "array([[[0, 0],\n        [0, 0]],\n       [[0, 0],\n        [0, 0]]], dtype=int8)",
        ),
    ],
)
def test_text(x, text):
    assert repr(x()) == str(x()) == text


def test_large_arrays_are_summarised_in_every_long_axis():
    text = repr(mx.zeros((40, 2, 40)))
    assert text.count("...") == 12 + 1
    assert len(text.splitlines()) == 13


def test_precision():
    x = mx.array([1.123456789, 100.5, 1e-10])
    assert mx.get_printoptions() == mx.PrintOptions()
    assert mx.get_printoptions().precision == -1
    with mx.printoptions(precision=2):
        assert repr(x) == "array([1.12, 100.50, 0.00], dtype=float32)"
        assert repr(mx.array([1.23456 + 2j])) == "array([1.23+2.00j], dtype=complex64)"
        assert repr(mx.array([1, 2])) == "array([1, 2], dtype=int32)"
        with mx.printoptions(precision=0):
            assert repr(mx.array([1.6])) == "array([2], dtype=float32)"
        assert mx.get_printoptions().precision == 2
    mx.set_printoptions(precision=3)
    try:
        assert repr(mx.array(1.0)) == "array(1.000, dtype=float32)"
    finally:
        mx.set_printoptions()
    assert repr(x) == "array([1.12346, 100.5, 1e-10], dtype=float32)"
    with pytest.raises(ValueError, match="precision"):
        mx.set_printoptions(precision=-2)
    with pytest.raises(TypeError):
        mx.set_printoptions(precision="two")


def test_format():
    assert f"{mx.array(1.5)}" == "1.5"
    assert f"{mx.array(1.5):.3f}" == "1.500"
    assert f"{mx.array(3):05d}" == "00003"
    x = mx.array([1, 2])
    assert f"{x}" == repr(x)
    with pytest.raises(TypeError, match="format"):
        f"{x:.2f}"
    with pytest.raises(ValueError):
        f"{mx.array(1.5):d}"
