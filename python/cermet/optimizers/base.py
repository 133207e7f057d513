"""What all optimizers share: the state (a dict that mirrors the tree of parameters) and how a step goes through it.

A step either changes the state and returns new parameters, or raises and leaves the state as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cermet.core as mx
from cermet import _core
from cermet.utils import tree_flatten, tree_map, tree_map_with_path, tree_merge

__all__ = ["MultiOptimizer", "Optimizer"]

_own_names = ("step", "learning_rate")


# ---- Trees of parameters --------------------------------------------------------------------------------------------


def _name(keys: tuple) -> str:
    return ".".join(map(str, keys))


def _child(node: Any, key: Any) -> Any:
    """What a container has at a key or position, or None."""
    if isinstance(key, int) and isinstance(node, (list, tuple)):
        return node[key] if key < len(node) else None
    return node.get(key) if isinstance(node, dict) else None


def _leaves(tree: Any, keys: tuple = ()):
    """(keys, leaf) in order."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*keys, key))
    elif isinstance(tree, (list, tuple)):
        for i, value in enumerate(tree):
            yield from _leaves(value, (*keys, i))
    else:
        yield keys, tree


def _find(tree: Any, keys: tuple) -> Any:
    for key in keys:
        tree = _child(tree, key)
    return tree


def _place(state: dict, keys: tuple, entry: dict) -> None:
    """Puts a parameter's entry where its keys say; lists on the way are made, and filled with empty dicts."""
    node = state
    for key, following in zip(keys, (*keys[1:], None)):
        below = entry if following is None else [] if isinstance(following, int) else {}
        if isinstance(key, int):
            node.extend({} for _ in range(key + 1 - len(node)))
        there = _child(node, key)
        if following is None or not isinstance(there, type(below)):
            node[key] = below
        node = node[key]


def _check_root(tree: Any, what: str, op: str) -> None:
    if not isinstance(tree, dict):
        raise TypeError(f"[{op}] The {what} must be a dict (or a module), not {type(tree).__name__}.")


def _assign(target: Any, new: Any) -> None:
    """Puts the leaves of `new` into nested plain dicts and lists."""
    for key, value in new.items() if isinstance(new, dict) else enumerate(new):
        there = _child(target, key)
        if isinstance(value, (dict, list)) and isinstance(there, (dict, list)):
            there.update(value) if hasattr(there, "leaf_modules") else _assign(there, value)
        else:
            target[key] = value


# ---- Settings -------------------------------------------------------------------------------------------------------


def _setting(value: Any, name: str) -> mx.array:
    """A scalar array for a setting that the state holds: always of one dtype, so that a new value traces nothing."""
    if isinstance(value, (bool, str)) or value is None:
        raise TypeError(f"[optimizers] `{name}` must be a number, a scalar array or a schedule, not {value!r}.")
    if not isinstance(value, mx.array):
        value = mx.array(value)
    if value.size != 1:
        raise ValueError(f"[optimizers] `{name}` must be a scalar; got an array of shape {value.shape}.")
    if not mx.issubdtype(value.dtype, mx.number) or mx.issubdtype(value.dtype, mx.complexfloating):
        raise TypeError(f"[optimizers] `{name}` must be a real number, not {value.dtype}.")
    value = value if value.ndim == 0 else value.reshape(())
    return value if value.dtype == mx.float32 else value.astype(mx.float32)


# ---- Optimizer ------------------------------------------------------------------------------------------------------


