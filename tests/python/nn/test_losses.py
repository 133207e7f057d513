"""Losses against their formulas in double precision, and against MLX's; their gradients; what they refuse."""

import numpy as np
import pytest
from scipy import special

import cermet.core as mx
import cermet.nn as nn

RNG = np.random.default_rng(11)
LOGITS = RNG.standard_normal((6, 5)) * 3
CLASSES = RNG.integers(0, 5, 6).astype(np.int32)
SOFT = special.softmax(RNG.standard_normal((6, 5)), axis=1)
A, B, C = (RNG.standard_normal((6, 5)) for _ in range(3))
SIGNS = np.where(RNG.random((6, 5)) < 0.5, -1.0, 1.0)
BITS = (RNG.random((6, 5)) < 0.5).astype(float)
P = RNG.uniform(0.01, 0.99, (6, 5))
WEIGHTS = RNG.uniform(0.5, 2, 6)


def log_softmax(x, axis=-1):
    return x - special.logsumexp(x, axis=axis, keepdims=True)


def smoothed(targets, s):
    return (1 - s) * targets + s / targets.shape[-1]


def distances(a, b, p, eps):
    return (np.sum(np.abs(a - b) ** p, axis=-1) + eps) ** (1 / p)


one_hot = np.eye(5)[CLASSES]
d = np.abs(A - B)

# name, arguments, keywords, the losses themselves.
cases = [
    ("cross_entropy", (LOGITS, CLASSES), {}, -(log_softmax(LOGITS) * one_hot).sum(1)),
    ("cross_entropy", (LOGITS, SOFT), {}, -(log_softmax(LOGITS) * SOFT).sum(1)),
    ("cross_entropy", (LOGITS.T.copy(), CLASSES), {"axis": 0}, -(log_softmax(LOGITS) * one_hot).sum(1)),
    (
        "cross_entropy",
        (LOGITS, CLASSES),
        {"label_smoothing": 0.2},
        -(log_softmax(LOGITS) * smoothed(one_hot, 0.2)).sum(1),
    ),
    ("cross_entropy", (LOGITS, SOFT), {"label_smoothing": 0.2}, -(log_softmax(LOGITS) * smoothed(SOFT, 0.2)).sum(1)),
    ("cross_entropy", (LOGITS, CLASSES), {"weights": WEIGHTS}, -(log_softmax(LOGITS) * one_hot).sum(1) * WEIGHTS),
    (
        "binary_cross_entropy",
        (A, BITS),
        {},
        -(BITS * np.log(special.expit(A)) + (1 - BITS) * np.log(special.expit(-A))),
    ),
    ("binary_cross_entropy", (P, BITS), {"with_logits": False}, -(BITS * np.log(P) + (1 - BITS) * np.log(1 - P))),
    ("binary_cross_entropy", (A, BITS), {"weights": P}, P * (np.logaddexp(0, A) - A * BITS)),
    ("nll_loss", (log_softmax(LOGITS), CLASSES), {}, -(log_softmax(LOGITS) * one_hot).sum(1)),
    (
        "kl_div_loss",
        (log_softmax(A), log_softmax(B)),
        {},
        special.rel_entr(special.softmax(B, 1), special.softmax(A, 1)).sum(1),
    ),
    (
        "kl_div_loss",
        (log_softmax(A, 0), log_softmax(B, 0)),
        {"axis": 0},
        special.rel_entr(special.softmax(B, 0), special.softmax(A, 0)).sum(0),
    ),
    ("mse_loss", (A, B), {}, (A - B) ** 2),
    ("l1_loss", (A, B), {}, d),
    ("smooth_l1_loss", (A, B), {}, np.where(d < 1, d * d / 2, d - 0.5)),
    ("smooth_l1_loss", (A, B), {"beta": 0.5}, np.where(d < 0.5, d * d, d - 0.25)),
    ("huber_loss", (A, B), {}, np.where(d <= 1, d * d / 2, d - 0.5)),
    ("huber_loss", (A, B), {"delta": 0.5}, np.where(d <= 0.5, d * d / 2, 0.5 * (d - 0.25))),
    ("log_cosh_loss", (A, B), {}, np.log(np.cosh(A - B))),
    ("hinge_loss", (A, SIGNS), {}, np.maximum(1 - A * SIGNS, 0)),
    ("gaussian_nll_loss", (A, B, P), {}, 0.5 * (np.log(P) + (A - B) ** 2 / P)),
    (
        "gaussian_nll_loss",
        (A, B, P),
        {"full": True, "eps": 0.3},
        0.5 * (np.log(2 * np.pi * np.maximum(P, 0.3)) + (A - B) ** 2 / np.maximum(P, 0.3)),
    ),
    ("cosine_similarity_loss", (A, B), {}, (A * B).sum(1) / np.linalg.norm(A, axis=1) / np.linalg.norm(B, axis=1)),
    (
        "cosine_similarity_loss",
        (A, B),
        {"axis": 0},
        (A * B).sum(0) / np.linalg.norm(A, axis=0) / np.linalg.norm(B, axis=0),
    ),
    ("margin_ranking_loss", (A, B, SIGNS), {"margin": 0.3}, np.maximum(0.3 - SIGNS * (A - B), 0)),
    ("triplet_loss", (A, B, C), {}, np.maximum(distances(A, B, 2, 1e-6) - distances(A, C, 2, 1e-6) + 1, 0)),
    (
        "triplet_loss",
        (A, B, C),
        {"p": 3, "margin": 0.5},
        np.maximum(distances(A, B, 3, 1e-6) - distances(A, C, 3, 1e-6) + 0.5, 0),
    ),
]
ids = [f"{name}-{','.join(keywords)}-{i}" for i, (name, _, keywords, _) in enumerate(cases)]


