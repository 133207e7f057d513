"""Where the leaves of a (partial) tree belong in a module: found before anything is written, so that a tree that does
not fit changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cermet.core as mx

__all__ = ["module_places", "parameter_places"]

# A container, a key of it, and what the tree has for it.
Place = tuple[Any, Any, Any]


def parameter_places(module: dict, tree: Any) -> tuple[list[Place], list[str]]:
    """The places of a tree's arrays among the arrays of a module, and what does not fit, in words."""
    places: list[Place] = []
    problems: list[str] = []

    def leaf(container: Any, key: Any, value: Any, path: str) -> bool:
        if not isinstance(container[key], mx.array):
            return False
        if isinstance(value, mx.array):
            places.append((container, key, value))
        else:
            where = f"{path}.{key}" if path else key
            problems.append(f"{where} must be an array, not {type(value).__name__}")
        return True

    _visit(module, tree, "", leaf, "parameter", problems)
    return places, problems


def module_places(module: dict, tree: Any) -> tuple[list[Place], list[str]]:
    """The places of a tree's modules among those below a module, and what does not fit, in words."""
    from cermet.nn.layers.base import Module

    places: list[Place] = []
    problems: list[str] = []

    def leaf(container: Any, key: Any, value: Any, path: str) -> bool:
        if isinstance(container[key], Module) and isinstance(value, Module):
            places.append((container, key, value))
            return True
        return False

    _visit(module, tree, "", leaf, "module", problems)
    return places, problems


def _is_empty(value: Any) -> bool:
    """Whether a tree has nothing at a place; a module without parameters is something."""
    return type(value) in (dict, list, tuple) and len(value) == 0


def _key_of(container: Any, key: Any) -> Any:
    """The key of a container that a key of a tree means, or None.

    Trees made from paths have lists where all names are numbers, whatever the container was.
    """
    if isinstance(container, dict):
        return key if key in container else str(key) if str(key) in container else None
    if isinstance(container, list):
        return key if isinstance(key, int) and 0 <= key < len(container) else None
    return None


def _visit(
    container: Any,
    tree: Any,
    path: str,
    leaf: Callable[[Any, Any, Any, str], bool],
    kind: str,
    problems: list[str],
) -> None:
    """Walks a tree along a container: `leaf` takes what it can, the rest is entered or is a problem."""
    if not isinstance(tree, (dict, list, tuple)):
        problems.append(f"{path or 'the tree'} must be a dict or list, not {type(tree).__name__}")
        return
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        at = _key_of(container, key)
        if at is not None and leaf(container, at, value, path):
            continue
        where = f"{path}.{key}" if path else str(key)
        if at is not None and isinstance(container[at], (dict, list)):
            _visit(container[at], value, where, leaf, kind, problems)
        elif not _is_empty(value):
            is_what = f"{where} is no {kind} but a {type(container[at]).__name__}" if at is not None else None
            problems.append(is_what or f"there is no {kind} named {where}")
