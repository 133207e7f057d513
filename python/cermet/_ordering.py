"""Dependencies between arrays that share no values."""

from __future__ import annotations

from collections.abc import Sequence

from cermet import _core
from cermet._core import array

__all__ = ["depends"]


def _arrays(given: object, name: str) -> list[array]:
    items = [given] if isinstance(given, array) else given
    if not isinstance(items, (list, tuple)) or not all(isinstance(x, array) for x in items):
        raise TypeError(f"[depends] `{name}` must be an array or a sequence of arrays, not {type(given).__name__}.")
    return list(items)


def depends(inputs: array | Sequence[array], dependencies: array | Sequence[array]) -> array | list[array]:
    """The inputs (an array, or a list of arrays), not to be had before the dependencies.

    Operations have no effects whose order could be seen, so that the results are the inputs' values under other
    handles; nothing of the dependencies is computed for them. Derivatives go to the inputs alone.

    >>> mx.depends(mx.array([1, 2]), mx.ones(3))
    array([1, 2], dtype=int32)
    """
    found = _core._aliases(_arrays(inputs, "inputs"))
    _arrays(dependencies, "dependencies")
    return found[0] if isinstance(inputs, array) else found
