"""Loss functions. `reduction` is "none" (the losses themselves), "mean" or "sum" (a scalar)."""

from __future__ import annotations

import math
from typing import Literal

import cermet.core as mx

Reduction = Literal["none", "mean", "sum"]

__all__ = [
    "binary_cross_entropy",
    "cosine_similarity_loss",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div_loss",
    "l1_loss",
    "log_cosh_loss",
    "margin_ranking_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
    "triplet_loss",
]


def _reduce(loss: mx.array, reduction: Reduction) -> mx.array:
    if reduction == "mean":
        return mx.mean(loss)
    if reduction == "sum":
        return mx.sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"[nn.losses] `reduction` is {reduction!r}; allowed are 'none', 'mean' and 'sum'.")


def _expect_same_shape(op: str, **arrays: mx.array) -> None:
    (first, x), *others = arrays.items()
    for name, y in others:
        if y.shape != x.shape:
            raise ValueError(f"[{op}] `{first}` has shape {x.shape} and `{name}` {y.shape}; they must be equal.")


def _without(shape: tuple, axis: int) -> tuple:
    """A shape without one axis."""
    at = axis % len(shape)
    return tuple(shape[:at]) + tuple(shape[at + 1 :])


# ---- Classification -------------------------------------------------------------------------------------------------


def cross_entropy(
    logits: mx.array,
    targets: mx.array,
    weights: mx.array | None = None,
    axis: int = -1,
    label_smoothing: float = 0.0,
    reduction: Reduction = "none",
) -> mx.array:
    """-log softmax(logits) at the target class: logsumexp(logits) - logits[target], along `axis`.

    `targets` are class indices (the shape of the logits without `axis`) or probabilities (the shape of the logits).
    `label_smoothing` s mixes the targets with the uniform distribution: (1 - s) targets + s / classes. `weights`, of
    the losses' shape, multiply them before the reduction (a mean divides by the number of losses, not by the weights).

    >>> nn.losses.cross_entropy(mx.array([[2.0, -1.0], [-1.0, 2.0]]), mx.array([0, 1]))
    array([0.0485873, 0.0485873], dtype=float32)
    """
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"[cross_entropy] `label_smoothing` is {label_smoothing}; it must be in [0, 1).")
    if logits.ndim == 0 or not -logits.ndim <= axis < logits.ndim:
        raise ValueError(f"[cross_entropy] There is no axis {axis} in logits of shape {logits.shape}.")
    as_probabilities = targets.ndim == logits.ndim
    expected = tuple(logits.shape) if as_probabilities else _without(logits.shape, axis)
    if tuple(targets.shape) != expected:
        raise ValueError(
            f"[cross_entropy] `targets` have shape {targets.shape}; for logits of shape {logits.shape} and axis {axis} "
            f"expected class indices of shape {_without(logits.shape, axis)} or probabilities of the logits' shape."
        )
    if as_probabilities:
        score = mx.sum(logits * targets, axis=axis)
    elif not mx.issubdtype(targets.dtype, mx.integer):
        raise TypeError(f"[cross_entropy] Class indices must be integers, not {targets.dtype}.")
    else:
        score = mx.take_along_axis(logits, mx.expand_dims(targets, axis), axis).squeeze(axis)
    if label_smoothing > 0:
        score = (1 - label_smoothing) * score + label_smoothing * mx.mean(logits, axis=axis)
    loss = mx.logsumexp(logits, axis=axis) - score
    if weights is not None:
        if weights.shape != loss.shape:
            raise ValueError(f"[cross_entropy] `weights` have shape {weights.shape}; the losses have {loss.shape}.")
        loss = loss * weights
    return _reduce(loss, reduction)


def binary_cross_entropy(
    inputs: mx.array,
    targets: mx.array,
    weights: mx.array | None = None,
    with_logits: bool = True,
    reduction: Reduction = "mean",
) -> mx.array:
    """-(t log p + (1 - t) log(1 - p)) for targets t, p = sigmoid(inputs), or with `with_logits=False` p = inputs.

    The logarithms of given probabilities are at least -100, so that the loss of p = 0 or 1 is finite.

    >>> nn.losses.binary_cross_entropy(mx.array([0.0, 0.0]), mx.array([0.0, 1.0]))
    array(0.693147, dtype=float32)
    """
    _expect_same_shape("binary_cross_entropy", inputs=inputs, targets=targets)
    if with_logits:
        loss = mx.logaddexp(0.0, inputs) - inputs * targets
    else:
        log_p = mx.maximum(mx.log(inputs), -100)
        log_q = mx.maximum(mx.log(1 - inputs), -100)
        loss = -(log_p * targets + log_q * (1 - targets))
    if weights is not None:
        if weights.shape != loss.shape:
            raise ValueError(
                f"[binary_cross_entropy] `weights` have shape {weights.shape}; the losses have {loss.shape}."
            )
        loss = loss * weights
    return _reduce(loss, reduction)


def nll_loss(inputs: mx.array, targets: mx.array, axis: int = -1, reduction: Reduction = "none") -> mx.array:
    """-inputs[target] along `axis`: the negative log likelihood, for log probabilities and class indices."""
    if not mx.issubdtype(targets.dtype, mx.integer):
        raise TypeError(f"[nll_loss] `targets` must be integers, not {targets.dtype}.")
    loss = -mx.take_along_axis(inputs, mx.expand_dims(targets, axis), axis).squeeze(axis)
    return _reduce(loss, reduction)


