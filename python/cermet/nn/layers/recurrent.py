"""Recurrent layers over the second last axis: (..., T, input_size) to (..., T, hidden_size), one step after the other.

The products with the inputs are one matrix product for all steps; the loop over the steps unrolls in traces.
"""

from __future__ import annotations

from collections.abc import Callable

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.initial_scale import initial_scale

__all__ = ["GRU", "LSTM", "RNN"]


def _uniform(hidden_size: int, *shape: int) -> mx.array:
    scale = initial_scale("RNN, LSTM, GRU", hidden_size)
    return mx.random.uniform(low=-scale, high=scale, shape=shape)


def _expect_sequence(x: mx.array, layer: str, input_size: int) -> None:
    if x.ndim < 2:
        raise ValueError(f"[{layer}] Expected an input of shape (..., T, {input_size}); got {x.shape}.")
    if x.shape[-2] == 0:
        raise ValueError(f"[{layer}] The input of shape {x.shape} has no steps.")
    if x.shape[-1] != input_size:
        raise ValueError(f"[{layer}] The input has shape {x.shape}; its last axis must be {input_size} features.")


class RNN(Module):
    """h_t = f(W_xh x_t + W_hh h_(t-1) + b) (Elman, "Finding Structure in Time", 1990), f = tanh by default.

    Returns all h_t: (..., T, hidden_size). Without `hidden` the first step has no h. Parameters, initially uniform
    within 1/sqrt(hidden_size): `Wxh` (hidden_size, input_size), `Whh` (hidden_size, hidden_size), `bias`
    (hidden_size,).

    >>> nn.RNN(3, 5)(mx.ones((2, 7, 3))).shape
    (2, 7, 5)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: Callable[[mx.array], mx.array] | None = None,
    ) -> None:
        super().__init__()
        self.nonlinearity = nonlinearity or mx.tanh
        if not callable(self.nonlinearity):
            raise ValueError(f"[RNN] `nonlinearity` must be callable, not {type(nonlinearity).__name__}.")
        self.hidden_size = hidden_size
        self.Wxh = _uniform(hidden_size, hidden_size, input_size)
        self.Whh = _uniform(hidden_size, hidden_size, hidden_size)
        self.bias = _uniform(hidden_size, hidden_size) if bias else None

    def _extra_repr(self) -> str:
        return (
            f"input_dims={self.Wxh.shape[1]}, hidden_size={self.hidden_size}, nonlinearity={self.nonlinearity}, "
            f"bias={self.bias is not None}"
        )

    def __call__(self, x: mx.array, hidden: mx.array | None = None) -> mx.array:
        _expect_sequence(x, "RNN", self.Wxh.shape[1])
        x = x @ self.Wxh.T if self.bias is None else mx.addmm(self.bias, x, self.Wxh.T)
        steps = []
        for step in mx.unstack(x, axis=-2):
            hidden = self.nonlinearity(step if hidden is None else mx.addmm(step, hidden, self.Whh.T))
            steps.append(hidden)
        return mx.stack(steps, axis=-2)


class LSTM(Module):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), with forget gates and without peepholes:
    (i, f, g, o) = W_x x_t + W_h h_(t-1) + b, c_t = s(f) c_(t-1) + s(i) tanh(g), h_t = s(o) tanh(c_t), s = sigmoid.

    Returns all h_t and all c_t, each (..., T, hidden_size). Without `hidden` and `cell` these start at 0. Parameters,
    initially uniform within 1/sqrt(hidden_size): `Wx` (4 hidden_size, input_size), `Wh` (4 hidden_size, hidden_size),
    `bias` (4 hidden_size,).

    >>> hidden, cell = nn.LSTM(3, 5)(mx.ones((2, 7, 3)))
    >>> hidden.shape, cell.shape
    ((2, 7, 5), (2, 7, 5))
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.Wx = _uniform(hidden_size, 4 * hidden_size, input_size)
        self.Wh = _uniform(hidden_size, 4 * hidden_size, hidden_size)
        self.bias = _uniform(hidden_size, 4 * hidden_size) if bias else None

    def _extra_repr(self) -> str:
        return f"input_dims={self.Wx.shape[1]}, hidden_size={self.hidden_size}, bias={self.bias is not None}"

    def __call__(
        self, x: mx.array, hidden: mx.array | None = None, cell: mx.array | None = None
    ) -> tuple[mx.array, mx.array]:
        _expect_sequence(x, "LSTM", self.Wx.shape[1])
        x = x @ self.Wx.T if self.bias is None else mx.addmm(self.bias, x, self.Wx.T)
        hiddens, cells = [], []
        for step in mx.unstack(x, axis=-2):
            gates = step if hidden is None else mx.addmm(step, hidden, self.Wh.T)
            i, f, g, o = mx.split(gates, 4, axis=-1)
            new = mx.sigmoid(i) * mx.tanh(g)
            cell = new if cell is None else mx.sigmoid(f) * cell + new
            hidden = mx.sigmoid(o) * mx.tanh(cell)
            hiddens.append(hidden)
            cells.append(cell)
        return mx.stack(hiddens, axis=-2), mx.stack(cells, axis=-2)


class GRU(Module):
    """Gated recurrent unit (Cho et al., arXiv:1406.1078): with (r, z, n) parts of W_x x_t + b and W_h h_(t-1),
    r = s(r_x + r_h), z = s(z_x + z_h), n = tanh(n_x + r (n_h + b_hn)), h_t = (1 - z) n + z h_(t-1), s = sigmoid.

    Returns all h_t: (..., T, hidden_size). Without `hidden` h starts at 0. Parameters, initially uniform within
    1/sqrt(hidden_size): `Wx` (3 hidden_size, input_size), `Wh` (3 hidden_size, hidden_size), `b` (3 hidden_size,) and
    `bhn` (hidden_size,).

    >>> nn.GRU(3, 5)(mx.ones((2, 7, 3))).shape
    (2, 7, 5)
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.Wx = _uniform(hidden_size, 3 * hidden_size, input_size)
        self.Wh = _uniform(hidden_size, 3 * hidden_size, hidden_size)
        self.b = _uniform(hidden_size, 3 * hidden_size) if bias else None
        self.bhn = _uniform(hidden_size, hidden_size) if bias else None

    def _extra_repr(self) -> str:
        return f"input_dims={self.Wx.shape[1]}, hidden_size={self.hidden_size}, bias={self.b is not None}"

    def __call__(self, x: mx.array, hidden: mx.array | None = None) -> mx.array:
        _expect_sequence(x, "GRU", self.Wx.shape[1])
        x = x @ self.Wx.T if self.b is None else mx.addmm(self.b, x, self.Wx.T)
        steps = []
        for step in mx.unstack(x, axis=-2):
            r, z, n = mx.split(step, 3, axis=-1)
            n_h = self.bhn
            if hidden is not None:
                r_h, z_h, n_h = mx.split(hidden @ self.Wh.T, 3, axis=-1)
                r, z = r + r_h, z + z_h
                if self.bhn is not None:
                    n_h = n_h + self.bhn
            z = mx.sigmoid(z)
            n = mx.tanh(n if n_h is None else n + mx.sigmoid(r) * n_h)
            hidden = (1 - z) * n if hidden is None else (1 - z) * n + z * hidden
            steps.append(hidden)
        return mx.stack(steps, axis=-2)