def given(values, module=mx, dtype="float32"):
    def one(value):
        if not isinstance(value, np.ndarray):
            return value
        return module.array(value) if value.dtype == np.int32 else module.array(value.astype(dtype))

    return {k: one(v) for k, v in values.items()} if isinstance(values, dict) else [one(v) for v in values]


@pytest.mark.parametrize(("name", "arguments", "keywords", "expected"), cases, ids=ids)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_formulas(name, arguments, keywords, expected, reduction):
    found = getattr(nn.losses, name)(*given(arguments), **given(keywords), reduction=reduction)
    expected = {"none": expected, "mean": expected.mean(), "sum": expected.sum()}[reduction]
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(np.array(found), expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(("name", "arguments", "keywords", "expected"), cases, ids=ids)
def test_mlx(name, arguments, keywords, expected):
    core, theirs = pytest.importorskip("mlx.core"), pytest.importorskip("mlx.nn")
    found = getattr(nn.losses, name)(*given(arguments), **given(keywords))
    other = getattr(theirs.losses, name)(*given(arguments, core), **given(keywords, core))
    assert found.shape == other.shape  # the reduction by default
    np.testing.assert_allclose(np.array(found), np.array(other), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("name", "arguments", "keywords", "expected"), cases, ids=ids)
def test_gradients_and_compiled(name, arguments, keywords, expected):
    first, *rest = [mx.array(a) if a.dtype == np.int32 else mx.array(a, dtype=mx.float64) for a in arguments]
    keywords = {k: mx.array(v, dtype=mx.float64) if isinstance(v, np.ndarray) else v for k, v in keywords.items()}

    def loss(x):
        return getattr(nn.losses, name)(x, *rest, **keywords, reduction="sum")

    direction = mx.array(RNG.standard_normal(first.shape), dtype=mx.float64)
    step = 1e-6
    expected = (loss(first + step * direction).item() - loss(first - step * direction).item()) / (2 * step)
    assert mx.sum(mx.grad(loss)(first) * direction).item() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert mx.compile(loss)(first).item() == pytest.approx(loss(first).item(), rel=1e-6)
    compiled = mx.compile(mx.grad(loss))(first)
    np.testing.assert_allclose(np.array(compiled), np.array(mx.grad(loss)(first)), rtol=1e-6, atol=1e-9)


def test_extremes_stay_finite():
    certain = mx.array([[1e4, -1e4]])
    assert nn.losses.cross_entropy(certain, mx.array([0])).item() == 0
    assert nn.losses.cross_entropy(certain, mx.array([1])).item() == pytest.approx(2e4)
    assert np.isfinite(np.array(mx.grad(lambda x: nn.losses.cross_entropy(x, mx.array([1])).sum())(certain))).all()
    sure = mx.array([0.0, 1.0])
    assert nn.losses.binary_cross_entropy(sure, mx.array([1.0, 0.0]), with_logits=False).item() == pytest.approx(100)
    assert np.isfinite(np.array(nn.losses.log_cosh_loss(mx.array([1e3, -1e4]), mx.zeros(2)))).all()
    zero = mx.zeros((1, 3))
    assert nn.losses.cosine_similarity_loss(zero, zero).item() == 0


def test_cross_entropy_of_sequences():
    logits = mx.array(RNG.standard_normal((2, 3, 5)).astype(np.float32))
    targets = mx.array(RNG.integers(0, 5, (2, 3)).astype(np.int32))
    found = nn.losses.cross_entropy(logits, targets)
    assert found.shape == (2, 3)
    flat = nn.losses.cross_entropy(logits.reshape(6, 5), targets.reshape(6))
    np.testing.assert_allclose(np.array(found).reshape(6), np.array(flat), rtol=1e-6)


def test_narrow_dtypes_are_kept():
    x = mx.array(LOGITS.astype(np.float32)).astype(mx.bfloat16)
    assert nn.losses.cross_entropy(x, mx.array(CLASSES)).dtype == mx.bfloat16
    assert nn.losses.mse_loss(x, x).dtype == mx.bfloat16


@pytest.mark.parametrize(
    ("error", "message", "make"),
    [
        (ValueError, "'none', 'mean' and 'sum'", lambda: nn.losses.mse_loss(mx.ones(2), mx.ones(2), reduction="avg")),
        (ValueError, r"\(2,\).*\(2, 1\)", lambda: nn.losses.mse_loss(mx.ones(2), mx.ones((2, 1)))),
        (ValueError, "inputs.*targets", lambda: nn.losses.binary_cross_entropy(mx.ones(2), mx.ones((2, 1)))),
        (
            ValueError,
            r"expected class indices of shape \(2,\)",
            lambda: nn.losses.cross_entropy(mx.ones((2, 3)), mx.ones(3)),
        ),
        (ValueError, "no axis 2", lambda: nn.losses.cross_entropy(mx.ones((2, 3)), mx.ones(2), axis=2)),
        (
            ValueError,
            "label_smoothing",
            lambda: nn.losses.cross_entropy(mx.ones((2, 3)), mx.zeros(2, mx.int32), label_smoothing=1),
        ),
        (
            ValueError,
            r"`weights` have shape \(3,\)",
            lambda: nn.losses.cross_entropy(mx.ones((2, 3)), mx.zeros(2, mx.int32), mx.ones(3)),
        ),
        (TypeError, "integers, not", lambda: nn.losses.cross_entropy(mx.ones((2, 3)), mx.ones(2))),
        (TypeError, "integers, not", lambda: nn.losses.nll_loss(mx.ones((2, 3)), mx.ones(2))),
        (ValueError, "inputs1.*inputs2", lambda: nn.losses.margin_ranking_loss(mx.ones(2), mx.ones(3), mx.ones(2))),
        (ValueError, "vars", lambda: nn.losses.gaussian_nll_loss(mx.ones(2), mx.ones(2), mx.ones(3))),
    ],
)
def test_errors(error, message, make):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradient_of_cross_entropy_is_one_kernel(kernels, smoothing):
    x, y = mx.random.normal((64, 100)), mx.array(RNG.integers(0, 100, 64).astype(np.int32))

    def loss(x):
        return nn.losses.cross_entropy(x, y, label_smoothing=smoothing, reduction="mean")

    compiled = mx.compile(mx.grad(loss))
    mx.eval(x, y, compiled(x))
    kernels()
    mx.eval(compiled(x))
    assert kernels() == 1
