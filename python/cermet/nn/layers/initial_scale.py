"""The scale of layers' initial weights, by the number of inputs of an output."""

from __future__ import annotations

import math

__all__ = ["initial_scale"]


def initial_scale(layer: str, inputs: int) -> float:
    """1 / sqrt(inputs), with which outputs of inputs of variance 1 have a variance of about 1 too."""
    if not hasattr(inputs, "__index__"):
        raise TypeError(f"[{layer}] Numbers of features must be integers, not {type(inputs).__name__}.")
    if inputs < 1:
        raise ValueError(f"[{layer}] There must be at least one input feature; got {inputs}.")
    return 1 / math.sqrt(inputs)
