"""Containers of layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cermet.nn.layers.base import Module

__all__ = ["Sequential"]


class Sequential(Module):
    """Calls layers (or any functions) one after the other, each with what the one before returned.

    >>> model = nn.Sequential(nn.Linear(2, 8), nn.relu, nn.Linear(8, 1))
    >>> model(mx.ones((4, 2))).shape
    (4, 1)
    """

    def __init__(self, *modules: Callable) -> None:
        super().__init__()
        self.layers = list(modules)

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x
