"""Layers split over processes. Cermet runs in one process, where every shard is the whole: these do what the ordinary
layers do, so that programs written for many processes run on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.initial_scale import initial_scale
from cermet.nn.layers.linear import Linear
from cermet.nn.layers.quantized import _Quantized
from cermet.utils import tree_map

__all__ = [
    "AllToShardedLinear",
    "FullyShardedModule",
    "QuantizedAllToShardedLinear",
    "QuantizedShardedToAllLinear",
    "ShardedToAllLinear",
    "fully_shard",
    "shard_inplace",
    "shard_linear",
    "sum_gradients",
]

_shardings = ("all-to-sharded", "sharded-to-all")


def _expect_sharding(op: str, sharding: Any) -> None:
    if not callable(sharding) and sharding not in _shardings:
        raise ValueError(f"[{op}] `sharding` is {sharding!r}; allowed are 'all-to-sharded' and 'sharded-to-all'.")


def sum_gradients(group: Any) -> Callable[[mx.array], mx.array]:
    """The function that returns its input and adds the gradients of all processes: for one, the identity."""
    return lambda x: x


class _ShardedLinear(Module):
    def __init__(self, input_dims: int, output_dims: int, bias: bool = True, group: Any = None) -> None:
        super().__init__()
        scale = initial_scale(type(self).__name__, input_dims)
        self.group = group
        self.weight = mx.random.uniform(low=-scale, high=scale, shape=(output_dims, input_dims))
        if bias:
            self.bias = mx.random.uniform(low=-scale, high=scale, shape=(output_dims,))

    def _extra_repr(self) -> str:
        return f"input_dims={self.weight.shape[1]}, output_dims={self.weight.shape[0]}, bias={'bias' in self}"

    def __call__(self, x: mx.array) -> mx.array:
        if "bias" in self:
            return mx.addmm(self["bias"], x, self["weight"].T)
        return x @ self["weight"].T

    @classmethod
    def from_linear(cls, linear_layer: Module, *, segments: int | list = 1, group: Any = None) -> Module:
        """This process's shard of a linear layer: all of it."""
        if not isinstance(linear_layer, (Linear, _ShardedLinear)):
            raise TypeError(f"[{cls.__name__}.from_linear] Expected a linear layer, not {type(linear_layer).__name__}.")
        sharded = cls.__new__(cls)  # without drawing weights
        Module.__init__(sharded)
        sharded.group = group
        for name, value in linear_layer.parameters().items():
            sharded[name] = value
        return sharded


class AllToShardedLinear(_ShardedLinear):
    """A linear layer whose outputs are split over the processes; for one process, `Linear`."""


class ShardedToAllLinear(_ShardedLinear):
    """A linear layer whose inputs are split over the processes; for one process, `Linear`."""


class QuantizedAllToShardedLinear(_Quantized):
    """Not there yet: raises NotImplementedError when made."""


class QuantizedShardedToAllLinear(_Quantized):
    """Not there yet: raises NotImplementedError when made."""


def shard_linear(module: Module, sharding: str, *, segments: int | list = 1, group: Any = None) -> Module:
    """A sharded layer made from a linear one: `sharding` is "all-to-sharded" or "sharded-to-all".

    >>> from cermet.nn.layers.distributed import shard_linear
    >>> shard_linear(nn.Linear(2, 3), "all-to-sharded")
    AllToShardedLinear(input_dims=2, output_dims=3, bias=True)
    """
    _expect_sharding("shard_linear", sharding)
    layer = AllToShardedLinear if sharding == "all-to-sharded" else ShardedToAllLinear
    return layer.from_linear(module, segments=segments, group=group)


def shard_inplace(module: Module, sharding: str | Callable, *, segments: int | list = 1, group: Any = None) -> None:
    """Leaves of a module's parameters this process's shard: all of them."""
    _expect_sharding("shard_inplace", sharding)


class FullyShardedModule(Module):
    """A module whose parameters are split over the processes and gathered when it is called; for one process, a wrapper
    that casts the parameters to `compute_dtype`, if given, for the time of the call."""

    def __init__(self, module: Module, group: Any = None, compute_dtype: mx.Dtype | None = None) -> None:
        super().__init__()
        self.module = module
        self.group = group
        self.compute_dtype = compute_dtype

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.compute_dtype is None:
            return self.module(*args, **kwargs)
        from cermet.nn.utils import Borrowed

        def cast(p: mx.array) -> mx.array:
            return p.astype(self.compute_dtype) if mx.issubdtype(p.dtype, mx.floating) else p

        originals = self.module.parameters()
        with Borrowed(self.module, originals) as borrowed:
            borrowed.lend(tree_map(cast, originals))
            return self.module(*args, **kwargs)


def fully_shard(module: Module, *, group: Any = None, compute_dtype: mx.Dtype | None = None) -> Module:
    """Splits a module's parameters over the processes; for one process, returns the module (wrapped, if a compute dtype
    is given)."""
    return module if compute_dtype is None else FullyShardedModule(module, group, compute_dtype)
