"""Affine and bilinear maps of the last axis."""

from __future__ import annotations

from typing import Any

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.initial_scale import initial_scale

__all__ = ["Bilinear", "Identity", "Linear"]


class Identity(Module):
    """Returns its input. Takes any arguments, so that it can stand for any other layer.

    >>> nn.Identity(3, anything=True)(mx.array([1.0])).tolist()
    [1.0]
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def __call__(self, x: mx.array) -> mx.array:
        return x


class Linear(Module):
    """y = x W^T + b along the last axis: (..., input_dims) to (..., output_dims).

    Parameters: `weight` (output_dims, input_dims) and, with `bias`, `bias` (output_dims,), both initially uniform
    between -1/sqrt(input_dims) and 1/sqrt(input_dims).

    >>> nn.Linear(3, 5)(mx.ones((2, 3))).shape
    (2, 5)
    """

    def __init__(self, input_dims: int, output_dims: int, bias: bool = True) -> None:
        super().__init__()
        scale = initial_scale("Linear", input_dims)
        self.weight = mx.random.uniform(low=-scale, high=scale, shape=(output_dims, input_dims))
        if bias:
            self.bias = mx.random.uniform(low=-scale, high=scale, shape=(output_dims,))

    def _extra_repr(self) -> str:
        return f"input_dims={self.weight.shape[1]}, output_dims={self.weight.shape[0]}, bias={'bias' in self}"

    def __call__(self, x: mx.array) -> mx.array:
        try:
            if "bias" in self:
                return mx.addmm(self["bias"], x, self["weight"].T)
            return x @ self["weight"].T
        except ValueError as e:  # costs nothing where the shapes fit
            raise ValueError(
                f"[Linear] The input has shape {x.shape}; its last axis must be {self.weight.shape[1]} features."
            ) from e

    def to_quantized(self, *args: Any, **kwargs: Any) -> Module:
        """Quantised layers are not there yet: raises NotImplementedError."""
        from cermet.nn.layers.quantized import QuantizedLinear

        return QuantizedLinear(*args, **kwargs)


class Bilinear(Module):
    """y_k = x1^T W_k x2 + b_k along the last axes: (..., input1_dims) and (..., input2_dims) to (..., output_dims).

    Parameters: `weight` (output_dims, input2_dims, input1_dims) and, with `bias`, `bias` (output_dims,), both initially
    uniform between -1/sqrt(input1_dims) and 1/sqrt(input1_dims).

    >>> nn.Bilinear(3, 4, 5)(mx.ones((2, 3)), mx.ones((2, 4))).shape
    (2, 5)
    """

    def __init__(self, input1_dims: int, input2_dims: int, output_dims: int, bias: bool = True) -> None:
        super().__init__()
        scale = initial_scale("Bilinear", input1_dims)
        self.weight = mx.random.uniform(low=-scale, high=scale, shape=(output_dims, input2_dims, input1_dims))
        if bias:
            self.bias = mx.random.uniform(low=-scale, high=scale, shape=(output_dims,))

    def _extra_repr(self) -> str:
        output, input2, input1 = self.weight.shape
        return f"input1_dims={input1}, input2_dims={input2}, output_dims={output}, bias={'bias' in self}"

    def __call__(self, x1: mx.array, x2: mx.array) -> mx.array:
        output, input2, _ = self.weight.shape
        rows = x1 @ self.weight.flatten(0, 1).T  # one product for all of x1: (..., output * input2)
        y = (mx.unflatten(rows, -1, (output, input2)) @ mx.expand_dims(x2, -1)).squeeze(-1)
        return y + self.bias if "bias" in self else y