class Optimizer:
    """The base of all optimizers.

    A new optimizer implements init_single, which puts the arrays that it keeps for a parameter into a dict, and
    apply_single, which returns the updated parameter and renews that dict. `schedulers` is a dict of names and
    functions of the step: before each update, state[name] becomes what the function returns.

    >>> class SignDescent(Optimizer):
    ...     def __init__(self, learning_rate):
    ...         super().__init__()
    ...         self._maybe_schedule("learning_rate", learning_rate)
    ...     def init_single(self, parameter, state):
    ...         pass
    ...     def apply_single(self, gradient, parameter, state):
    ...         return parameter - self.learning_rate.astype(gradient.dtype) * mx.sign(gradient)
    """

    def __init__(self, schedulers: dict[str, Callable] | None = None) -> None:
        self._initialized = False
        self._state: dict[str, Any] = {"step": mx.array(0, mx.uint64)}
        self._schedulers: dict[str, Callable] = dict(schedulers or {})

    # What derived classes implement.

    def init_single(self, parameter: mx.array, state: dict) -> None:
        """Puts into `state` the arrays that the optimizer keeps for a parameter."""
        raise NotImplementedError(f"[{type(self).__name__}] init_single is not implemented.")

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict) -> mx.array:
        """The updated parameter; `state` is the parameter's own dict, and takes the new arrays."""
        raise NotImplementedError(f"[{type(self).__name__}] apply_single is not implemented.")

    # Use.

    def update(self, model: Any, gradients: dict) -> None:
        """Updates the parameters of a module (or nested dict) that have gradients, in place.

        >>> loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        >>> optimizer.update(model, grads)
        """
        updated = self.apply_gradients(gradients, model)
        if type(model) is dict:
            _assign(model, updated)
        else:
            model.update(updated)

    def init(self, parameters: dict) -> None:
        """Makes the state of all parameters of a tree. What is already there is kept.

        This happens by itself at the first update; it is of use where the state is declared to `mx.compile` or loaded
        before that.

        >>> optimizer = SGD(learning_rate=0.1, momentum=0.9)
        >>> optimizer.init({"weight": mx.zeros((2, 2))})
        >>> optimizer.state.keys()
        dict_keys(['step', 'learning_rate', 'weight'])
        """
        op = f"{type(self).__name__}.init"
        _check_root(parameters, "parameters", op)
        made = [(keys, self._entry(keys, leaf, op)) for keys, leaf in _leaves(parameters) if self._is_array(leaf)]
        for keys, entry in made:
            _place(self._state, keys, entry)
        self._initialized = True

    def apply_gradients(self, gradients: dict, parameters: dict) -> dict:
        """The updated parameters, as a tree of the gradients' structure; the state moves on by a step.

        `parameters` (a tree, or a module) may hold more than there are gradients of. Gradients without a parameter, or
        of another shape, raise ValueError with their names before anything changes.
        """
        jobs = self._matched(gradients, parameters)
        op = f"{type(self).__name__}.apply_gradients"
        entries, missing = [], []
        for keys, gradient, _ in jobs:
            there = _find(self._state, keys)
            known = self._initialized and isinstance(there, dict) and there
            entries.append(there if known else self._entry(keys, gradient, op))
            if not there and entries[-1]:
                missing.append((keys, gradient.shape, gradient.dtype))
        if missing:  # in a compiled step that declares the state: made before the trace, so that one trace will do
            _core._initialize_state(self._state, lambda: self._make_entries(missing, op))
        before = {name: self._state[name] for name in ("step", *self._schedulers) if name in self._state}
        try:
            for name, schedule in self._schedulers.items():
                self._state[name] = _setting(schedule(self.step), name)
            self._state["step"] = self.step + 1
            fresh = [dict(entry) for entry in entries]
            updated = [self.apply_single(g, p, entry) for (_, g, p), entry in zip(jobs, fresh)]
        except BaseException:
            self._state.update(before)
            raise
        for (keys, _, _), entry, new in zip(jobs, entries, fresh):
            entry.update(new)
            if _find(self._state, keys) is not entry:
                _place(self._state, keys, entry)
        self._initialized = True
        leaves = iter(updated)
        return tree_map(lambda _: next(leaves), gradients)

    @property
    def state(self) -> dict:
        """The dict of everything that changes: "step", the settings, and for each parameter the arrays kept for it.

        Assigning a dict replaces what is in it; the dict itself stays the same, as compiled functions hold it. A state
        without "step" counts from 0, one without "learning_rate" keeps the present one.
        """
        return self._state

    @state.setter
    def state(self, state: dict) -> None:
        if not isinstance(state, dict):
            raise TypeError(f"[{type(self).__name__}.state] Expected a dict, not {type(state).__name__}.")
        if state is self._state:
            return
        kept = {name: self._state[name] for name in self._schedulers if name in self._state}
        if "learning_rate" in self._state:
            kept["learning_rate"] = self._state["learning_rate"]
        new = {"step": mx.array(0, mx.uint64), **kept, **state}
        self._state.clear()
        self._state.update(new)
        self._initialized = False

    @property
    def step(self) -> mx.array:
        """How many updates there have been: a scalar of uint64."""
        return self._state["step"]

    @property
    def learning_rate(self) -> mx.array:
        """The learning rate, a scalar of float32 in the state.

        Assign a number, a scalar array or a schedule. What is assigned replaces a schedule. A compiled step that
        declares the state takes the new value without a new trace.
        """
        if "learning_rate" not in self._state:
            raise ValueError(f"[{type(self).__name__}] This optimizer has no learning rate; assign one.")
        return self._state["learning_rate"]

    @learning_rate.setter
    def learning_rate(self, learning_rate: float | mx.array | Callable) -> None:
        self._maybe_schedule("learning_rate", learning_rate)

    # How.

    def _maybe_schedule(self, name: str, param: float | mx.array | Callable) -> None:
        """Puts a setting into the state: a number, or what a schedule says for the present step and all later ones."""
        value = _setting(param(self.step) if callable(param) else param, name)
        if callable(param):
            self._schedulers[name] = param
        else:
            self._schedulers.pop(name, None)
        self._state[name] = value

    @staticmethod
    def _is_array(leaf: Any) -> bool:
        return isinstance(leaf, mx.array)

    def _make_entries(self, missing: list[tuple[tuple, tuple, mx.Dtype]], op: str) -> None:
        for keys, shape, dtype in missing:
            _place(self._state, keys, self._entry(keys, mx.zeros(shape, dtype), op))
        self._initialized = True

    def _entry(self, keys: tuple, parameter: mx.array, op: str) -> dict:
        """The dict of a parameter: the one in the state, which must hold what this optimizer keeps, or a new one."""
        if len(keys) > 0 and keys[0] in self._state and (keys[0] in _own_names or keys[0] in self._schedulers):
            raise ValueError(f"[{op}] A parameter is called {keys[0]!r}, which is a name of the state; rename it.")
        entry: dict[str, Any] = {}
        self.init_single(parameter, entry)
        there = _find(self._state, keys)
        if not there:
            return entry
        if not isinstance(there, dict):
            raise ValueError(f"[{op}] The state has {type(there).__name__} at {_name(keys)!r}; expected a dict.")
        if entry.keys() - there.keys():
            raise ValueError(
                f"[{op}] The state of {_name(keys)!r} holds {sorted(there)}; this optimizer needs {sorted(entry)}. "
                "Was it saved by another one?"
            )
        for name, made in entry.items():
            if self._is_array(made) and getattr(there[name], "shape", None) != made.shape:
                raise ValueError(
                    f"[{op}] The state of {_name(keys)!r} has {name!r} of shape {getattr(there[name], 'shape', None)}; "
                    f"the parameter needs {made.shape}."
                )
        return there

    def _matched(self, gradients: dict, parameters: dict) -> list[tuple[tuple, mx.array, mx.array]]:
        """(keys, gradient, parameter) of all gradients."""
        op = f"{type(self).__name__}.apply_gradients"
        _check_root(gradients, "gradients", op)
        _check_root(parameters, "parameters", op)
        jobs, unknown, unequal = [], [], []
        for keys, gradient in _leaves(gradients):
            parameter = _find(parameters, keys)
            if not self._is_array(gradient):
                raise TypeError(f"[{op}] The gradient of {_name(keys)!r} is {type(gradient).__name__}, not an array.")
            if not self._is_array(parameter):
                unknown.append(_name(keys))
            elif parameter.shape != gradient.shape:
                unequal.append(f"{_name(keys)!r}: {gradient.shape} for {parameter.shape}")
            elif not mx.issubdtype(gradient.dtype, mx.inexact):
                raise TypeError(f"[{op}] The gradient of {_name(keys)!r} is {gradient.dtype}; expected floating point.")
            jobs.append((keys, gradient, parameter))
        if unknown:
            known = [_name(keys) for keys, leaf in _leaves(parameters) if self._is_array(leaf)]
            raise ValueError(f"[{op}] Gradients of {unknown} have no parameter. The parameters are {known}.")
        if unequal:
            raise ValueError(f"[{op}] Gradients have other shapes than their parameters: {'; '.join(unequal)}.")
        return jobs


