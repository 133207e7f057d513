"""Transposed convolutions: the maps that the gradients of convolutions are. Channels are last."""

from __future__ import annotations

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.convolution import expand, initial_weight

__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class ConvTranspose1d(Module):
    """(N, L, in_channels) to (N, L', out_channels),
    L' = (L - 1) stride - 2 padding + dilation (kernel - 1) + 1 + output_padding.

    Parameters: `weight` (out_channels, kernel_size, in_channels), initially uniform within
    1/sqrt(in_channels * kernel_size), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.ConvTranspose1d(3, 8, kernel_size=2, stride=2)(mx.ones((2, 10, 3))).shape
    (2, 20, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        output_padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.weight = initial_weight(in_channels, out_channels, (kernel_size,))
        if bias:
            self.bias = mx.zeros((out_channels,))
        self.padding = padding
        self.dilation = dilation
        self.stride = stride
        self.output_padding = output_padding

    def _extra_repr(self) -> str:
        return (
            f"{self.weight.shape[-1]}, {self.weight.shape[0]}, kernel_size={self.weight.shape[1]}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"output_padding={self.output_padding}, bias={'bias' in self}"
        )

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv_transpose1d(x, self.weight, self.stride, self.padding, self.dilation, self.output_padding)
        return y + self.bias if "bias" in self else y


class _ConvTranspose(Module):
    """What the transposed convolutions of 2 and 3 axes have in common."""

    def __init__(
        self,
        n: int,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple,
        stride: int | tuple,
        padding: int | tuple,
        dilation: int | tuple,
        output_padding: int | tuple,
        bias: bool,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.weight = initial_weight(in_channels, out_channels, expand(kernel_size, n, name, "kernel_size"))
        if bias:
            self.bias = mx.zeros((out_channels,))
        self.padding = expand(padding, n, name, "padding")
        self.stride = expand(stride, n, name, "stride")
        self.dilation = dilation
        self.output_padding = expand(output_padding, n, name, "output_padding")

    def _extra_repr(self) -> str:
        return (
            f"{self.weight.shape[-1]}, {self.weight.shape[0]}, kernel_size={self.weight.shape[1:-1]}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"output_padding={self.output_padding}, bias={'bias' in self}"
        )


class ConvTranspose2d(_ConvTranspose):
    """(N, H, W, in_channels) to (N, H', W', out_channels); sizes as in ConvTranspose1d, an int or a pair for each.

    Parameters: `weight` (out_channels, *kernel_size, in_channels), initially uniform within
    1/sqrt(in_channels * kernel elements), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.ConvTranspose2d(3, 8, kernel_size=2, stride=2)(mx.ones((2, 4, 4, 3))).shape
    (2, 8, 8, 8)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple,
        stride: int | tuple = 1,
        padding: int | tuple = 0,
        dilation: int | tuple = 1,
        output_padding: int | tuple = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(2, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, bias)

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv_transpose2d(x, self.weight, self.stride, self.padding, self.dilation, self.output_padding)
        return y + self.bias if "bias" in self else y


class ConvTranspose3d(_ConvTranspose):
    """(N, D, H, W, in_channels) to (N, D', H', W', out_channels); sizes as in ConvTranspose1d, an int or a triple.

    Parameters: `weight` (out_channels, *kernel_size, in_channels), initially uniform within
    1/sqrt(in_channels * kernel elements), and, with `bias`, `bias` (out_channels,), initially zero.

    >>> nn.ConvTranspose3d(1, 4, kernel_size=2, stride=2)(mx.ones((2, 3, 3, 3, 1))).shape
    (2, 6, 6, 6, 4)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple,
        stride: int | tuple = 1,
        padding: int | tuple = 0,
        dilation: int | tuple = 1,
        output_padding: int | tuple = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(3, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, bias)

    def __call__(self, x: mx.array) -> mx.array:
        y = mx.conv_transpose3d(x, self.weight, self.stride, self.padding, self.dilation, self.output_padding)
        return y + self.bias if "bias" in self else y
