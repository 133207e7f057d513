"""Functions of modules: gradients with respect to their parameters, checkpoints, and averages over processes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.tree_places import parameter_places
from cermet.utils import tree_flatten

__all__ = ["average_gradients", "checkpoint", "clip_grad_norm_sharded", "value_and_grad"]


def _expect_module(op: str, model: Any) -> None:
    if not isinstance(model, Module):
        raise TypeError(f"[nn.{op}] Expected a module, not {type(model).__name__}.")


def _leaves(tree: Any) -> Iterator[mx.array]:
    """The arrays of nested dicts and lists, in order."""
    for value in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(value, (dict, list)):
            yield from _leaves(value)
        else:
            yield value


class Borrowed:
    """A module's parameters, replaced for the time of a `with` block: given back at its end, whatever happens.

    What the block itself assigned stays if it succeeds, as it would without the loan.
    """

    def __init__(self, model: Module, originals: dict) -> None:
        """`originals` are those of the model's parameters that may be replaced."""
        self._places, _ = parameter_places(model, originals)
        self._lent: list[tuple[Any, Any, mx.array, mx.array]] = []

    def lend(self, parameters: dict) -> None:
        """Puts other arrays in the places of the originals; `parameters` has their structure."""
        for (container, key, original), value in zip(self._places, _leaves(parameters)):
            self._lent.append((container, key, value, original))
            container[key] = value

    def __enter__(self) -> Borrowed:
        return self

    def __exit__(self, failure: Any, *_: Any) -> None:
        for container, key, value, original in self._lent:
            kept = key in container if isinstance(container, dict) else key < len(container)
            if kept and (failure is not None or container[key] is value):
                container[key] = original


def value_and_grad(model: Module, fn: Callable) -> Callable:
    """A function that returns what `fn` returns, and the gradient of its loss by the model's trainable parameters.

    `fn` takes any arguments and uses the model; it returns a scalar, or a tuple that begins with one. The gradient is a
    nested dict in the form of `model.trainable_parameters()`. The model holds its own parameters again afterwards, also
    after an exception.

    >>> model = nn.Linear(2, 1)
    >>> def loss_fn(model, x, y):
    ...     return nn.losses.mse_loss(model(x), y)
    >>> loss, grads = nn.value_and_grad(model, loss_fn)(model, mx.ones((4, 2)), mx.zeros((4, 1)))
    >>> grads["weight"].shape
    (1, 2)
    """
    _expect_module("value_and_grad", model)
    if not callable(fn):
        raise TypeError(f"[nn.value_and_grad] `fn` must be callable, not {type(fn).__name__}.")

    def with_parameters(parameters: dict, borrowed: Borrowed, args: tuple, kwargs: dict) -> Any:
        borrowed.lend(parameters)
        return fn(*args, **kwargs)

    functools.update_wrapper(with_parameters, fn, updated=())
    differentiated = mx.value_and_grad(with_parameters)

    @functools.wraps(fn, updated=())
    def wrapped(*args, **kwargs):
        parameters = model.trainable_parameters()
        _check_floating(parameters)
        with Borrowed(model, parameters) as borrowed:
            return differentiated(parameters, borrowed, args, kwargs)

    return wrapped


def _check_floating(parameters: dict) -> None:
    whole = [
        f"{name} ({str(value.dtype).rpartition('.')[2]})"
        for name, value in tree_flatten(parameters)
        if not mx.issubdtype(value.dtype, mx.inexact)
    ]
    if whole:
        raise ValueError(
            f"[nn.value_and_grad] Trainable parameters must be floating; these are not: {', '.join(whole)}. Freeze "
            "them (module.freeze(keys=[...])) or name them with a leading underscore."
        )


def checkpoint(module: Module, fn: Callable | None = None) -> Callable:
    """`fn` (default: the module's call) without its intermediate values kept for the gradient: they are computed again.

    Gradients flow to the module's trainable parameters and to the arguments. Running statistics and random numbers are
    those of the first computation.

    >>> layer = nn.Linear(2, 2)
    >>> mx.grad(lambda x: nn.utils.checkpoint(layer)(x).sum())(mx.ones((1, 2))).shape
    (1, 2)
    """
    _expect_module("utils.checkpoint", module)
    if fn is None:
        fn = module.__call__

    @functools.wraps(fn, updated=())
    def checkpointed(*args, **kwargs):
        before = list(_arrays_of(module))
        calls = []

        def run(parameters: dict, *arrays):
            now, again = list(_arrays_of(module)), bool(calls)
            calls.append(None)
            if again:  # a derivative asks: the module is as it was for the first call, and afterwards as it is now
                _write(before)
            given = iter(arrays)
            try:
                with Borrowed(module, module.trainable_parameters()) as borrowed:
                    borrowed.lend(parameters)
                    return fn(*(next(given) if isinstance(value, mx.array) else value for value in args), **kwargs)
            finally:
                if again:
                    _write(now)

        arrays = [value for value in args if isinstance(value, mx.array)]
        return mx.checkpoint(run)(module.trainable_parameters(), *arrays)

    return checkpointed


def _arrays_of(container: Any) -> Iterator[tuple[Any, Any, mx.array]]:
    """All arrays of a module with their places, buffers too."""
    for key, value in container.items() if isinstance(container, dict) else enumerate(container):
        if isinstance(value, mx.array):
            yield container, key, value
        elif isinstance(value, (dict, list)):
            yield from _arrays_of(value)


def _write(places: list[tuple[Any, Any, mx.array]]) -> None:
    for container, key, value in places:
        container[key] = value


def average_gradients(
    gradients: Any,
    group: Any = None,
    all_reduce_size: int = 32 * 1024**2,
    communication_stream: Any = None,
) -> Any:
    """The gradients averaged over the processes of a group: with one process, the gradients themselves."""
    return gradients


def clip_grad_norm_sharded(gradients: Any, max_norm: float, group: Any = None) -> tuple[Any, mx.array]:
    """`optimizers.clip_grad_norm` where gradients are split over processes: with one process, the same."""
    from cermet.optimizers import clip_grad_norm

    return clip_grad_norm(gradients, max_norm)
