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


def floats(*texts):
    return np.array([float.fromhex(t) for t in texts])


def close(x, expected, units=8):
    """Within a few units in the last place of numbers of about 1."""
    got = np.array(x.astype(mx.float32)).ravel()
    size = {mx.float32: 2.0**-23, mx.float16: 2.0**-10, mx.bfloat16: 2.0**-7}[x.dtype]
    return got.shape == expected.shape and np.abs(got - expected).max() <= units * size


def test_recorded_numbers_of_mlx_0_32():
    """Hold without the wheel."""
    key = mx.random.key(7)
    r = mx.random
    assert r.randint(-50, 1000, (6,), key=key).tolist() == [17, 160, 415, 351, 659, 292]
    low, high = mx.array([0, 100]), mx.array([10, 200])
    assert r.randint(low, high, (3, 2), key=key).tolist() == [[0, 120], [4, 138], [6, 132]]
    far = r.randint(33554433, 33554439, (8,), mx.int64, key=key) - 33554433
    assert far.tolist() == [0, 3, 3, 0, 3, 5, 5, 5]
    p = mx.array([0.2, 0.8])
    expected = [[True, True], [False, True], [False, False], [False, False]]
    assert r.bernoulli(p, (4, 2), key=key).tolist() == expected
    assert close(
        r.gumbel((5,), key=key),
        floats("-0x1.024e06p+0", "-0x1.e51ad8p-2", "0x1.b0057ap-1", "0x1.40aa24p-5", "0x1.deee48p-1"),
    )
    assert close(
        r.laplace((5,), loc=1.0, scale=3.0, key=key),
        floats("0x1.c98bb4p+2", "0x1.de8744p+1", "-0x1.2ef4c0p-4", "0x1.ce2e6ep+0", "-0x1.2f5070p-2"),
        40,
    )
    assert close(
        r.truncated_normal(-1.0, 2.0, (5,), key=key),
        floats("-0x1.9a7972p-1", "-0x1.d684a8p-2", "0x1.feff5ep-2", "-0x1.23fec2p-4", "0x1.1da6e4p-1"),
    )
    assert close(
        r.truncated_normal(-1.0, 2.0, (5,), mx.float16, key=key),
        floats("-0x1.9a8p-1", "-0x1.d68p-2", "0x1.fe8p-2", "-0x1.23p-4", "0x1.1d8p-1"),
        2,
    )
    loc, scale = mx.array([1.0, 2.0, 3.0]), mx.array([0.5, 2.0, 4.0])
    assert close(
        r.normal((3,), loc=loc, scale=scale, key=key), floats("0x1.3e99c4p-1", "0x1.a0afe8p+0", "0x1.4453e8p+1"), 12
    )
    assert close(
        r.normal((5,), mx.bfloat16, loc=1.0, scale=0.3, key=key),
        floats("0x1.18p-1", "0x1.8p-1", "0x1.1ep+0", "0x1.d2p-1", "0x1.24p+0"),
        1,
    )
    logits = mx.arange(12, dtype=mx.float32).reshape(3, 4) * 0.25
    assert r.categorical(logits, key=key).tolist() == [0, 1, 3]
    assert r.categorical(logits, axis=0, key=key).tolist() == [1, 1, 1, 2]
    assert r.categorical(logits, num_samples=6, key=key).tolist() == [
        [2, 0, 2, 1, 0, 0],
        [0, 3, 3, 1, 0, 3],
        [2, 2, 1, 1, 2, 0],
    ]
    assert r.categorical(logits, shape=(2, 3), key=key).tolist() == [[0, 3, 1], [2, 1, 2]]
    r.seed(11)
    assert close(r.uniform(shape=(3,)), floats("0x1.b8d4ccp-2", "0x1.80232cp-2", "0x1.a5efe0p-3"), 0)
    assert close(r.uniform(shape=(3,)), floats("0x1.51ff10p-1", "0x1.8af5e8p-2", "0x1.9d6e2ep-2"), 0)
    assert r.randint(0, 100, (4,)).tolist() == [51, 95, 40, 44]
    assert r.state[0].tolist() == [898213529, 3113549360]


