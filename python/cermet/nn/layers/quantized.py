"""Names of MLX's quantised layers. They are not there yet: making one says so, `isinstance` says no."""

from __future__ import annotations

from typing import Any, NoReturn

from cermet.nn.layers.base import Module

__all__ = ["QQLinear", "QuantizedEmbedding", "QuantizedLinear", "quantize"]


class _Quantized(Module):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"[nn.{type(self).__name__}] Cermet has no quantised layers yet; load weights of floating dtypes "
            "(module.set_dtype(mx.bfloat16) halves their memory)."
        )


class QuantizedLinear(_Quantized):
    """Not there yet: raises NotImplementedError when made."""


class QuantizedEmbedding(_Quantized):
    """Not there yet: raises NotImplementedError when made."""


class QQLinear(_Quantized):
    """Not there yet: raises NotImplementedError when made."""


def quantize(model: Module, *args: Any, **kwargs: Any) -> NoReturn:
    """Not there yet: raises NotImplementedError and leaves the model as it is."""
    raise NotImplementedError(
        "[nn.quantize] Cermet has no quantised layers yet; model.set_dtype(mx.bfloat16) halves the weights' memory."
    )
