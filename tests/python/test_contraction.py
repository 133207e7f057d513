"""Contractions against NumPy in double precision: inner, outer, tensordot, kron, trace, einsum and its paths."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx

RNG = np.random.default_rng(0)
EPSILON = {mx.float16: 1e-3, mx.bfloat16: 8e-3, mx.float32: 2e-6, mx.float64: 1e-14, mx.complex64: 2e-6}
REAL = [mx.float16, mx.bfloat16, mx.float32, mx.float64]
EXACT = [mx.uint8, mx.int16, mx.int32, mx.int64]


def wide(x):
    """The array in NumPy, in double precision (integers as they are)."""
    if x.dtype in (mx.float16, mx.bfloat16):
        x = x.astype(mx.float32)
    a = np.array(x)
    return a.astype(np.complex128 if a.dtype.kind == "c" else np.float64) if a.dtype.kind in "fc" else a


def values(shape, dtype=mx.float32):
    if dtype == mx.complex64:
        return mx.array(RNG.uniform(-1, 1, (*shape, 2)).astype(np.float32).view(np.complex64)[..., 0])
    if dtype == mx.bool_:
        return mx.array(RNG.integers(0, 2, shape)).astype(dtype)
    if dtype in EXACT:
        return mx.array(RNG.integers(0, 5, shape)).astype(dtype)
    return mx.array(RNG.uniform(-1, 1, shape).astype(np.float32)).astype(dtype)


def close(x, expected, terms=64):
    """Equal for integers; else within the rounding of sums of numbers below one."""
    assert x.shape == np.shape(expected)
    if x.dtype in EPSILON:
        np.testing.assert_allclose(wide(x), expected, rtol=0, atol=EPSILON[x.dtype] * max(1, terms) ** 0.5 * 4)
    else:
        np.testing.assert_array_equal(np.array(x), expected)


def check(function, reference, *arrays, terms=64, dtype=None):
    expected = reference(*[wide(a) for a in arrays])
    for call in (function, mx.compile(function)):
        x = call(*arrays)
        assert x.dtype == (dtype or arrays[0].dtype)
        close(x, expected, terms)


@pytest.mark.parametrize("dtype", [*REAL, mx.complex64, *EXACT])
def test_dtypes(dtype):
    a, b = values((3, 4), dtype), values((5, 4), dtype)
    check(mx.inner, np.inner, a, b)
    check(mx.outer, np.outer, a, b)
    check(mx.kron, np.kron, a, b)
    check(lambda a, b: mx.tensordot(a, b, ([1], [1])), lambda a, b: np.tensordot(a, b, ([1], [1])), a, b)
    check(lambda a, b: mx.einsum("ij,kj->ki", a, b), lambda a, b: np.einsum("ij,kj->ki", a, b), a, b)
    check(lambda a: mx.einsum("ij->j", a), lambda a: np.einsum("ij->j", a), a)
    check(lambda a: mx.vecdot(a, a), lambda a: np.sum(a.conj() * a, -1), a)
    wide_sum = {mx.uint8: mx.uint32, mx.int16: mx.int32}.get(dtype, dtype)
    check(lambda a: mx.trace(a, dtype=wide_sum), np.trace, a, dtype=wide_sum)


def test_booleans():
    a, b = values((3, 4), mx.bool_), values((4, 2), mx.bool_)
    assert np.array_equal(np.array(mx.einsum("ij,jk->ik", a, b)), np.einsum("ij,jk->ik", np.array(a), np.array(b)))
    assert mx.einsum("ij->i", a).dtype == mx.bool_
    assert mx.trace(a).dtype == mx.int32


def test_mixed_dtypes_promote():
    a, b = mx.array([1, 2]), mx.array([0.5, 1.5])
    assert mx.inner(a, b).item() == 3.5
    assert mx.einsum("i,i->i", a, b).tolist() == [0.5, 3.0]
    assert mx.tensordot(a, b, 0).dtype == mx.float32


@pytest.mark.parametrize(
    ("a", "b"), [((), ()), ((), (3,)), ((2, 3), ()), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 4, 3)), ((2, 3), (4, 3)),
                 ((0,), (0,)), ((2, 0), (3, 0)), ((0, 3), (2, 3))]
)  # fmt: skip
def test_inner_and_outer_shapes(a, b):
    x, y = values(a), values(b)
    check(mx.inner, np.inner, x, y)
    check(mx.outer, np.outer, x, y)
    check(mx.kron, np.kron, x, y)


TENSORDOTS = [
    ((2, 3, 4), (3, 4, 5), 2),
    ((2, 3), (4, 5), 0),
    ((2, 3), (3, 5), 1),
    ((3,), (3,), 1),
    ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])),
    ((2, 3, 4), (5, 2), ([0], [1])),
    ((2, 3, 4), (5, 2), (0, 1)),
    ((2, 3, 4), (5, 4, 2), ([-1, 0], [1, -1])),
    ((2, 3), (2, 3), ([0, 1], [0, 1])),
    ((2, 0), (0, 3), 1),
    ((), (3,), 0),
]


@pytest.mark.parametrize(("a", "b", "axes"), TENSORDOTS)
def test_tensordot(a, b, axes):
    check(lambda x, y: mx.tensordot(x, y, axes), lambda x, y: np.tensordot(x, y, axes), values(a), values(b))
    check(
        lambda x, y: mx.tensordot(x, y, axes),
        lambda x, y: np.tensordot(x, y, axes),
        values(a, mx.int32),
        values(b, mx.int32),
    )


def test_tensordot_of_views():
    a = values((4, 6)).T[::2]
    b = values((6, 8))[::-1, 1:5]
    check(lambda a, b: mx.tensordot(a, b, ([1], [1])), lambda a, b: np.tensordot(a, b, ([1], [1])), a, b)


@pytest.mark.parametrize("offset", [-2, 0, 1, 9])
def test_trace(offset):
    check(lambda a: mx.trace(a, offset), lambda a: np.trace(a, offset), values((3, 5)))
    check(lambda a: mx.trace(a, offset, 2, 0), lambda a: np.trace(a, offset, 2, 0), values((3, 4, 5)))
    assert mx.trace(mx.ones((3, 3), mx.int8)).dtype == mx.int32
    assert mx.trace(mx.ones((3, 3), mx.int8), dtype=mx.float16).dtype == mx.float16


def test_vecdot_axes():
    a, b = values((2, 3, 4)), values((3, 1))
    check(lambda a, b: mx.vecdot(a, b, axis=1), lambda a, b: np.sum(a * b, 1), a, b)
    check(lambda a, b: mx.vecdot(a, b, axis=0), lambda a, b: np.sum(a * b, 0), a, b)


EINSUMS = [
    ("i", [(3,)]),
    ("i->", [(3,)]),
    ("ij", [(2, 3)]),
    ("ji", [(2, 3)]),
    ("ij->ji", [(2, 3)]),
    ("ii", [(3, 3)]),
    ("ii->i", [(3, 3)]),
    ("iji->j", [(3, 2, 3)]),
    ("iiji->ij", [(3, 3, 2, 3)]),
    ("iijj->ij", [(2, 2, 3, 3)]),
    ("...ii->...i", [(2, 3, 3)]),
    ("...ii", [(2, 4, 3, 3)]),
    ("i...->...", [(2, 3, 4)]),
    ("...", [(2, 3)]),
    ("...->...", [()]),
    ("->", [()]),
    ("i->...i", [(3,)]),
    ("i,i", [(3,), (3,)]),
    ("i,i->i", [(3,), (3,)]),
    ("i,j", [(3,), (4,)]),
    ("i,j->ji", [(3,), (4,)]),
    ("i,->i", [(3,), ()]),
    ("ij,j", [(2, 3), (3,)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij,jk->ki", [(2, 3), (3, 4)]),
    ("ij,jk->", [(2, 3), (3, 4)]),
    ("ij,kl->jl", [(2, 3), (4, 5)]),
    ("ij,ij->ij", [(2, 3), (1, 3)]),
    ("ij,ij->", [(2, 1), (1, 3)]),
    ("ij,jk->ik", [(2, 1), (3, 4)]),
    ("ijk,ikl->ijl", [(2, 3, 4), (1, 4, 5)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("bhqk,bhkd->bqhd", [(2, 3, 4, 6), (2, 3, 6, 5)]),
    ("bij,bj->bi", [(2, 3, 4), (2, 4)]),
    ("ij...,jk...->ik...", [(2, 3, 5), (3, 4, 5)]),
    ("...ij,...jk->...ik", [(5, 2, 3), (3, 4)]),
    ("...ij,...jk", [(6, 1, 2, 3), (5, 3, 4)]),
    ("...,...->...", [(2, 3), (3,)]),
    ("i...,j...->ij...", [(2, 3), (4, 3)]),
    ("a,ab,abc->abc", [(2,), (2, 3), (2, 3, 4)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]),
    ("ij,jk,kl,lm->im", [(2, 3), (3, 4), (4, 5), (5, 2)]),
    ("ea,fb,abcd,gc,hd->efgh", [(2, 3), (2, 3), (3, 3, 3, 3), (2, 3), (2, 3)]),
    ("ii,ij,j->i", [(3, 3), (3, 3), (3,)]),
    ("ij,ij,ij->", [(2, 3)] * 3),
    ("i,i,i,i,i,i,i,i,i,i->i", [(3,)] * 10),
    ("ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak", [(2, 2)] * 10),
    (" i j , j k -> i k ", [(2, 3), (3, 4)]),
    ("Ab,bC", [(2, 3), (3, 4)]),
    ("ij,jk->ik", [(0, 3), (3, 4)]),
    ("ij,jk->ik", [(2, 0), (0, 4)]),
    ("ij,ij->i", [(2, 0), (2, 0)]),
]


@pytest.mark.parametrize(("subscripts", "shapes"), EINSUMS)
@pytest.mark.parametrize("dtype", [mx.float32, mx.int32, mx.float16])
def test_einsum(subscripts, shapes, dtype):
    arrays = [values(s, dtype) for s in shapes]
    check(lambda *a: mx.einsum(subscripts, *a), lambda *a: np.einsum(subscripts, *a), *arrays)


def test_einsum_sums_unnamed_axes_that_the_output_leaves_out():
    a = values((2, 3, 4))
    check(lambda a: mx.einsum("i...->i", a), lambda a: a.sum((1, 2)), a)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "message"),
    [
        ("ij,jk", [(2, 3)], "has subscripts for 2 operands, 1 were given"),
        ("ij", [], "has subscripts for 1 operands, 0 were given"),
        ("ij", [(2,)], "has 1 axes, its subscripts in 'ij' name 2"),
        ("i", [(2, 3)], "has 2 axes, its subscripts"),
        ("...ijk", [(2, 3)], "has 2 axes"),
        ("ij,jk", [(2, 3), (4, 5)], "axis 0 does not fit the extent 3"),
        ("ii", [(2, 3)], "have one letter"),
        ("ii", [(2, 1)], "have one letter"),
        ("i->j", [(2,)], "'j' of 'i->j' is in no operand"),
        ("i->ii", [(2,)], "has the letter 'i' twice"),
        ("i1", [(2, 3)], "'1' is not allowed"),
        ("i->i->i", [(2,)], "is not allowed"),
        ("i-j", [(2, 3)], "'-' is not allowed"),
        ("......", [(2, 3)], "'.' is not allowed"),
        ("..i", [(2, 3)], "'.' is not allowed"),
        ("...i,...i", [(2, 3), (4, 3)], "does not fit"),
    ],
)
def test_bad_einsums(subscripts, shapes, message):
    for function in (mx.einsum, mx.einsum_path):
        with pytest.raises(ValueError, match=r"\[einsum\].*" + message):
            function(subscripts, *[mx.zeros(s) for s in shapes])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mx.inner(mx.ones((2, 3)), mx.ones(2)), ValueError, r"\[inner\] The last axes of shapes \(2, 3\)"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(2)), ValueError, r"\[tensordot\] Cannot sum over 2 axes"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(2), -1), ValueError, r"\[tensordot\]"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(3), 1), ValueError, r"\[tensordot\].*different extents"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(2), ([0, 1], [0])), ValueError, r"\[tensordot\].*do not pair"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(2), ([0], [1])), IndexError, r"\[tensordot\]"),
        (lambda: mx.tensordot(mx.ones((2, 2)), mx.ones((2, 2)), ([0, 0], [0, 1])), ValueError, r"given twice"),
        (lambda: mx.tensordot(mx.ones(2), mx.ones(2), ([0],)), ValueError, r"\[tensordot\] `axes`"),
        (lambda: mx.trace(mx.ones(2)), ValueError, r"\[trace\]"),
        (lambda: mx.vecdot(mx.ones(2), mx.ones(2), axis=1), IndexError, r"\[vecdot\]"),
        (lambda: mx.vecdot(mx.ones(2), mx.ones(3)), ValueError, r"broadcast"),
        (lambda: mx.kron(mx.ones(1 << 31), mx.ones(1 << 31)), ValueError, r"\[kron\]"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match="(?i)" + message):
        call()


def path_cost(path, subscripts, shapes):
    """Multiplications of a path, counted independently."""
    inputs, output = subscripts.split("->")
    terms = [set(t) for t in inputs.split(",")]
    extent = {c: n for t, s in zip(inputs.split(","), shapes) for c, n in zip(t, s)}
    total = 0
    for step in path:
        picked = [terms[i] for i in step]
        for i in sorted(step, reverse=True):
            del terms[i]
        together = set().union(*picked)
        total += np.prod([extent[c] for c in together], dtype=float)
        terms.append(together & set(output).union(*terms))
    assert len(terms) == 1
    return total


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk,kl->il", [(2, 30), (30, 4), (4, 50)]),
        ("ij,jk,kl,lm->im", [(50, 2), (2, 40), (40, 3), (3, 60)]),
        ("ea,fb,abcd,gc,hd->efgh", [(5, 5), (5, 5), (5, 5, 5, 5), (5, 5), (5, 5)]),
        ("a,b,c,abc->", [(9,), (8,), (7,), (9, 8, 7)]),
        ("ab,bc,cd,de,ef,fg,gh->ah", [(2, 9), (9, 3), (3, 8), (8, 2), (2, 7), (7, 5), (5, 6)]),
    ],
)
def test_paths_are_as_good_as_numpys_optimum(subscripts, shapes):
    arrays = [mx.zeros(s) for s in shapes]
    path, text = mx.einsum_path(subscripts, *arrays)
    best = np.einsum_path(subscripts, *[np.zeros(s) for s in shapes], optimize="optimal")[0][1:]
    assert path_cost(path, subscripts, shapes) <= path_cost(best, subscripts, shapes)
    assert subscripts in text


def test_paths_of_few_and_many_operands():
    assert mx.einsum_path("ij->i", mx.zeros((2, 3)))[0] == [(0,)]
    assert mx.einsum_path("ij,jk", mx.zeros((2, 3)), mx.zeros((3, 2)))[0] == [(0, 1)]
    letters = string.ascii_letters
    n = 40
    chain = ",".join(letters[i : i + 2] for i in range(n)) + "->" + letters[0] + letters[n]
    matrices = [values((2, 2)) for _ in range(n)]
    path, _ = mx.einsum_path(chain, *matrices)
    assert path_cost(path, chain, [(2, 2)] * n) <= 8 * (n - 1)
    expected = np.linalg.multi_dot([wide(m) for m in matrices])
    np.testing.assert_allclose(wide(mx.einsum(chain, *matrices)), expected, rtol=1e-4, atol=1e-6)


def test_contractions_run_as_matrix_products():
    a, b, c = values((20, 30)), values((30, 40)), values((40, 50))
    mx.eval(a, b, c)
    before = mx.library_calls_made()
    mx.eval(mx.einsum("ij,jk,kl->il", a, b, c))
    assert mx.library_calls_made() - before == 2
    mx.eval(mx.einsum("ij,kj->ki", a, a[:5]))
    assert mx.library_calls_made() - before == 3


@st.composite
def contractions(draw):
    letters = "abcde"[: draw(st.integers(1, 5))]
    extents = {c: draw(st.integers(1, 4)) for c in letters}
    unnamed = [draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))]
    terms, shapes, used = [], [], set()
    for _ in range(draw(st.integers(1, 4))):
        names = draw(st.lists(st.sampled_from(letters), max_size=4))
        used.update(names)
        # Extent 1 broadcasts, but not beside the same letter in one operand.
        shrunk = {c: 1 if draw(st.integers(0, 4)) == 0 else extents[c] for c in names}
        shape = [shrunk[c] for c in names]
        at = draw(st.integers(0, len(names)))
        term = "".join(names)
        if unnamed:
            shape[at:at] = unnamed[draw(st.integers(0, len(unnamed))) :]
            term = term[:at] + "..." + term[at:]
        terms.append(term)
        shapes.append(tuple(shape))
    text = ",".join(terms)
    if draw(st.booleans()):
        output = draw(st.permutations(sorted(used)))[: draw(st.integers(0, len(used)))]
        at = draw(st.integers(0, len(output)))
        text += "->" + "".join(output[:at]) + ("..." if unnamed else "") + "".join(output[at:])
    return text, shapes


@settings(max_examples=150, deadline=None)
@given(contractions())
def test_random_einsums(contraction):
    subscripts, shapes = contraction
    arrays = [values(s, mx.int32) for s in shapes]
    expected = np.einsum(subscripts, *[np.array(a) for a in arrays])
    np.testing.assert_array_equal(np.array(mx.einsum(subscripts, *arrays)), expected)
    floats = [a.astype(mx.float32) for a in arrays]
    result = mx.einsum(subscripts, *floats)
    assert result.shape == expected.shape
    np.testing.assert_allclose(np.array(result), expected, rtol=1e-5)