def test_recorded_orders_and_vectors_of_mlx_0_32():
    key = mx.random.key(7)
    assert mx.random.permutation(9, key=key).tolist() == [6, 1, 2, 5, 4, 7, 8, 3, 0]
    x = mx.arange(10).reshape(2, 5)
    assert mx.random.permutation(x, axis=1, key=key).tolist() == [[0, 1, 3, 2, 4], [5, 6, 8, 7, 9]]
    mean, cov = mx.array([1.0, -1.0]), mx.array([[2.0, 0.5], [0.5, 1.0]])
    assert close(
        mx.random.multivariate_normal(mean, cov, (3,), key=key),
        floats(
            "-0x1.4d01e8p+0",
            "-0x1.11eb70p+1",
            "0x1.7a61d4p-1",
            "-0x1.52951cp+0",
            "0x1.8aa904p+0",
            "-0x1.57f290p+0",
        ),
        16,
    )


# ---- Against MLX's wheel ------------------------------------------------------------------------------------------

SHAPES = [(), (1,), (2,), (7,), (3, 5), (1001,), (0, 3)]
SEEDS = [0, 1, 123456789012345, 2**64 - 1]


@pytest.fixture
def wheel():
    """MLX on the CPU."""
    reference = pytest.importorskip("mlx.core")
    reference.set_default_device(reference.cpu)
    return reference


def equal_bits(ours, theirs):
    a, b = np.array(ours), np.array(theirs)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def as_double(module, x):
    return np.array(x.astype(module.float32)).astype(np.float64)


def few_units(wheel, ours, theirs, units):
    a, b = as_double(mx, ours), as_double(wheel, theirs)
    assert str(ours.dtype).split(".")[-1] == str(theirs.dtype).split(".")[-1]
    assert a.shape == b.shape
    size = {mx.float32: 2.0**-23, mx.float16: 2.0**-10, mx.bfloat16: 2.0**-7}[ours.dtype]
    assert np.all(np.abs(a - b) <= units * size * np.maximum(np.abs(b), 0.125)), np.abs(a - b).max()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_whole_numbers_are_mlxs(wheel, shape, seed):
    ours, theirs = mx.random.key(seed), wheel.random.key(seed)
    assert equal_bits(ours, theirs)
    assert equal_bits(mx.random.split(ours, 3), wheel.random.split(theirs, 3))
    a, b = mx.random, wheel.random
    assert equal_bits(a.uniform(shape=shape, key=ours), b.uniform(shape=shape, key=theirs))
    for low, high in [(0, 10), (-1000, 1001), (0, 2**31 - 1), (2**24 - 1, 2**24 + 6), (5, 5), (9, 3)]:
        assert equal_bits(a.randint(low, high, shape, key=ours), b.randint(low, high, shape, key=theirs))
    for name in ("uint8", "int8", "uint16", "int16", "uint32", "int64", "uint64", "bool_"):
        t, u = getattr(mx, name), getattr(wheel, name)
        high = 2 if name == "bool_" else 100
        assert equal_bits(a.randint(0, high, shape, t, ours), b.randint(0, high, shape, u, theirs)), name
    assert equal_bits(a.bernoulli(0.3, shape, ours), b.bernoulli(0.3, shape, theirs))
    p = np.float32(0.7)
    assert equal_bits(a.bernoulli(mx.array(p), shape, ours), b.bernoulli(wheel.array(p), shape, theirs))


