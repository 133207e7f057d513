"""Trees: nested lists, tuples and dicts whose leaves are anything else, as parameters and optimizer states are.

A path names a leaf by the keys and positions that lead to it, joined by dots: "layers.0.weight".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["tree_flatten", "tree_map", "tree_map_with_path", "tree_merge", "tree_reduce", "tree_unflatten"]

_missing = object()


def _is_branch(node: Any, is_leaf: Callable[[Any], bool] | None) -> bool:
    return isinstance(node, (list, tuple, dict)) and not (is_leaf is not None and is_leaf(node))


def _items(branch: list | tuple | dict):
    """The keys or positions of a branch, each with what is there."""
    return branch.items() if isinstance(branch, dict) else enumerate(branch)


def _sequence_like(branch: list | tuple, values: list) -> list | tuple:
    """A list, tuple or named tuple of the branch's type."""
    if hasattr(branch, "_fields"):
        return type(branch)(*values)
    return tuple(values) if isinstance(branch, tuple) else values


# Not a function that calls itself by its closure: such a cycle would keep the leaves until the next garbage collection.
def _leaves(node: Any, path: str, is_leaf: Callable[[Any], bool] | None):
    """Pairs of path and leaf; paths begin with a dot."""
    if not _is_branch(node, is_leaf):
        yield path, node
        return
    for key, value in _items(node):
        yield from _leaves(value, f"{path}.{key}", is_leaf)


# ---- Flat and nested ------------------------------------------------------------------------------------------------


def tree_flatten(
    tree: Any,
    prefix: str = "",
    is_leaf: Callable[[Any], bool] | None = None,
    destination: list[tuple[str, Any]] | dict[str, Any] | None = None,
) -> list[tuple[str, Any]] | dict[str, Any]:
    """The leaves of a tree with their paths: a list of (path, leaf), or a dict where `destination` is one.

    `prefix` goes before every path; its first character (the dot) is dropped. `is_leaf` says of a list, tuple or dict
    whether it is to be taken as a leaf. What is found is added to `destination`, which is returned.

    >>> tree_flatten({"layers": [{"weight": 1}, {"weight": 2}]})
    [('layers.0.weight', 1), ('layers.1.weight', 2)]
    >>> tree_flatten({"a": {"b": 1}}, destination={})
    {'a.b': 1}
    """
    if destination is None:
        destination = []
    if isinstance(destination, list):
        destination.extend((path[1:], leaf) for path, leaf in _leaves(tree, prefix, is_leaf))
    elif isinstance(destination, dict):
        destination.update((path[1:], leaf) for path, leaf in _leaves(tree, prefix, is_leaf))
    else:
        raise ValueError(
            f"[tree_flatten] `destination` must be a list, a dict or None, not {type(destination).__name__}."
        )
    return destination


# A list is as long as its highest index says: what a file names must not decide how much memory that takes.
_longest_list = 1 << 20


def _grow(branches: dict, where: str) -> Any:
    """The tree of nested dicts of path pieces; dicts whose keys are all numbers become lists, gaps empty dicts."""
    built = {
        key: _grow(value, f"{where}{key}.") if isinstance(value, dict) else value[0] for key, value in branches.items()
    }
    if not all(key.isascii() and key.isdigit() for key in built):
        return built
    found: dict[int, Any] = {}
    for key, value in built.items():
        index = int(key) if len(key) < 10 else _longest_list
        if index in found:
            raise ValueError(f"[tree_unflatten] Two paths name element {index} of {where.rstrip('.') or 'the tree'!r}.")
        if index >= _longest_list:
            raise ValueError(
                f"[tree_unflatten] The path {where + key!r} asks for a list of more than {_longest_list} elements."
            )
        found[index] = value
    return [found.get(i, {}) for i in range(max(found) + 1)]


def tree_unflatten(tree: list[tuple[str, Any]] | dict[str, Any]) -> Any:
    """The tree whose leaves have the given paths: the reverse of tree_flatten.

    Where all the names at a place are numbers there is a list, elsewhere a dict. Positions of a list that no path
    names hold empty dicts. Paths that cannot belong to one tree ("a" beside "a.b"; "a" twice; "a..b") raise ValueError.

    >>> tree_unflatten([("layers.0.weight", 1), ("layers.1.weight", 2)])
    {'layers': [{'weight': 1}, {'weight': 2}]}
    """
    pairs = list(tree.items()) if isinstance(tree, dict) else list(tree)
    for pair in pairs:
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and isinstance(pair[0], str)):
            raise TypeError(f"[tree_unflatten] Expected pairs of a path (a string) and a leaf; got {pair!r}.")
    if len(pairs) == 1 and pairs[0][0] == "":
        return pairs[0][1]
    if not pairs:
        return []
    root: dict[str, Any] = {}  # a leaf is a tuple of itself, a branch a dict
    for path, leaf in pairs:
        pieces = path.split(".")
        if "" in pieces:
            raise ValueError(f"[tree_unflatten] The path {path!r} has an empty name in it.")
        at = root
        for piece in pieces[:-1]:
            at = at.setdefault(piece, {})
            if isinstance(at, tuple):
                raise ValueError(f"[tree_unflatten] The path {path!r} goes on where another path ends, at {piece!r}.")
        if pieces[-1] in at:
            twice = isinstance(at[pieces[-1]], tuple)
            raise ValueError(
                f"[tree_unflatten] The path {path!r} {'is given twice' if twice else 'ends where other paths go on'}."
            )
        at[pieces[-1]] = (leaf,)
    return _grow(root, "")


