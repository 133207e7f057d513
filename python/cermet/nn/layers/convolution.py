"""Convolutions over 1, 2 or 3 spatial axes. Channels are last in inputs and in weights."""

from __future__ import annotations

import math

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.initial_scale import initial_scale

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


def expand(value: int | tuple, n: int, layer: str, name: str) -> tuple:
    """One number for each of n spatial axes."""
    if hasattr(value, "__index__"):
        return (int(value),) * n
    value = tuple(value)
    if len(value) != n:
        raise ValueError(f"[{layer}] `{name}` is {value}; expected an int or {n} of them.")
    return value


def initial_weight(in_channels: int, out_channels: int, kernel: tuple, groups: int = 1) -> mx.array:
    """(out_channels, *kernel, in_channels / groups), uniform within 1/sqrt(inputs of an output)."""
    scale = initial_scale("Conv", in_channels // groups * math.prod(kernel))
    return mx.random.uniform(low=-scale, high=scale, shape=(out_channels, *kernel, in_channels // groups))


def _expect_groups(layer: str, in_channels: int, out_channels: int, groups: int) -> None:
    if groups < 1 or in_channels % groups or out_channels % groups:
        raise ValueError(
            f"[{layer}] {in_channels} input and {out_channels} output channels cannot be split into {groups} groups."
        )


class Conv1d(Module):
    """Convolves (N, L, in_channels) to (N, L', out_channels),
    L' = (L + 2 padding - dilation (kernel - 1) - 1) // stride + 1.

    Parameters: `weight` (out_channels, kernel_size, in_channels / groups), initially uniform within
    1/sqrt(in_channels / groups * kernel_size), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.Conv1d(3, 8, kernel_size=5, padding=2)(mx.ones((2, 10, 3))).shape
    (2, 10, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        _expect_groups("Conv1d", in_channels, out_channels, groups)
        self.weight = initial_weight(in_channels, out_channels, (kernel_size,), groups)
        if bias:
            self.bias = mx.zeros((out_channels,))
        self.padding = padding
        self.dilation = dilation
        self.stride = stride
        self.groups = groups

    def _extra_repr(self) -> str:
        return (
            f"{self.weight.shape[-1] * self.groups}, {self.weight.shape[0]}, kernel_size={self.weight.shape[1]}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, groups={self.groups}, "
            f"bias={'bias' in self}"
        )

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv1d(x, self.weight, self.stride, self.padding, self.dilation, self.groups)
        return y + self.bias if "bias" in self else y


class Conv2d(Module):
    """Convolves (N, H, W, in_channels) to (N, H', W', out_channels); sizes as in Conv1d, an int or a pair for each.

    Parameters: `weight` (out_channels, *kernel_size, in_channels / groups), initially uniform within
    1/sqrt(in_channels / groups * kernel elements), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)(mx.ones((2, 8, 8, 3))).shape
    (2, 4, 4, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple,
        stride: int | tuple = 1,
        padding: int | tuple = 0,
        dilation: int | tuple = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        _expect_groups("Conv2d", in_channels, out_channels, groups)
        kernel = expand(kernel_size, 2, "Conv2d", "kernel_size")
        self.weight = initial_weight(in_channels, out_channels, kernel, groups)
        if bias:
            self.bias = mx.zeros((out_channels,))
        self.padding = expand(padding, 2, "Conv2d", "padding")
        self.stride = expand(stride, 2, "Conv2d", "stride")
        self.dilation = dilation
        self.groups = groups

    def _extra_repr(self) -> str:
        return (
            f"{self.weight.shape[-1] * self.groups}, {self.weight.shape[0]}, kernel_size={self.weight.shape[1:-1]}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, groups={self.groups}, "
            f"bias={'bias' in self}"
        )

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv2d(x, self.weight, self.stride, self.padding, self.dilation, self.groups)
        return y + self.bias if "bias" in self else y


class Conv3d(Module):
    """Convolves (N, D, H, W, in_channels) to (N, D', H', W', out_channels); sizes as in Conv1d, an int or a triple.

    Parameters: `weight` (out_channels, *kernel_size, in_channels), initially uniform within
    1/sqrt(in_channels * kernel elements), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.Conv3d(1, 4, kernel_size=3)(mx.ones((2, 5, 5, 5, 1))).shape
    (2, 3, 3, 3, 4)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple,
        stride: int | tuple = 1,
        padding: int | tuple = 0,
        dilation: int | tuple = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.weight = initial_weight(in_channels, out_channels, expand(kernel_size, 3, "Conv3d", "kernel_size"))
        if bias:
            self.bias = mx.zeros((out_channels,))
        self.padding = expand(padding, 3, "Conv3d", "padding")
        self.stride = expand(stride, 3, "Conv3d", "stride")
        self.dilation = dilation

    def _extra_repr(self) -> str:
        return (
            f"{self.weight.shape[-1]}, {self.weight.shape[0]}, kernel_size={self.weight.shape[1:-1]}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, bias={'bias' in self}"
        )

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv3d(x, self.weight, self.stride, self.padding, self.dilation)
        return y + self.bias if "bias" in self else y
