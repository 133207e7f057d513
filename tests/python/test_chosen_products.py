"""gather_mm, segmented_mm, block_masked_mm, hadamard_transform and unique: against NumPy written out, and MLX."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx

generator = np.random.default_rng(0)
slow = settings(max_examples=60, deadline=None)


def normal(*shape):
    return generator.standard_normal(shape).astype(np.float32)


def test_gather_mm():
    a, b = normal(3, 2, 4, 5), normal(2, 5, 6)
    left, right = np.array([[0], [5]]), np.array([0, 1, 1])
    expected = a.reshape(6, 4, 5)[left] @ b[right]
    actual = mx.gather_mm(mx.array(a), mx.array(b), mx.array(left), mx.array(right))
    np.testing.assert_allclose(np.array(actual), expected, atol=1e-5)
    rows = mx.gather_mm(mx.array(a[0, 0][:, None]), mx.array(b), None, mx.array([1, 0, 0, 1]), sorted_indices=False)
    np.testing.assert_allclose(np.array(rows), a[0, 0][:, None] @ b[[1, 0, 0, 1]], atol=1e-5)
    gradient = mx.grad(lambda b: mx.gather_mm(mx.array(a), b, mx.array(left), mx.array(right)).sum())(mx.array(b))
    assert gradient.shape == b.shape


def test_segmented_mm():
    a, b = normal(4, 7), normal(7, 3)
    segments = np.array([[[0, 3], [3, 7]], [[5, 5], [2, 6]]], np.uint32)
    expected = np.stack([[a[:, i:j] @ b[i:j] for i, j in row] for row in segments])
    np.testing.assert_allclose(
        np.array(mx.segmented_mm(mx.array(a), mx.array(b), mx.array(segments))), expected, atol=1e-5
    )


@pytest.mark.parametrize("boolean", [False, True])
def test_block_masked_mm(boolean):
    a, b = normal(2, 40, 70), normal(70, 33)
    masks = [generator.integers(0, 2, shape) for shape in [(2, 2), (2, 2, 3), (3, 2)]]
    masks = [m.astype(bool) if boolean else m * normal(*m.shape) for m in masks]
    out, left, right = (np.kron(m, np.ones((32, 32), np.float32)) for m in masks)
    expected = ((a * left[..., :40, :70]) @ (b * right[:70, :33])) * out[:40, :33]
    actual = mx.block_masked_mm(mx.array(a), mx.array(b), 32, *(mx.array(m) for m in masks))
    np.testing.assert_allclose(np.array(actual), expected, atol=1e-4)
    np.testing.assert_allclose(np.array(mx.block_masked_mm(mx.array(a), mx.array(b))), a @ b, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 4, 64, 1024])
def test_hadamard(n):
    hadamard = pytest.importorskip("scipy.linalg").hadamard(n)
    x = normal(3, n)
    np.testing.assert_allclose(np.array(mx.hadamard_transform(mx.array(x))), x @ hadamard / np.sqrt(n), atol=1e-4)
    np.testing.assert_allclose(np.array(mx.hadamard_transform(mx.array(x), 2.0)), 2 * x @ hadamard, atol=1e-2)
    assert mx.hadamard_transform(mx.array(x).astype(mx.float16)).dtype == mx.float16


@given(st.lists(st.integers(-3, 3), max_size=12), st.integers(0, 9))
@slow
def test_unique(values, size):
    a = np.array(values, np.int32)
    expected, index, inverse, counts = np.unique(a, return_index=True, return_inverse=True, return_counts=True)
    ours = mx.unique(mx.array(a), size, True, True, True, fill_value=77)
    k = min(size, len(expected))
    assert ours[0].tolist() == expected[:k].tolist() + [77] * (size - k)
    assert ours[1].tolist()[:k] == index[:k].tolist()
    if k == len(expected):
        assert ours[2].tolist() == inverse.tolist()
    assert ours[3].tolist() == counts[:k].tolist() + [0] * (size - k)
    assert [x.dtype for x in ours] == [mx.int32, mx.uint32, mx.uint32, mx.int32]


def test_unique_agrees_with_mlx():
    peer = pytest.importorskip("mlx.core")
    for values in ([2.0, float("nan"), 1.0, 2.0], [[2, 1], [1, 1]], [5, 5, 5, -1], 3):
        for size in (1, 2, 6):
            ours, theirs = (
                mx.unique(mx.array(values), size, True, True, True),
                peer.unique(peer.array(values), size, True, True, True),
            )
            for x, y in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(np.array(x), np.array(y))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: mx.gather_mm(mx.zeros(3), mx.zeros((3, 2))), ValueError, "matrices"),
        (lambda: mx.gather_mm(mx.zeros((3, 3)), mx.zeros((3, 2)), mx.array([0.5])), TypeError, "integers"),
        (
            lambda: mx.segmented_mm(mx.zeros((1, 3, 3)), mx.zeros((3, 2)), mx.array([[0, 1]])),
            ValueError,
            "two matrices",
        ),
        (lambda: mx.segmented_mm(mx.zeros((3, 3)), mx.zeros((3, 2)), mx.array([[0, 1, 2]])), ValueError, "(..., 2)"),
        (lambda: mx.block_masked_mm(mx.zeros((3, 3)), mx.zeros((3, 2)), 2, mx.ones((1, 1))), ValueError, "mask_out"),
        (lambda: mx.block_masked_mm(mx.zeros((3, 3)), mx.zeros((3, 2)), 0), ValueError, "positive"),
        (lambda: mx.hadamard_transform(mx.zeros(3)), ValueError, "power of two"),
        (lambda: mx.unique(mx.array([1]), -1), ValueError, "negative"),
        (lambda: mx.unique(mx.zeros(0), 2), ValueError, "fill_value"),
        (lambda: mx.unique(mx.array([1]), 2, fill_value=mx.zeros(2)), ValueError, "single value"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