def kl_div_loss(inputs: mx.array, targets: mx.array, axis: int = -1, reduction: Reduction = "none") -> mx.array:
    """sum(exp(t) (t - x)) along `axis`: the divergence of log probabilities x from log probabilities t."""
    return _reduce(mx.sum(mx.exp(targets) * (targets - inputs), axis=axis), reduction)


def gaussian_nll_loss(
    inputs: mx.array,
    targets: mx.array,
    vars: mx.array,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> mx.array:
    """(log v + (x - t)^2 / v) / 2 with variances v = max(vars, eps); `full` adds log(2 pi) / 2."""
    _expect_same_shape("gaussian_nll_loss", inputs=inputs, targets=targets, vars=vars)
    variances = mx.maximum(vars, eps)
    loss = 0.5 * (mx.log(variances) + mx.square(targets - inputs) / variances)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduce(loss, reduction)


def hinge_loss(inputs: mx.array, targets: mx.array, reduction: Reduction = "none") -> mx.array:
    """max(1 - x t, 0) for targets t of 1 or -1."""
    return _reduce(mx.maximum(1 - inputs * targets, 0), reduction)


# ---- Regression -----------------------------------------------------------------------------------------------------


def mse_loss(predictions: mx.array, targets: mx.array, reduction: Reduction = "mean") -> mx.array:
    """(predictions - targets)^2.

    >>> nn.losses.mse_loss(mx.array([1.0, 2.0]), mx.array([1.0, 4.0]))
    array(2, dtype=float32)
    """
    _expect_same_shape("mse_loss", predictions=predictions, targets=targets)
    return _reduce(mx.square(predictions - targets), reduction)


def l1_loss(predictions: mx.array, targets: mx.array, reduction: Reduction = "mean") -> mx.array:
    """|predictions - targets|."""
    _expect_same_shape("l1_loss", predictions=predictions, targets=targets)
    return _reduce(mx.abs(predictions - targets), reduction)


def smooth_l1_loss(
    predictions: mx.array, targets: mx.array, beta: float = 1.0, reduction: Reduction = "mean"
) -> mx.array:
    """d^2 / (2 beta) where d = |predictions - targets| < beta, else d - beta / 2 (Girshick, arXiv:1504.08083)."""
    _expect_same_shape("smooth_l1_loss", predictions=predictions, targets=targets)
    difference = mx.abs(predictions - targets)
    loss = mx.where(difference < beta, (0.5 / beta) * mx.square(difference), difference - 0.5 * beta)
    return _reduce(loss, reduction)


def huber_loss(inputs: mx.array, targets: mx.array, delta: float = 1.0, reduction: Reduction = "none") -> mx.array:
    """e^2 / 2 where e = |inputs - targets| <= delta, else delta (e - delta / 2)."""
    error = mx.abs(inputs - targets)
    loss = mx.where(error <= delta, 0.5 * mx.square(error), delta * (error - 0.5 * delta))
    return _reduce(loss, reduction)


def log_cosh_loss(inputs: mx.array, targets: mx.array, reduction: Reduction = "none") -> mx.array:
    """log(cosh(inputs - targets)), computed without overflow."""
    error = inputs - targets
    return _reduce(mx.logaddexp(error, -error) - math.log(2), reduction)


# ---- Embeddings and ranking -----------------------------------------------------------------------------------------


def cosine_similarity_loss(
    x1: mx.array, x2: mx.array, axis: int = 1, eps: float = 1e-8, reduction: Reduction = "none"
) -> mx.array:
    """The cosine of the angle between x1 and x2 along `axis`: x1 . x2 / max(|x1| |x2|, eps)."""
    norms = mx.linalg.norm(x1, axis=axis) * mx.linalg.norm(x2, axis=axis)
    return _reduce(mx.sum(x1 * x2, axis=axis) / mx.maximum(norms, eps), reduction)


def margin_ranking_loss(
    inputs1: mx.array, inputs2: mx.array, targets: mx.array, margin: float = 0.0, reduction: Reduction = "none"
) -> mx.array:
    """max(margin - t (x1 - x2), 0): x1 should be above x2 by the margin for t = 1, below for t = -1."""
    _expect_same_shape("margin_ranking_loss", inputs1=inputs1, inputs2=inputs2, targets=targets)
    return _reduce(mx.maximum(0, margin - targets * (inputs1 - inputs2)), reduction)


def triplet_loss(
    anchors: mx.array,
    positives: mx.array,
    negatives: mx.array,
    axis: int = -1,
    p: int = 2,
    margin: float = 1.0,
    eps: float = 1e-6,
    reduction: Reduction = "none",
) -> mx.array:
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0) for distances d = (sum |a - b|^p + eps)^(1/p)."""

    def distance(other: mx.array) -> mx.array:
        return mx.power(mx.sum(mx.power(mx.abs(anchors - other), p), axis=axis) + eps, 1 / p)

    return _reduce(mx.maximum(distance(positives) - distance(negatives) + margin, 0), reduction)