# ---- Several optimizers ---------------------------------------------------------------------------------------------


class MultiOptimizer(Optimizer):
    """Several optimizers for one model, each for the parameters that its filter chooses.

    `filters` has one function of (path, parameter) for each optimizer but the last; a parameter goes to the first
    optimizer whose filter returns true, otherwise to the last.

    >>> optimizer = MultiOptimizer([Muon(0.02), AdamW(1e-3)], [lambda path, w: w.ndim == 2 and "head" not in path])
    """

    def __init__(self, optimizers: list[Optimizer], filters: list[Callable[[str, mx.array], bool]] = ()) -> None:
        super().__init__()
        self._state = {}
        optimizers, filters = list(optimizers), list(filters)
        if not optimizers or len(filters) != len(optimizers) - 1:
            raise ValueError(
                f"[MultiOptimizer] Got {len(optimizers)} optimizers and {len(filters)} filters; each optimizer but the "
                "last needs a filter."
            )
        for x in optimizers:
            if not isinstance(x, Optimizer):
                raise TypeError(f"[MultiOptimizer] `optimizers` must be optimizers, not {type(x).__name__}.")
        for x in filters:
            if not callable(x):
                raise TypeError(f"[MultiOptimizer] `filters` must be functions, not {type(x).__name__}.")
        self.optimizers = optimizers
        self.filters = [*filters, lambda path, parameter: True]

    def _split(self, tree: dict) -> list[dict]:
        """The parts of a tree, one an optimizer; other leaves are empty dicts."""
        whose = {}

        def choose(path, leaf):
            whose[path] = next(i for i, chosen in enumerate(self.filters) if chosen(path, leaf))

        tree_map_with_path(choose, tree)
        return [
            _pruned(tree_map_with_path(lambda path, leaf, i=i: leaf if whose[path] == i else {}, tree))
            for i in range(len(self.optimizers))
        ]

    def init(self, parameters: dict) -> None:
        """Makes the state of each optimizer for its parameters."""
        _check_root(parameters, "parameters", "MultiOptimizer.init")
        for optimizer, part in zip(self.optimizers, self._split(parameters)):
            optimizer.init(part)

    def apply_gradients(self, gradients: dict, parameters: dict) -> dict:
        """The updated parameters; see Optimizer.apply_gradients. If one optimizer raises, none has moved."""
        self._matched(gradients, parameters)
        saved = [tree_map(lambda leaf: leaf, optimizer.state) for optimizer in self.optimizers]
        updated: dict = {}
        try:
            for optimizer, part in zip(self.optimizers, self._split(gradients)):
                updated = tree_merge(updated, optimizer.apply_gradients(part, parameters))
        except BaseException:
            for optimizer, state in zip(self.optimizers, saved):
                optimizer.state = state
            raise
        places = dict(tree_flatten(updated))
        return tree_map_with_path(lambda path, _: places[path], gradients)

    @property
    def state(self) -> dict:
        """{"states": [the state of each optimizer]}."""
        return {"states": [optimizer.state for optimizer in self.optimizers]}

    @state.setter
    def state(self, state: dict) -> None:
        states = state.get("states") if isinstance(state, dict) else None
        if not isinstance(states, (list, tuple)) or len(states) != len(self.optimizers):
            raise ValueError(
                f"[MultiOptimizer.state] Expected {{'states': [...]}} with the states of {len(self.optimizers)} "
                "optimizers."
            )
        for one in states:
            if not isinstance(one, dict):
                raise TypeError(f"[MultiOptimizer.state] A state must be a dict, not {type(one).__name__}.")
        for optimizer, one in zip(self.optimizers, states):
            optimizer.state = one

    @property
    def step(self) -> mx.array:
        """How many updates there have been."""
        return self.optimizers[0].step

    @property
    def learning_rate(self) -> mx.array:
        """The learning rate of the first optimizer. Assigning sets that of all."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float | mx.array | Callable) -> None:
        if not callable(learning_rate):
            learning_rate = _setting(learning_rate, "learning_rate")
        for optimizer in self.optimizers:
            optimizer.learning_rate = learning_rate


def _pruned(tree: Any) -> Any:
    """Without dict entries and ends of lists that hold nothing."""
    if isinstance(tree, dict):
        kept = {key: _pruned(value) for key, value in tree.items()}
        return {key: value for key, value in kept.items() if not isinstance(value, (dict, list, tuple)) or value}
    if isinstance(tree, (list, tuple)):
        kept = [_pruned(value) for value in tree]
        while kept and isinstance(kept[-1], (dict, list)) and not kept[-1]:
            kept.pop()
        return kept
    return tree
