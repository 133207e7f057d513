"""Random numbers: streams, shapes, distributions, and MLX's bits where its wheel is installed."""

import numpy as np
import pytest

import cermet.core as mx


def test_keys_make_the_same_numbers_everywhere():
    key = mx.random.key(42)
    a, b = mx.random.uniform(shape=(5,), key=key), mx.random.uniform(shape=(5,), key=key)
    assert a.tolist() == b.tolist()
    first, second = mx.random.split(key)
    assert first.tolist() != second.tolist()
    assert mx.random.split(key, 5).shape == (5, 2)


def test_the_global_state_advances_and_seeds():
    mx.random.seed(3)
    a = mx.random.uniform(shape=(4,)).tolist()
    b = mx.random.uniform(shape=(4,)).tolist()
    assert a != b
    mx.random.seed(3)
    assert mx.random.uniform(shape=(4,)).tolist() == a
    assert mx.random.state[0].shape == (2,)


@pytest.mark.parametrize("dtype", [mx.float32, mx.float16, mx.bfloat16])
def test_uniform_lies_in_its_interval_and_has_its_moments(dtype):
    x = np.array(mx.random.uniform(-2, 3, (100_000,), dtype).astype(mx.float32))
    assert x.min() >= -2
    assert x.max() <= 3
    assert abs(x.mean() - 0.5) < 0.02
    assert abs(x.var() - 25 / 12) < 0.05


def test_normal_moments_and_tails():
    x = np.array(mx.random.normal((200_000,), loc=1.0, scale=2.0))
    assert abs(x.mean() - 1) < 0.03
    assert abs(x.std() - 2) < 0.03
    assert np.isfinite(x).all()
    assert 0.0010 < ((x - 1) / 2 > 3).mean() < 0.0018


def test_bits_have_no_pattern():
    for width in (1, 2, 4):
        bits = np.array(mx.random.bits((100_001,), width))
        assert bits.dtype.itemsize == width
        for k in range(8 * width):
            assert abs(((bits >> k) & 1).mean() - 0.5) < 0.01


def test_bernoulli_and_randint():
    assert abs(np.array(mx.random.bernoulli(0.3, (100_000,))).mean() - 0.3) < 0.01
    x = np.array(mx.random.randint(-3, 4, (10_000,)))
    assert set(np.unique(x)) == set(range(-3, 4))


def test_bad_arguments():
    with pytest.raises(ValueError, match="width|Bit"):
        mx.random.bits((3,), 3)
    with pytest.raises((TypeError, ValueError)):
        mx.random.uniform(shape=(3,), dtype=mx.int32)
    with pytest.raises(TypeError, match="key"):
        mx.random.uniform(shape=(3,), key=5)
    with pytest.raises(ValueError):
        mx.random.uniform(shape=(3,), key=mx.array([1, 2, 3], mx.uint32))


@pytest.mark.parametrize("shape", [(), (1,), (2,), (7,), (3, 5), (1001,)])
def test_keys_uniform_and_normal_are_mlxs(shape):
    reference = pytest.importorskip("mlx.core")
    for seed in (0, 1, 123456789012345):
        ours, theirs = mx.random.key(seed), reference.random.key(seed)
        assert np.array_equal(np.array(ours), np.array(theirs))
        assert np.array_equal(np.array(mx.random.split(ours, 3)), np.array(reference.random.split(theirs, 3)))
        a, b = mx.random.uniform(shape=shape, key=ours), reference.random.uniform(shape=shape, key=theirs)
        assert np.allclose(np.array(a), np.array(b), rtol=1e-6)
        a, b = mx.random.normal(shape, key=ours), reference.random.normal(shape, key=theirs)
        assert np.allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-5)