@pytest.mark.parametrize("seed", SEEDS)
def test_choices_are_mlxs(wheel, seed):
    ours, theirs = mx.random.key(seed), wheel.random.key(seed)
    a, b = mx.random, wheel.random
    values = np.random.default_rng(1).normal(size=(4, 6, 5)).astype(np.float32)
    x, y = mx.array(values), wheel.array(values)
    for axis in (-1, 0, 1, -3):
        assert equal_bits(a.categorical(x, axis, key=ours), b.categorical(y, axis, key=theirs))
        drawn = a.categorical(x, axis, num_samples=9, key=ours)
        assert equal_bits(drawn, b.categorical(y, axis, num_samples=9, key=theirs))
    drawn = a.categorical(x, shape=(3, 4, 6), key=ours)
    assert equal_bits(drawn, b.categorical(y, shape=(3, 4, 6), key=theirs))
    for name in ("float16", "bfloat16", "int32"):
        x, y = mx.array(values * 3).astype(getattr(mx, name)), wheel.array(values * 3).astype(getattr(wheel, name))
        assert equal_bits(a.categorical(x, key=ours), b.categorical(y, key=theirs))
    for n in (0, 1, 2, 10, 1000):
        assert equal_bits(a.permutation(n, key=ours), b.permutation(n, key=theirs))
    x, y = mx.array(values), wheel.array(values)
    for axis in (0, 1, -1):
        assert equal_bits(a.permutation(x, axis, ours), b.permutation(y, axis, theirs))


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("seed", SEEDS)
def test_real_numbers_are_mlxs_to_a_few_units(wheel, seed, name):
    ours, theirs = mx.random.key(seed), wheel.random.key(seed)
    a, b = mx.random, wheel.random
    t, u = getattr(mx, name), getattr(wheel, name)
    for shape in [(), (5,), (501,), (20, 30)]:
        few_units(wheel, a.uniform(-2, 3, shape, t, ours), b.uniform(-2, 3, shape, u, theirs), 4)
        few_units(wheel, a.normal(shape, t, key=ours), b.normal(shape, u, key=theirs), 16)
        drawn = a.normal(shape, t, loc=1.0, scale=0.5, key=ours)
        few_units(wheel, drawn, b.normal(shape, u, loc=1.0, scale=0.5, key=theirs), 16)
        few_units(wheel, a.gumbel(shape, t, ours), b.gumbel(shape, u, theirs), 16)
        few_units(wheel, a.laplace(shape, t, key=ours), b.laplace(shape, u, key=theirs), 16)
        drawn = a.laplace(shape, t, 0.5, 2.0, ours)
        few_units(wheel, drawn, b.laplace(shape, u, 0.5, 2.0, theirs), 32)
        drawn = a.truncated_normal(-0.5, 1.5, shape, t, ours)
        few_units(wheel, drawn, b.truncated_normal(-0.5, 1.5, shape, u, theirs), 32)


def test_parameters_that_are_arrays_are_mlxs(wheel):
    ours, theirs = mx.random.key(5), wheel.random.key(5)
    a, b = mx.random, wheel.random
    low, high = np.array([0.0, -3.0, 2.0], np.float32), np.array([[1.0], [4.0]], np.float32)
    shape = (2, 3)
    drawn = a.uniform(mx.array(low), mx.array(high), shape, key=ours)
    few_units(wheel, drawn, b.uniform(wheel.array(low), wheel.array(high), shape, key=theirs), 8)
    drawn = a.normal(shape, loc=mx.array(low), scale=mx.array(high), key=ours)
    few_units(wheel, drawn, b.normal(shape, loc=wheel.array(low), scale=wheel.array(high), key=theirs), 16)
    drawn = a.truncated_normal(mx.array(low), mx.array(high) + 4, key=ours)
    few_units(wheel, drawn, b.truncated_normal(wheel.array(low), wheel.array(high) + 4, key=theirs), 32)
    drawn = a.randint(mx.array(low), mx.array(high) * 9, shape, key=ours)
    assert equal_bits(drawn, b.randint(wheel.array(low), wheel.array(high) * 9, shape, key=theirs))
    factor = np.random.default_rng(2).normal(size=(2, 3, 3)).astype(np.float32)
    cov, mean = factor @ factor.transpose(0, 2, 1), np.arange(3, dtype=np.float32)
    for shape in [(), (2,), (5, 2)]:
        drawn = a.multivariate_normal(mx.array(mean), mx.array(cov), shape, key=ours)
        expected = b.multivariate_normal(wheel.array(mean), wheel.array(cov), shape, key=theirs)
        few_units(wheel, drawn, expected, 100)
    z = a.normal((50,), mx.complex64, key=ours)
    assert np.allclose(np.array(z), np.array(b.normal((50,), wheel.complex64, key=theirs)), rtol=2e-6, atol=1e-6)


