"""Module: a dict of arrays, modules and containers of them; everything a network knows about its parameters."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import cermet.core as mx
from cermet.nn.layers.tree_places import module_places, parameter_places
from cermet.utils import tree_flatten, tree_unflatten

__all__ = ["Module"]

Filter = Callable[["Module", str, Any], bool]


class Module(dict):
    """The base of all layers and networks.

    Assigning an array, module, list, tuple or dict to an attribute stores it as an item of this dict; other attributes
    are ordinary ones. The parameters are the arrays among the items, also within lists, dicts and modules (not within
    tuples, nor under names that begin with an underscore). Their names are the paths to them: "layers.0.weight".

    >>> class Perceptron(nn.Module):
    ...     def __init__(self, sizes):
    ...         super().__init__()
    ...         self.layers = [nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])]
    ...     def __call__(self, x):
    ...         for layer in self.layers[:-1]:
    ...             x = nn.relu(layer(x))
    ...         return self.layers[-1](x)
    >>> model = Perceptron([2, 8, 1])
    >>> model.layers[0].weight.shape
    (8, 2)
    """

    # Items, and ordinary attributes beside them: `_no_grad`, the names of the frozen items, and `_training`.
    __call__: Callable

    def __init__(self) -> None:
        super().__init__()
        self._no_grad: set[str] = set()
        self._training = True

    # ---- Attributes --------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(getattr(type(self), name, None), "__set__"):  # a property
            object.__setattr__(self, name, value)
        elif isinstance(value, (mx.array, dict, list, tuple)):
            self.__dict__.pop(name, None)
            self[name] = value
        else:
            object.__setattr__(self, name, value)
            self.pop(name, None)

    def __delattr__(self, name: str) -> None:
        if name in self:
            del self[name]
        else:
            object.__delattr__(self, name)

    def _extra_repr(self) -> str:
        """What the printed name of a layer has between its parentheses; for subclasses."""
        return ""

    def __repr__(self) -> str:
        children = tree_flatten(self.children(), is_leaf=self.is_module)
        lines = [textwrap.indent(f"({name}): {child!r}", "  ") for name, child in children]
        if not lines:
            return f"{type(self).__name__}({self._extra_repr()})"
        return "\n".join([f"{type(self).__name__}({self._extra_repr()}", *lines]) + "\n)"

    @property
    def training(self) -> bool:
        """Whether the module is in training mode (what dropout and batch normalisation ask)."""
        return self._training

    @property
    def state(self) -> Module:
        """The module itself, as a dict of all its arrays: what `mx.compile(inputs=, outputs=)` captures.

        Unlike `parameters()` it is no copy: filling it in place changes the module.
        """
        return self

    # ---- Filters -----------------------------------------------------------------------------------------------------

    @staticmethod
    def is_module(value: Any) -> bool:
        """Whether a value is a Module."""
        return isinstance(value, Module)

    @staticmethod
    def valid_child_filter(module: Module, key: str, value: Any) -> bool:
        """Keeps what may hold modules: dicts (modules are dicts) and lists."""
        return isinstance(value, (dict, list))

    @staticmethod
    def valid_parameter_filter(module: Module, key: str, value: Any) -> bool:
        """Keeps what is or may hold a parameter: arrays, dicts and lists under names without a leading underscore."""
        return isinstance(value, (dict, list, mx.array)) and not key.startswith("_")

    @staticmethod
    def trainable_parameter_filter(module: Module, key: str, value: Any) -> bool:
        """Keeps what `valid_parameter_filter` keeps and is not frozen."""
        return Module.valid_parameter_filter(module, key, value) and key not in module._no_grad

    def filter_and_map(
        self,
        filter_fn: Filter,
        map_fn: Callable[[Any], Any] | None = None,
        is_leaf_fn: Filter | None = None,
    ) -> dict:
        """A nested dict of what a filter keeps, with `map_fn` applied to the leaves.

        `filter_fn` and `is_leaf_fn` are asked with (module, key, value). Within plain dicts and lists the key is the
        path from the module ("blocks.0"), and what is not kept leaves an empty dict, so that positions stay. Leaves
        are, unless `is_leaf_fn` says otherwise, all values but modules, dicts and lists.
        """
        map_fn = map_fn or (lambda value: value)
        is_leaf_fn = is_leaf_fn or (lambda module, key, value: not isinstance(value, (dict, list)))

        return _Selection(filter_fn, map_fn, is_leaf_fn).of_module(self)

    # ---- What is in a module -----------------------------------------------------------------------------------------

    def parameters(self) -> dict:
        """All parameters, as a new nested dict of the same arrays; `cermet.utils.tree_flatten` names them."""
        return self.filter_and_map(self.valid_parameter_filter)

    def trainable_parameters(self) -> dict:
        """The parameters that are not frozen: those that `nn.value_and_grad` differentiates by."""
        return self.filter_and_map(self.trainable_parameter_filter)

    def children(self) -> dict:
        """The modules directly below this one, in the containers they are in."""
        return self.filter_and_map(self.valid_child_filter, is_leaf_fn=lambda module, key, value: self.is_module(value))

    def leaf_modules(self) -> dict:
        """The modules below this one that hold no modules themselves."""

        def is_leaf(module: Module, key: str, value: Any) -> bool:
            return isinstance(value, Module) and not tree_flatten(value.children(), is_leaf=self.is_module)

        return self.filter_and_map(self.valid_child_filter, is_leaf_fn=is_leaf)

    def _walk(self) -> Iterator[tuple[str, Module]]:
        """This module (under the name "") and all below it; later siblings come first, as in MLX."""
        stack: list[tuple[str, Module]] = [("", self)]
        while stack:
            name, module = stack.pop()
            yield name, module
            prefix = f".{name}" if name else ""
            stack += tree_flatten(module.children(), prefix=prefix, is_leaf=self.is_module)

    def modules(self) -> list[Module]:
        """This module and all modules below it."""
        return [module for _, module in self._walk()]

    def named_modules(self) -> list[tuple[str, Module]]:
        """This module (named "") and all modules below it, with their names."""
        return list(self._walk())

    def apply_to_modules(self, apply_fn: Callable[[str, Module], Any]) -> Module:
        """Calls `apply_fn(name, module)` for this module and all below it. Returns this module."""
        for name, module in self._walk():
            apply_fn(name, module)
        return self

    # ---- Changing parameters -----------------------------------------------------------------------------------------

    def update(self, parameters: dict | list, strict: bool = True) -> Module:
        """Puts the arrays of a (partial) tree of parameters in the places of the module's own. Returns this module.

        Shapes and dtypes may differ from what was there. With `strict`, whatever has no place here or is no array
        raises a ValueError that lists all such names; else it is left out. Nothing has changed when it raises.

        >>> model = nn.Linear(2, 3)
        >>> model.update({"bias": mx.ones(3)}).bias
        array([1, 1, 1], dtype=float32)
        """
        places, problems = parameter_places(self, parameters)
        if problems and strict:
            raise ValueError("\n  ".join([f"[Module.update] The tree does not fit {type(self).__name__}:", *problems]))
        for container, key, value in places:
            container[key] = value
        return self

    def apply(
        self,
        map_fn: Callable[[mx.array], mx.array],
        filter_fn: Filter | None = None,
    ) -> Module:
        """Replaces every parameter (that `filter_fn` keeps) by what `map_fn` makes of it. Returns this module.

        >>> model = nn.Linear(2, 3).apply(lambda p: p.astype(mx.bfloat16))
        """
        return self.update(self.filter_and_map(filter_fn or self.valid_parameter_filter, map_fn))

    def update_modules(self, modules: dict | list, strict: bool = True) -> Module:
        """Replaces modules by those of a (partial) tree in the form of `children()`. Returns this module.

        With `strict`, whatever is no module or has no module in its place here raises a ValueError that lists all such
        names; nothing has changed then.
        """
        places, problems = module_places(self, modules)
        if problems and strict:
            title = f"[Module.update_modules] The tree does not fit {type(self).__name__}:"
            raise ValueError("\n  ".join([title, *problems]))
        for container, key, value in places:
            container[key] = value
        return self

    def set_dtype(
        self,
        dtype: mx.Dtype,
        predicate: Callable[[mx.Dtype], bool] | None = lambda dtype: mx.issubdtype(dtype, mx.floating),
    ) -> None:
        """Converts the parameters whose dtype the predicate accepts (default: floating ones; None: all)."""

        def convert(parameter: mx.array) -> mx.array:
            return parameter.astype(dtype) if predicate is None or predicate(parameter.dtype) else parameter

        self.apply(convert)

    # ---- Files -------------------------------------------------------------------------------------------------------

    def load_weights(
        self,
        file_or_weights: str | os.PathLike | list[tuple[str, mx.array]] | dict[str, mx.array],
        strict: bool = True,
    ) -> Module:
        """Loads parameters from a file (.npz or .safetensors) or from (name, array) pairs. Returns this module.

        With `strict` the names and shapes must be exactly those of the module: one ValueError lists all that are
        missing, unexpected or of another shape. Else only names that the module has are loaded, of any shape. Nothing
        has changed when it raises.

        >>> model = nn.Linear(2, 3)
        >>> model.load_weights([("weight", mx.zeros((3, 2))), ("bias", mx.ones(3))])
        Linear(input_dims=2, output_dims=3, bias=True)
        """
        weights = file_or_weights
        if isinstance(weights, (str, os.PathLike)):
            weights = mx.load(os.fspath(weights))
            if not isinstance(weights, dict):
                raise ValueError(
                    f"[Module.load_weights] {os.fspath(file_or_weights)!r} holds a single array without a name; save "
                    "weights as .npz or .safetensors."
                )
        pairs = list(weights.items()) if isinstance(weights, dict) else list(weights)
        if strict:
            self._check_weights(pairs)
        bad = [f"{name}: {type(value).__name__}" for name, value in pairs if not isinstance(value, mx.array)]
        if bad:
            raise ValueError("[Module.load_weights] Weights must be arrays; got " + ", ".join(bad) + ".")
        if pairs:
            self.update(tree_unflatten(pairs), strict=False)
        return self

    def _check_weights(self, pairs: list[tuple[str, Any]]) -> None:
        """Raises unless the names and shapes are those of the parameters."""
        expected = tree_flatten(self.parameters(), destination={})
        given = dict(pairs)
        problems = [f"missing: {name} {value.shape}" for name, value in expected.items() if name not in given]
        problems += [
            f"unexpected: {name} {getattr(value, 'shape', type(value).__name__)}"
            for name, value in given.items()
            if name not in expected
        ]
        for name, value in expected.items():
            if name in given and isinstance(given[name], mx.array) and given[name].shape != value.shape:
                problems.append(f"wrong shape: {name} is {given[name].shape}; the module has {value.shape}")
        if problems:
            count = f"{len(problems)} of its parameters" if len(problems) > 1 else "one of its parameters"
            title = f"[Module.load_weights] The weights do not fit {type(self).__name__} in {count}:"
            hint = "(strict=False loads what the module has names for.)"
            raise ValueError("\n  ".join([title, *problems, hint]))

    def save_weights(self, file: str | os.PathLike) -> None:
        """Writes the parameters to a .npz or .safetensors file, under their names."""
        file = os.fspath(file)
        weights = tree_flatten(self.parameters(), destination={})
        if file.endswith(".npz"):
            mx.savez(file, **weights)
        elif file.endswith(".safetensors"):
            mx.save_safetensors(file, weights)
        else:
            raise ValueError(f"[Module.save_weights] {file!r} must end in .npz or .safetensors.")

    # ---- Training and freezing ---------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Sets training mode, or with `mode=False` evaluation mode, here and in all modules below. Returns this one."""
        return self.apply_to_modules(lambda _, module: module._set_training_mode(mode))

    def eval(self) -> Module:
        """Sets evaluation mode: dropout does nothing, batch normalisation uses its running statistics."""
        return self.train(False)

    def _set_training_mode(self, mode: bool) -> None:
        self._training = bool(mode)

    def freeze(self, *, recurse: bool = True, keys: str | list[str] | None = None, strict: bool = False) -> Module:
        """Takes parameters out of the trainable ones. Returns this module.

        `keys` are the names within each module (default: all); `recurse` says whether modules below are frozen too.
        With `strict`, a key that no module has raises KeyError.

        >>> model = nn.Linear(2, 3).freeze(keys="bias")
        >>> list(model.trainable_parameters())
        ['weight']
        """
        keys = self._checked_keys("freeze", keys, recurse, strict)
        for module in self.modules() if recurse else [self]:
            module._freeze(keys)
        return self

    def unfreeze(self, *, recurse: bool = True, keys: str | list[str] | None = None, strict: bool = False) -> Module:
        """Makes parameters trainable again: the reverse of `freeze`, with the same arguments. Returns this module.

        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).freeze().unfreeze(keys="bias")
        >>> [name for name, _ in tree_flatten(model.trainable_parameters())]
        ['layers.0.bias', 'layers.1.bias']
        """
        keys = self._checked_keys("unfreeze", keys, recurse, strict)
        for module in self.modules() if recurse else [self]:
            module._unfreeze(keys)
        return self

    def _checked_keys(self, op: str, keys: str | list[str] | None, recurse: bool, strict: bool) -> list[str] | None:
        if keys is None:
            return None
        keys = [keys] if isinstance(keys, str) else list(keys)
        modules = self.modules() if recurse else [self]
        missing = [key for key in keys if not any(key in module for module in modules)]
        if strict and missing:
            whose = "No module here" if recurse else type(self).__name__
            raise KeyError(f"[Module.{op}] {whose} has {', '.join(map(repr, missing))}.")
        return keys

    def _freeze(self, keys: list[str] | None) -> None:
        """Freezes items of this module alone; None stands for all its own parameters."""
        if keys is None:

            def own(module: Module, key: str, value: Any) -> bool:
                return not isinstance(value, Module) and self.valid_parameter_filter(module, key, value)

            keys = [key for key, _ in tree_flatten(self.filter_and_map(own))]
        self._no_grad.update(keys)

    def _unfreeze(self, keys: list[str] | None) -> None:
        """Unfreezes items of this module alone; extended by modules that keep some frozen (running statistics)."""
        if keys is None:
            self._no_grad.clear()
        else:
            self._no_grad.difference_update(keys)


