"""How functions are bound: positions, names, defaults, errors, signatures, pickling, and the function table."""

import inspect
import pickle
import weakref

import numpy as np
import pytest

import cermet.core as mx

X = mx.zeros((2, 3))


def test_arguments_by_position_and_by_name():
    assert mx.moveaxis(X, 0, 1).shape == (3, 2)
    assert mx.moveaxis(X, 0, destination=1).shape == (3, 2)
    assert mx.moveaxis(X, destination=1, source=0).shape == (3, 2)
    assert X.moveaxis(destination=1, source=0).shape == (3, 2)
    assert mx.zeros(shape=3).shape == (3,)
    assert mx.zeros(**{"".join(["sha", "pe"]): (2,)}).shape == (2,)  # a name that is not interned


def test_defaults_apply():
    assert mx.zeros(2).dtype == mx.float32
    assert mx.zeros(2, None).dtype == mx.float32
    assert mx.eye(2).shape == (2, 2)
    assert mx.split(mx.arange(4), 2)[1].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mx.moveaxis(X), r"\[moveaxis\] `source` is missing: moveaxis\(a, /, source, destination, \*, stream"),
        (lambda: mx.moveaxis(X, 0, 1, 2), r"\[moveaxis\] At most 3 arguments by position, 4 were given"),
        (lambda: mx.moveaxis(X, 0, 1, to=2), r"\[moveaxis\] There is no parameter `to`"),
        (lambda: mx.moveaxis(X, 0, 1, source=2), r"\[moveaxis\] `source` was given twice"),
        (lambda: mx.moveaxis(a=X, source=0, destination=1), r"\[moveaxis\] `a` is given by position"),
        (lambda: mx.moveaxis(X, "0", 1), r"\[moveaxis\] `source` must be an integer, not str"),
        (lambda: mx.moveaxis(X, 0.5, 1), r"\[moveaxis\] `source` must be an integer, not float"),
        (lambda: mx.moveaxis(None, 0, 1), r"\[moveaxis\] `a` must be an array or a number, not NoneType"),
        (lambda: mx.moveaxis({}, 0, 1), r"\[moveaxis\] `a` must be an array or a number, not dict"),
        (lambda: X.moveaxis("x", 1), r"\[moveaxis\] `source` must be an integer, not str"),
        (lambda: mx.stack(3), r"\[stack\] `arrays` must be a list or tuple of arrays, not int"),
        (lambda: mx.stack([X, "x"]), r"\[stack\] Each item of `arrays` must be an array or a number, not str"),
        (lambda: mx.stack(None), r"\[stack\] `arrays` must be a list or tuple of arrays, not NoneType"),
        (lambda: mx.reshape(X, "ab"), r"\[reshape\] `shape` must be an integer or a sequence of integers, not str"),
        (lambda: mx.reshape(X, (2, 1.5)), r"\[reshape\] Each item of `shape` must be an integer, not float"),
        (lambda: mx.expand_dims(X, None), r"\[expand_dims\] `axis` must be an integer or a sequence of integers"),
        (lambda: mx.zeros(2, dtype="float32"), r"\[zeros\] `dtype` must be a Dtype like mx.float32"),
        (lambda: mx.astype(X, None), r"\[astype\] `dtype` must be a Dtype like mx.float32"),
        (lambda: mx.allclose(X, X, equal_nan=1), r"\[allclose\] `equal_nan` must be True or False, not int"),
        (lambda: mx.allclose(X, X, rtol="a"), r"\[allclose\] `rtol` must be a number, not str"),
        (lambda: mx.allclose(X, X, 1, 2, True), r"\[allclose\] At most 4 arguments by position"),
        (lambda: mx.einsum(X, X), r"\[einsum\] `subscripts` must be a string, not "),
        (lambda: mx.pad(X, 1, mode=2), r"\[pad\] `mode` must be a string, not int"),
        (lambda: mx.pad(X, "x"), r"\[pad\] `pad_width` must be an integer, a pair, or a sequence of pairs, not str"),
        (lambda: mx.tensordot(X, X, axes="x"), r"\[tensordot\] `axes` must be an integer or a sequence"),
        (lambda: mx.flip(X, stream=3), r"stream"),
        (lambda: mx.flip(X, None, mx.cpu), r"\[flip\] At most 2 arguments by position"),
    ],
)
def test_wrong_arguments_name_function_and_parameter(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_integers_out_of_range_are_value_errors():
    with pytest.raises(ValueError, match=r"\[moveaxis\] `source` is out of range: 1099511627776"):
        mx.moveaxis(X, 1 << 40, 0)
    with pytest.raises(ValueError, match=r"\[zeros\] `shape` is out of range"):
        mx.zeros(1 << 70)


def test_numpy_integers_and_other_sequences_are_taken():
    assert mx.moveaxis(X, np.int64(0), np.int8(1)).shape == (3, 2)
    assert mx.transpose(X, range(1, -1, -1)).shape == (3, 2)
    assert mx.zeros(np.array([2, 3]).tolist()).shape == (2, 3)
    assert mx.isclose(X, X, equal_nan=np.bool_(True)).shape == (2, 3)
    assert mx.moveaxis(X, mx.array(0), 1).shape == (3, 2)


def test_signatures_can_be_inspected():
    assert str(inspect.signature(mx.moveaxis)) == "(a, /, source, destination, *, stream=None)"
    assert str(inspect.signature(X.moveaxis)) == "(source, destination, *, stream=None)"
    assert str(inspect.signature(mx.meshgrid)) == "(*arrays, sparse=False, indexing='xy', stream=None)"
    assert inspect.signature(mx.zeros).parameters["dtype"].default == mx.float32
    assert mx.moveaxis.__doc__.startswith("moveaxis(a, /, source, destination, *, stream=None)\n\n")
    assert (mx.moveaxis.__name__, mx.moveaxis.__module__) == ("moveaxis", "cermet.core")
    assert mx.array.moveaxis.__qualname__ == "array.moveaxis"
    assert inspect.isroutine(mx.moveaxis)
    assert "moveaxis(a, /" in repr(mx.moveaxis)


def test_functions_pickle_by_name():
    assert pickle.loads(pickle.dumps(mx.moveaxis)) is mx.moveaxis
    assert pickle.loads(pickle.dumps(mx.array.moveaxis)) is mx.array.moveaxis


def test_functions_are_no_methods_of_classes_that_hold_them():
    class Layer:
        activation = mx.atleast_1d

    assert Layer().activation(mx.array(2)).tolist() == [2]
    weakref.ref(mx.moveaxis)
    with pytest.raises(TypeError):
        type(mx.moveaxis)()


def test_methods_take_the_array_first():
    assert mx.array.moveaxis(X, 0, 1).shape == (3, 2)
    assert X.reshape(3, 2).shape == X.reshape((3, 2)).shape == X.reshape([3, -1]).shape == (3, 2)
    assert X.reshape(-1).shape == (6,)
    assert mx.array(1).reshape(()).shape == mx.array(1).reshape().shape == ()
    assert X.transpose().shape == X.transpose(1, 0).shape == X.transpose((1, 0)).shape == (3, 2)
    assert X.reshape(6, stream=mx.cpu).shape == (6,)


def test_aliases_are_the_same_function():
    assert mx.concat is mx.concatenate
    assert mx.permute_dims is mx.transpose
    assert mx.empty is mx.zeros
    assert mx.empty_like is mx.zeros_like


def test_function_table_describes_every_function():
    table = mx._function_table()
    rows = {(row["module"], row["name"], row["is_function"]): row for row in table}
    row = rows["cermet.core", "roll", True]
    assert row["signature"] == "roll(a, /, shift, axis=None, *, stream=None)"
    assert row["result"] == "array"
    assert [p["name"] for p in row["parameters"]] == ["a", "shift", "axis", "stream"]
    assert [p["type"] for p in row["parameters"]] == [
        "ArrayLike",
        "int | Sequence[int]",
        "int | Sequence[int] | None",
        "StreamOrDevice",
    ]
    assert [p["default"] for p in row["parameters"]] == [None, None, "None", "None"]
    for row in table:
        assert row["doc"] and row["signature"].startswith(row["name"] + "(")
        module = mx
        for part in row["module"].split(".")[2:]:
            module = getattr(module, part)
        for name in [row["name"], *row["aliases"].split()]:
            assert not row["is_function"] or hasattr(module, name), name
            assert not row["is_method"] or hasattr(mx.array, name), name