def test_the_global_state_is_mlxs(wheel):
    for seed in SEEDS:
        mx.random.seed(seed)
        wheel.random.seed(seed)
        for _ in range(3):
            assert equal_bits(mx.random.uniform(shape=(5,)), wheel.random.uniform(shape=(5,)))
        assert equal_bits(mx.random.permutation(20), wheel.random.permutation(20))
        assert equal_bits(mx.random.state[0], wheel.random.state[0])


# ---- Compiled -----------------------------------------------------------------------------------------------------

DRAWS = {
    "bits": lambda: mx.random.bits((9,)),
    "uniform": lambda: mx.random.uniform(-1, 2, (9,)),
    "normal": lambda: mx.random.normal((9,), loc=1.0),
    "bernoulli": lambda: mx.random.bernoulli(0.5, (9,)),
    "randint": lambda: mx.random.randint(0, 1000, (9,)),
    "truncated_normal": lambda: mx.random.truncated_normal(-1, 2, (9,)),
    "gumbel": lambda: mx.random.gumbel((9,)),
    "laplace": lambda: mx.random.laplace((9,)),
    "categorical": lambda: mx.random.categorical(mx.zeros((3, 40)), num_samples=5),
    "permutation": lambda: mx.random.permutation(30),
    "permuted": lambda: mx.random.permutation(mx.arange(60).reshape(3, 20), axis=1),
    "multivariate_normal": lambda: mx.random.multivariate_normal(mx.zeros((3,)), mx.eye(3), (4,)),
}


@pytest.mark.parametrize("name", list(DRAWS))
def test_compiled_draws_anew_and_as_uncompiled(name):
    draw = DRAWS[name]
    compiled = mx.compile(draw)
    mx.random.seed(21)
    expected = [draw().tolist() for _ in range(3)]
    mx.random.seed(21)
    assert [compiled().tolist() for _ in range(3)] == expected
    assert expected[0] != expected[1]


def test_compiled_with_a_key_of_the_caller():
    f = mx.compile(lambda key, x: x + mx.random.normal(x.shape, key=key))
    x = mx.zeros((5,))
    for seed in (1, 2):
        key = mx.random.key(seed)
        assert f(key, x).tolist() == mx.random.normal((5,), key=key).tolist()


# ---- Distributions ------------------------------------------------------------------------------------------------


def cumulative(name, x):
    from scipy import stats

    return {
        "gumbel": stats.gumbel_r.cdf,
        "laplace": lambda x: stats.laplace.cdf(x, 0.5, 2),
        "truncated": lambda x: stats.truncnorm.cdf(x, -1, 2),
    }[name](x)


@pytest.mark.parametrize("dtype", [mx.float32, mx.float64])
@pytest.mark.parametrize("name", ["gumbel", "laplace", "truncated"])
def test_distribution_functions(name, dtype):
    key, shape = mx.random.key(3), (50_000,)
    x = {
        "gumbel": lambda: mx.random.gumbel(shape, dtype, key),
        "laplace": lambda: mx.random.laplace(shape, dtype, 0.5, 2.0, key),
        "truncated": lambda: mx.random.truncated_normal(-1.0, 2.0, shape, dtype, key),
    }[name]()
    assert x.dtype == dtype
    ranks = (np.arange(shape[0]) + 0.5) / shape[0]
    assert np.abs(cumulative(name, np.sort(np.array(x))) - ranks).max() < 0.01


