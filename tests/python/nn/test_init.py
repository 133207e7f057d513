"""Initialisers: their distributions, against MLX with the same seed, and what they refuse."""

import numpy as np
import pytest

import cermet.core as mx
import cermet.nn as nn

SHAPE = (200, 300)

makers = {
    "constant": lambda init: init.constant(0.5),
    "normal": lambda init: init.normal(1.0, 2.0),
    "uniform": lambda init: init.uniform(-2.0, 3.0),
    "glorot_normal": lambda init: init.glorot_normal(),
    "glorot_uniform": lambda init: init.glorot_uniform(),
    "he_normal": lambda init: init.he_normal(),
    "he_uniform": lambda init: init.he_uniform(),
    "he_normal of outputs": lambda init: lambda a: init.he_normal()(a, "fan_out", 2.0),
    "glorot_uniform with gain": lambda init: lambda a: init.glorot_uniform()(a, 3.0),
    "sparse": lambda init: init.sparse(0.3, std=0.5),
}

# The mean and standard deviation of each, and the bound of the uniform ones.
statistics = {
    "constant": (0.5, 0.0, 0.5),
    "normal": (1.0, 2.0, None),
    "uniform": (0.5, 5 / 12**0.5, 3.0),
    "glorot_normal": (0.0, (2 / 500) ** 0.5, None),
    "glorot_uniform": (0.0, (2 / 500) ** 0.5, (6 / 500) ** 0.5),
    "he_normal": (0.0, (1 / 300) ** 0.5, None),
    "he_uniform": (0.0, (1 / 300) ** 0.5, (3 / 300) ** 0.5),
    "he_normal of outputs": (0.0, 2 / 200**0.5, None),
    "glorot_uniform with gain": (0.0, 3 * (2 / 500) ** 0.5, 3 * (6 / 500) ** 0.5),
    "sparse": (0.0, 0.5 * 0.7**0.5, None),
}


@pytest.mark.parametrize("name", makers)
def test_distributions(name):
    a = np.array(makers[name](nn.init)(mx.zeros(SHAPE)))
    mean, std, bound = statistics[name]
    assert a.shape == SHAPE and a.dtype == np.float32
    assert a.mean() == pytest.approx(mean, abs=4 * std / a.size**0.5 + 1e-7)
    assert a.std() == pytest.approx(std, rel=0.02, abs=1e-7)
    assert bound is None or np.abs(a).max() <= bound * 1.0001


@pytest.mark.parametrize("name", makers)
@pytest.mark.parametrize("shape", [(4, 6), (5, 3, 2)])
def test_same_draws_as_mlx(name, shape):
    core, theirs = pytest.importorskip("mlx.core"), pytest.importorskip("mlx.nn")
    if name == "sparse" and len(shape) > 2:
        pytest.skip("for matrices")
    mx.random.seed(3)
    core.random.seed(3)
    found = np.array(makers[name](nn.init)(mx.zeros(shape)))
    np.testing.assert_allclose(found, np.array(makers[name](theirs.init)(core.zeros(shape))), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 6), (3, 7), (7, 3)])
def test_orthogonal(shape):
    q = np.array(nn.init.orthogonal(gain=2.0)(mx.zeros(shape))).astype(np.float64)
    small = q @ q.T if shape[0] <= shape[1] else q.T @ q
    np.testing.assert_allclose(small, 4 * np.eye(min(shape)), atol=1e-4)


def test_orthogonal_as_mlx():
    core, theirs = pytest.importorskip("mlx.core"), pytest.importorskip("mlx.nn")
    mx.random.seed(3)
    core.random.seed(3)
    found, expected = nn.init.orthogonal()(mx.zeros((4, 5))), theirs.init.orthogonal()(core.zeros((4, 5)))
    np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-4, atol=1e-5)


def test_sparse_has_as_many_zeros_in_every_row():
    a = np.array(nn.init.sparse(0.25)(mx.zeros((50, 10))))
    assert ((a == 0).sum(1) == 3).all()


def test_identity():
    np.testing.assert_array_equal(np.array(nn.init.identity()(mx.zeros((3, 3)))), np.eye(3))


@pytest.mark.parametrize("name", [*makers, "identity", "orthogonal"])
def test_dtypes(name):
    if " " in name:
        pytest.skip("the same function")
    make = getattr(nn.init, name)
    first = {"constant": (0.5,), "sparse": (0.5,)}.get(name, ())
    assert make(*first, dtype=mx.float16)(mx.zeros((4, 4))).dtype == mx.float16


@pytest.mark.parametrize(
    ("message", "make"),
    [
        (r"square matrix; got shape \(2, 3\)", lambda: nn.init.identity()(mx.ones((2, 3)))),
        ("2 dimensions", lambda: nn.init.sparse(0.5)(mx.ones(3))),
        ("2 dimensions", lambda: nn.init.orthogonal()(mx.ones(3))),
        ("'fan_in' and 'fan_out'", lambda: nn.init.he_normal()(mx.ones((2, 3)), "x")),
        (r"he_uniform.*at least 2 dimensions", lambda: nn.init.he_uniform()(mx.ones(3))),
        (r"glorot_normal.*at least 2 dimensions", lambda: nn.init.glorot_normal()(mx.ones(3))),
    ],
)
def test_errors(message, make):
    with pytest.raises(ValueError, match=message):
        make()


def test_whole_models():
    model = nn.Sequential(nn.Linear(20, 30), nn.Linear(30, 5))
    model.apply(nn.init.constant(0.25), filter_fn=lambda m, k, v: k != "bias")
    assert mx.all(model.layers[0].weight == 0.25).item()