# ---- Functions of the leaves ----------------------------------------------------------------------------------------


def _part(other: Any, key: Any, path: str, op: str) -> Any:
    """What another tree has where this one has a key or position."""
    place = path[1:] or "its root"
    if isinstance(key, int) and isinstance(other, (list, tuple)):
        if key < len(other):
            return other[key]
        raise ValueError(f"[{op}] A tree ends after {len(other)} elements at {place}; the first has more there.")
    if not isinstance(other, dict):
        raise ValueError(
            f"[{op}] A tree has {type(other).__name__} at {place}, where the first has "
            f"{'a sequence' if isinstance(key, int) else f'a dict with the key {key!r}'}."
        )
    found = other.get(key, _missing)
    if found is _missing:
        raise ValueError(f"[{op}] A tree has no {key!r} at {place}; it has {sorted(map(str, other))}.")
    return found


def _map(fn, tree, rest, is_leaf, path, op):
    """fn(path, leaf, leaves of the rest ...) in place of each leaf; paths begin with a dot."""
    if not _is_branch(tree, is_leaf):
        return fn(path, tree, *rest)
    if isinstance(tree, dict):
        return {
            key: _map(fn, value, [_part(r, key, path, op) for r in rest], is_leaf, f"{path}.{key}", op)
            for key, value in tree.items()
        }
    values = [
        _map(fn, value, [_part(r, i, path, op) for r in rest], is_leaf, f"{path}.{i}", op)
        for i, value in enumerate(tree)
    ]
    return _sequence_like(tree, values)


def tree_map(fn: Callable, tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The tree with fn(leaf) in place of each leaf; with further trees, fn(leaf, leaf of the second, ...).

    The further trees may hold more than `tree` does; where they hold less, ValueError says where.

    >>> tree_map(lambda x, y: x + y, {"a": [1, 2]}, {"a": [10, 20], "b": 0})
    {'a': [11, 22]}
    """
    return _map(lambda path, *leaves: fn(*leaves), tree, rest, is_leaf, "", "tree_map")


def tree_map_with_path(
    fn: Callable, tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None, path: Any = None
) -> Any:
    """The tree with fn(path, leaf, ...) in place of each leaf. Paths begin with `path` where that is given.

    >>> tree_map_with_path(lambda path, x: path, {"model": [{"w": 0}, {"w": 0}]})
    {'model': [{'w': 'model.0.w'}, {'w': 'model.1.w'}]}
    """
    start = "" if path is None else f".{path}"
    return _map(
        lambda at, *leaves: fn(at[1:] if at else path, *leaves), tree, rest, is_leaf, start, "tree_map_with_path"
    )


def tree_reduce(fn: Callable, tree: Any, initializer: Any = None, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """fn(so far, leaf) over the leaves, from `initializer`, or from the first leaf if that is None.

    >>> tree_reduce(lambda total, x: total + x, {"a": [1, 2, 3], "b": [4, 5]}, 0)
    15
    """
    if _is_branch(tree, is_leaf):
        for _, value in _items(tree):
            initializer = tree_reduce(fn, value, initializer, is_leaf)
        return initializer
    return tree if initializer is None else fn(initializer, tree)


def _is_absent(node: Any) -> bool:
    return node is None or (isinstance(node, (list, tuple, dict)) and len(node) == 0)


def _merge(a: Any, b: Any, merge_fn: Callable | None, path: str) -> Any:
    if a is _missing or b is _missing:
        return b if a is _missing else a
    if _is_absent(b):
        return b if a is None else a
    if _is_absent(a):
        return b
    if isinstance(a, dict) and isinstance(b, dict):
        keys = dict.fromkeys([*a, *b])
        return {k: _merge(a.get(k, _missing), b.get(k, _missing), merge_fn, f"{path}.{k}") for k in keys}
    for kind in (list, tuple):
        if isinstance(a, kind) and isinstance(b, kind):
            count = max(len(a), len(b))
            pad = [_missing] * count
            pairs = zip([*a, *pad][:count], [*b, *pad][:count])
            return _sequence_like(a, [_merge(x, y, merge_fn, f"{path}.{i}") for i, (x, y) in enumerate(pairs)])
    if merge_fn is None:
        place = repr(path[1:]) if path else "their root"
        raise ValueError(
            f"[tree_merge] Both trees have something at {place} ({type(a).__name__} and "
            f"{type(b).__name__}); give `merge_fn` to say which to take."
        )
    return merge_fn(a, b)


def tree_merge(tree_a: Any, tree_b: Any, merge_fn: Callable[[Any, Any], Any] | None = None) -> Any:
    """One tree with the leaves of both; empty containers and None give way to anything.

    Where both have a leaf, merge_fn(leaf of a, leaf of b) decides; without it that raises ValueError.

    >>> tree_merge({"a": 1, "b": {}}, {"b": {"c": 2}})
    {'a': 1, 'b': {'c': 2}}
    """
    return _merge(tree_a, tree_b, merge_fn, "")