class _Selection:
    """The walk of `Module.filter_and_map`. No closures that call each other: such cycles live until the next garbage
    collection, with all that they refer to."""

    __slots__ = ("filter_fn", "is_leaf_fn", "map_fn")

    def __init__(self, filter_fn: Filter, map_fn: Callable[[Any], Any], is_leaf_fn: Filter) -> None:
        self.filter_fn, self.map_fn, self.is_leaf_fn = filter_fn, map_fn, is_leaf_fn

    def of_module(self, module: Module) -> dict:
        return {k: self.of_value(module, k, v) for k, v in module.items() if self.filter_fn(module, k, v)}

    def of_item(self, module: Module, key: str, value: Any) -> Any:
        return self.of_value(module, key, value) if self.filter_fn(module, key, value) else {}

    def of_value(self, module: Module, key: str, value: Any) -> Any:
        if self.is_leaf_fn(module, key, value):
            return self.map_fn(value)
        if isinstance(value, Module):
            return self.of_module(value)
        if isinstance(value, dict):
            return {k: self.of_item(module, f"{key}.{k}", v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.of_item(module, f"{key}.{i}", v) for i, v in enumerate(value)]
        raise ValueError(
            f"[filter_and_map] {key!r} of {type(module).__name__} is a {type(value).__name__}, which `is_leaf_fn` "
            "does not take for a leaf; only modules, dicts and lists can be entered."
        )
