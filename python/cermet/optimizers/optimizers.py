"""The rules: each optimizer's update of one parameter, written as one chain of element-wise arithmetic.

Every update reads the gradient, the parameter and what is kept for it, and writes the parameter and what is kept: a
compiled step makes one kernel of it. The learning rate is an array in the state, so that it may change between steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cermet.core as mx
from cermet.optimizers.base import MultiOptimizer, Optimizer
from cermet.utils import tree_flatten, tree_map

if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = [
    "SGD",
    "AdaDelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "MultiOptimizer",
    "Muon",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm",
]

Rate: TypeAlias = "float | mx.array | Callable[[mx.array], mx.array]"


# ---- Options --------------------------------------------------------------------------------------------------------


def _number(value: Any, name: str, owner: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"[{owner}] `{name}` must be a number, not {type(value).__name__}.")
    return value


def _at_least_zero(value: Any, name: str, owner: str) -> float:
    if not _number(value, name, owner) >= 0:
        raise ValueError(f"[{owner}] `{name}` must be at least 0, not {value}.")
    return value


def _share(value: Any, name: str, owner: str) -> float:
    """A number in [0, 1)."""
    if not 0 <= _number(value, name, owner) < 1:
        raise ValueError(f"[{owner}] `{name}` must be in [0, 1), not {value}.")
    return value


def _pair(values: Any, name: str, owner: str, check: Callable) -> Any:
    if not isinstance(values, (list, tuple)) or len(values) != 2:
        raise ValueError(f"[{owner}] `{name}` must be two numbers, not {values!r}.")
    for i, value in enumerate(values):
        check(value, f"{name}[{i}]", owner)
    return values


# ---- Stochastic gradient descent ------------------------------------------------------------------------------------


class SGD(Optimizer):
    """Stochastic gradient descent.

    With the gradient g (to which weight_decay * w is added) and momentum:
    v = momentum * v + (1 - dampening) * g; w = w - learning_rate * v. With `nesterov`, g + momentum * v takes the
    place of v in the step. State of a parameter: "v".

    >>> optimizer = SGD(learning_rate=0.1, momentum=0.9, nesterov=True)
    """

    def __init__(
        self,
        learning_rate: Rate,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__()
        _number(dampening, "dampening", "SGD")
        if nesterov and (_number(momentum, "momentum", "SGD") <= 0 or dampening != 0):
            raise ValueError(
                f"[SGD] `nesterov` needs a momentum above 0 and no dampening; got {momentum} and {dampening}."
            )
        self._maybe_schedule("learning_rate", learning_rate)
        self.momentum = _number(momentum, "momentum", "SGD")
        self.weight_decay = _number(weight_decay, "weight_decay", "SGD")
        self.dampening = dampening
        self.nesterov = nesterov

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "v" at zero."""
        state["v"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        if self.weight_decay != 0:
            gradient = gradient + self.weight_decay * parameter
        if self.momentum <= 0:
            return parameter - rate * gradient
        fresh = (1 - self.dampening) * gradient if self.dampening > 0 else gradient
        v = self.momentum * state["v"] + fresh
        state["v"] = v
        return parameter - rate * (gradient + self.momentum * v if self.nesterov else v)


# ---- Steps scaled by past squares -----------------------------------------------------------------------------------


class RMSprop(Optimizer):
    """Steps divided by a running root mean square of the gradient (Tieleman and Hinton 2012).

    v = alpha * v + (1 - alpha) * g**2; w = w - learning_rate * g / (sqrt(v) + eps). State of a parameter: "v".
    """

    def __init__(self, learning_rate: Rate, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__()
        self.alpha = _at_least_zero(alpha, "alpha", "RMSprop")
        self.eps = _at_least_zero(eps, "eps", "RMSprop")
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "v" at zero."""
        state["v"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        v = self.alpha * state["v"] + (1 - self.alpha) * mx.square(gradient)
        state["v"] = v
        return parameter - rate * gradient / (mx.sqrt(v) + self.eps)


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all past squared gradients (Duchi, Hazan and Singer 2011).

    v = v + g**2; w = w - learning_rate * g / (sqrt(v) + eps). State of a parameter: "v".
    """

    def __init__(self, learning_rate: Rate, eps: float = 1e-8) -> None:
        super().__init__()
        self.eps = _at_least_zero(eps, "eps", "Adagrad")
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "v" at zero."""
        state["v"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        v = state["v"] + mx.square(gradient)
        state["v"] = v
        return parameter - rate * gradient / (mx.sqrt(v) + self.eps)


class AdaDelta(Optimizer):
    """Steps in proportion to a running root mean square of past steps (Zeiler 2012), times a learning rate.

    v = rho * v + (1 - rho) * g**2; d = g * sqrt(u + eps) / sqrt(v + eps); u = rho * u + (1 - rho) * d**2;
    w = w - learning_rate * d. State of a parameter: "v", "u".
    """

    def __init__(self, learning_rate: Rate, rho: float = 0.9, eps: float = 1e-6) -> None:
        super().__init__()
        self.rho = _at_least_zero(rho, "rho", "AdaDelta")
        self.eps = _at_least_zero(eps, "eps", "AdaDelta")
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "v" and "u" at zero."""
        state["v"] = mx.zeros_like(parameter)
        state["u"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "v" and "u"."""
        rate = self.learning_rate.astype(gradient.dtype)
        v = self.rho * state["v"] + (1 - self.rho) * mx.square(gradient)
        step = mx.sqrt(state["u"] + self.eps) / mx.sqrt(v + self.eps) * gradient
        state["u"] = self.rho * state["u"] + (1 - self.rho) * mx.square(step)
        state["v"] = v
        return parameter - rate * step


# ---- Adam and its kin -----------------------------------------------------------------------------------------------


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015).

    m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g**2; w = w - learning_rate * m / (sqrt(v) + eps), with (b1, b2)
    the `betas`. With `bias_correction`, m is divided by 1 - b1**step and v by 1 - b2**step, as in the paper. State of a
    parameter: "m", "v".

    >>> optimizer = Adam(learning_rate=1e-3)
    """

    def __init__(
        self,
        learning_rate: Rate,
        betas: list[float] | tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        bias_correction: bool = False,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.betas = _pair(betas, "betas", owner, _share)
        self.eps = _at_least_zero(eps, "eps", owner)
        self.bias_correction = bias_correction
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "m" and "v" at zero."""
        state["m"] = mx.zeros_like(parameter)
        state["v"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "m" and "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        b1, b2 = self.betas
        m = b1 * state["m"] + (1 - b1) * gradient
        v = b2 * state["v"] + (1 - b2) * mx.square(gradient)
        state["m"] = m
        state["v"] = v
        if not self.bias_correction:
            return parameter - rate * m / (mx.sqrt(v) + self.eps)
        # The powers are scalars of float32: in half precision 1 - 0.999 ** step would be zero.
        scale_m = (self.learning_rate / (1 - b1**self.step)).astype(gradient.dtype)
        scale_v = mx.rsqrt(1 - b2**self.step).astype(gradient.dtype)
        return parameter - scale_m * m / (mx.sqrt(v) * scale_v + self.eps)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): w is first multiplied by
    1 - learning_rate * weight_decay. State of a parameter: "m", "v".
    """

    def __init__(
        self,
        learning_rate: Rate,
        betas: list[float] | tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        bias_correction: bool = False,
    ) -> None:
        super().__init__(learning_rate, betas, eps, bias_correction)
        self.weight_decay = _number(weight_decay, "weight_decay", "AdamW")

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "m" and "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        return super().apply_single(gradient, parameter * (1 - rate * self.weight_decay), state)


class Adamax(Adam):
    """Adam with the largest past gradient in place of the root mean square (Kingma and Ba 2015).

    m = b1 * m + (1 - b1) * g; v = max(b2 * v, |g|); w = w - learning_rate * m / (v + eps). State of a parameter: "m",
    "v".
    """

    def __init__(
        self, learning_rate: Rate, betas: list[float] | tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(learning_rate, betas, eps)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "m" and "v"."""
        rate = self.learning_rate.astype(gradient.dtype)
        b1, b2 = self.betas
        m = b1 * state["m"] + (1 - b1) * gradient
        v = mx.maximum(b2 * state["v"], mx.abs(gradient))
        state["m"] = m
        state["v"] = v
        return parameter - rate * m / (v + self.eps)


class Lion(Optimizer):
    """Steps by the sign of an interpolated momentum (Chen et al. 2023).

    c = b1 * m + (1 - b1) * g; m = b2 * m + (1 - b2) * g; w = w - learning_rate * (sign(c) + weight_decay * w). As every
    step has the same size, the learning rate is 3 to 10 times smaller than for AdamW, and the weight decay as much
    larger. State of a parameter: "m".
    """

    def __init__(
        self,
        learning_rate: Rate,
        betas: list[float] | tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__()
        self.betas = _pair(betas, "betas", "Lion", _share)
        self.weight_decay = _number(weight_decay, "weight_decay", "Lion")
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "m" at zero."""
        state["m"] = mx.zeros_like(parameter)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "m"."""
        rate = self.learning_rate.astype(gradient.dtype)
        b1, b2 = self.betas
        m = state["m"]
        direction = mx.sign(b1 * m + (1 - b1) * gradient)
        state["m"] = b2 * m + (1 - b2) * gradient
        if self.weight_decay > 0:
            parameter = (1 - rate * self.weight_decay) * parameter
        return parameter - rate * direction


# ---- Matrices -------------------------------------------------------------------------------------------------------


class Adafactor(Optimizer):
    """Adam with second moments kept as one row and one column of a matrix (Shazeer and Stern 2018).

    `eps` is (what is added to squared gradients, the least scale of a parameter). Updates are scaled down where their
    root mean square exceeds `clip_threshold`; the second moments forget with 1 - step ** decay_rate; `beta_1` adds a
    first moment. With `scale_parameter` the step is in proportion to the parameter's root mean square; with
    `relative_step` the learning rate is not used: steps are min(0.01, 1 / sqrt(step)), or with `warmup_init`
    min(1e-6 * step, 1 / sqrt(step)). State of a parameter: "exp_avg_sq_row" and "exp_avg_sq_col" (two dimensions and
    more; one row and column for each matrix) or "exp_avg_sq", and "exp_avg" with `beta_1`.
    """

    def __init__(
        self,
        learning_rate: Rate | None = None,
        eps: tuple[float, float] = (1e-30, 1e-3),
        clip_threshold: float = 1.0,
        decay_rate: float = -0.8,
        beta_1: float | None = None,
        weight_decay: float = 0.0,
        scale_parameter: bool = True,
        relative_step: bool = True,
        warmup_init: bool = False,
    ) -> None:
        super().__init__()
        if learning_rate is not None:
            self._maybe_schedule("learning_rate", learning_rate)
        self.eps = _pair(eps, "eps", "Adafactor", _at_least_zero)
        self.clip_threshold = _number(clip_threshold, "clip_threshold", "Adafactor")
        if not clip_threshold > 0:
            raise ValueError(f"[Adafactor] `clip_threshold` must be greater than 0, not {clip_threshold}.")
        self.decay_rate = _number(decay_rate, "decay_rate", "Adafactor")
        self.beta_1 = None if beta_1 is None else _share(beta_1, "beta_1", "Adafactor")
        self.weight_decay = _number(weight_decay, "weight_decay", "Adafactor")
        self.scale_parameter = scale_parameter
        self.relative_step = relative_step
        self.warmup_init = warmup_init

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts the moments at zero."""
        if parameter.ndim >= 2:
            state["exp_avg_sq_row"] = mx.zeros(parameter.shape[:-1], parameter.dtype)
            state["exp_avg_sq_col"] = mx.zeros(parameter.shape[:-2] + parameter.shape[-1:], parameter.dtype)
        else:
            state["exp_avg_sq"] = mx.zeros_like(parameter)
        if self.beta_1 is not None:
            state["exp_avg"] = mx.zeros_like(parameter)

    def _rate(self, parameter: mx.array) -> mx.array:
        """The size of a step for a parameter, a scalar of its dtype."""
        if self.relative_step:
            least = 1e-6 * self.step if self.warmup_init else 1e-2
            rate = mx.minimum(least, mx.rsqrt(self.step.astype(mx.float32)))
        else:
            rate = self.learning_rate
        rate = rate.astype(parameter.dtype)
        if self.scale_parameter:
            rate = rate * mx.maximum(self.eps[1], mx.sqrt(mx.mean(mx.square(parameter))))
        return rate

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews the moments."""
        forget = (1.0 - self.step.astype(mx.float32) ** self.decay_rate).astype(parameter.dtype)
        squared = mx.square(gradient) + self.eps[0]
        if gradient.ndim >= 2:
            row = forget * state["exp_avg_sq_row"] + (1 - forget) * mx.mean(squared, axis=-1)
            col = forget * state["exp_avg_sq_col"] + (1 - forget) * mx.mean(squared, axis=-2)
            state["exp_avg_sq_row"] = row
            state["exp_avg_sq_col"] = col
            of_rows = mx.rsqrt(row / mx.mean(row, axis=-1, keepdims=True))
            update = mx.expand_dims(of_rows, -1) * mx.expand_dims(mx.rsqrt(col), -2) * gradient
        else:
            average = forget * state["exp_avg_sq"] + (1 - forget) * squared
            state["exp_avg_sq"] = average
            update = mx.rsqrt(average) * gradient
        size = mx.sqrt(mx.mean(mx.square(update)))
        rate = self._rate(parameter)
        update = rate / mx.maximum(1.0, size / self.clip_threshold) * update
        if self.beta_1 is not None:
            update = self.beta_1 * state["exp_avg"] + (1 - self.beta_1) * update
            state["exp_avg"] = update
        if self.weight_decay != 0:
            parameter = parameter * (1 - self.weight_decay * rate)
        return parameter - update


class Muon(Optimizer):
    """Momentum whose step is made orthogonal (Jordan et al. 2024), for the matrices inside a network.

    v = momentum * v + (1 - momentum) * g, with weight_decay * w added to g; the step (with `nesterov`,
    momentum * v + (1 - momentum) * g) of a matrix is replaced by about the nearest orthogonal matrix, by `ns_steps`
    steps of a Newton-Schulz iteration, times sqrt(max(1, rows / columns)). Arrays of more than two dimensions are
    matrices of their first dimension and all others; those of fewer take the plain step. Embeddings, biases and last
    layers are better left to another optimizer (see MultiOptimizer). State of a parameter: "v".
    """

    def __init__(
        self,
        learning_rate: Rate,
        momentum: float = 0.95,
        weight_decay: float = 0.01,
        nesterov: bool = True,
        ns_steps: int = 5,
    ) -> None:
        super().__init__()
        self.momentum = _number(momentum, "momentum", "Muon")
        self.weight_decay = _number(weight_decay, "weight_decay", "Muon")
        self.nesterov = nesterov
        if isinstance(ns_steps, bool) or not isinstance(ns_steps, int):
            raise TypeError(f"[Muon] `ns_steps` must be an integer, not {type(ns_steps).__name__}.")
        self.ns_steps = int(_at_least_zero(ns_steps, "ns_steps", "Muon"))
        self._maybe_schedule("learning_rate", learning_rate)

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Starts "v" at zero."""
        state["v"] = mx.zeros_like(parameter)

    def _orthogonal(self, x: mx.array) -> mx.array:
        """A matrix with the singular vectors of x, and singular values near 1."""
        # The quintic's coefficients are those of Jordan et al.: steepest at 0 of those that stay near 1.
        a, b, c = 3.4445, -4.7750, 2.0315
        tall = x.shape[-2] > x.shape[-1]
        if tall:
            x = x.T
        x = x / (mx.sqrt(mx.sum(mx.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            gram = x @ x.T
            x = a * x + (b * gram + c * (gram @ gram)) @ x
        return x.T if tall else x

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; renews "v"."""
        if self.weight_decay != 0:
            gradient = gradient + self.weight_decay * parameter
        v = self.momentum * state["v"] + (1 - self.momentum) * gradient
        state["v"] = v
        step = self.momentum * v + (1 - self.momentum) * gradient if self.nesterov else v
        rate = self.learning_rate.astype(gradient.dtype)
        if step.ndim >= 2:
            shape = step.shape
            matrix = self._orthogonal(step if step.ndim == 2 else mx.flatten(step, 1))
            step = matrix if step.ndim == 2 else matrix.reshape(shape)
            rows, columns = shape[0], math.prod(shape[1:])
            rate = rate * max(1, rows / max(1, columns)) ** 0.5
        return parameter - rate * step


# ---- Clipping -------------------------------------------------------------------------------------------------------


def clip_grad_norm(grads: Any, max_norm: float) -> tuple[Any, mx.array]:
    """(gradients, norm): the gradients scaled down together so that their norm as one vector is at most `max_norm`,
    and the norm that they had, a scalar of float32.

    >>> grads, norm = clip_grad_norm({"a": mx.array([3.0]), "b": mx.array([4.0])}, max_norm=1.0)
    >>> norm
    array(5, dtype=float32)
    """
    if isinstance(max_norm, (int, float)) and not max_norm >= 0:
        raise ValueError(f"[clip_grad_norm] `max_norm` must be at least 0, not {max_norm}.")
    total = mx.array(0.0)
    for path, leaf in tree_flatten(grads):
        if not isinstance(leaf, mx.array):
            raise TypeError(f"[clip_grad_norm] The gradient {path!r} is {type(leaf).__name__}, not an array.")
        total = total + mx.sum(mx.square(mx.abs(leaf.astype(_at_least_float32(leaf.dtype)))))
    norm = mx.sqrt(total)
    scale = mx.minimum(max_norm / (norm + 1e-6), 1.0)
    return tree_map(lambda g: g * scale.astype(_floating(g.dtype)), grads), norm


def _at_least_float32(dtype: Any) -> Any:
    """The dtype to sum squares in: those of halves overflow at 256."""
    return mx.float32 if dtype in (mx.float16, mx.bfloat16) or not mx.issubdtype(dtype, mx.inexact) else dtype


def _floating(dtype: Any) -> Any:
    return dtype if mx.issubdtype(dtype, mx.floating) else mx.float32