def test_categorical_follows_its_probabilities():
    p = np.array([0.1, 0.2, 0.3, 0.4])
    drawn = np.array(mx.random.categorical(mx.array(np.log(p)), num_samples=50_000, key=mx.random.key(1)))
    assert drawn.dtype == np.uint32
    assert np.abs(np.bincount(drawn) / 50_000 - p).max() < 0.01
    impossible = mx.array([0.0, -float("inf"), 0.0])
    assert 1 not in np.array(mx.random.categorical(impossible, num_samples=1000))


def test_permutations_are_permutations():
    assert sorted(mx.random.permutation(1000).tolist()) == list(range(1000))
    x = mx.arange(60).reshape(3, 20)
    columns = np.array(mx.random.permutation(x, axis=-1)).T.tolist()
    assert sorted(columns) == np.array(x).T.tolist()
    assert columns != np.array(x).T.tolist()


def test_multivariate_normal_moments():
    cov = np.array([[2.0, 0.6], [0.6, 0.5]], np.float32)
    x = mx.random.multivariate_normal(mx.array([1.0, -2.0]), mx.array(cov), (50_000,), key=mx.random.key(2))
    assert np.allclose(np.array(x).mean(0), [1, -2], atol=0.03)
    assert np.allclose(np.cov(np.array(x).T), cov, atol=0.05)


@pytest.mark.parametrize(
    "kind, call",
    [
        (ValueError, lambda r, x: r.categorical(x, shape=(3,), num_samples=2)),
        (ValueError, lambda r, x: r.categorical(x, shape=(3,))),
        (ValueError, lambda r, x: r.categorical(x, num_samples=-1)),
        (IndexError, lambda r, x: r.categorical(x, axis=2)),
        (IndexError, lambda r, x: r.categorical(mx.array(1.0))),
        (ValueError, lambda r, x: r.categorical(mx.zeros((3, 0)))),
        (ValueError, lambda r, x: r.permutation(-1)),
        (IndexError, lambda r, x: r.permutation(x, axis=2)),
        (TypeError, lambda r, x: r.permutation(mx.array(3))),
        (TypeError, lambda r, x: r.permutation(1.5)),
        (ValueError, lambda r, x: r.gumbel((3,), mx.int32)),
        (ValueError, lambda r, x: r.gumbel((-3,))),
        (ValueError, lambda r, x: r.laplace((3,), mx.complex64)),
        (ValueError, lambda r, x: r.truncated_normal(0, 1, (3,), mx.int32)),
        (ValueError, lambda r, x: r.truncated_normal(mx.array([0.0, 1.0]), 3, (3,))),
        (ValueError, lambda r, x: r.normal((3,), loc=mx.array([1.0, 2.0]))),
        (ValueError, lambda r, x: r.normal((3,), mx.int32)),
        (ValueError, lambda r, x: r.randint(0, 5, (2,), mx.float32)),
        (ValueError, lambda r, x: r.bernoulli(1)),
        (ValueError, lambda r, x: r.uniform(0, mx.array([1.0, 2.0]))),
        (ValueError, lambda r, x: r.multivariate_normal(mx.array(1.0), mx.eye(2))),
        (ValueError, lambda r, x: r.multivariate_normal(mx.zeros((2,)), mx.eye(3))),
        (ValueError, lambda r, x: r.multivariate_normal(mx.zeros((2,)), mx.eye(2), dtype=mx.float16)),
        (ValueError, lambda r, x: r.multivariate_normal(mx.zeros((5, 2)), mx.eye(2), (4,))),
        (ValueError, lambda r, x: r.split(r.key(0), -1)),
        (ValueError, lambda r, x: r.key(-1)),
        (ValueError, lambda r, x: r.seed(2**64)),
        (TypeError, lambda r, x: r.key(1.5)),
    ],
)
def test_bad_arguments_change_nothing(kind, call):
    mx.random.seed(4)
    before = mx.random.state[0].tolist()
    with pytest.raises(kind, match="random"):
        call(mx.random, mx.zeros((2, 4)))
    assert mx.random.state[0].tolist() == before
