"""Communication between processes, for a program that is one process: mx.distributed.

What MLX's programs call is there and is what it is in a group of one: every reduction gives its argument. Groups of
several processes are not there: `init(strict=True)` and messages to others raise.
"""

from __future__ import annotations

from cermet import _core
from cermet._core import array

__all__ = [
    "Group",
    "all_gather",
    "all_max",
    "all_min",
    "all_sum",
    "init",
    "is_available",
    "recv",
    "recv_like",
    "send",
    "sum_scatter",
]

_backends = ("any", "mpi", "nccl", "jaccl", "ring")


class Group:
    """Processes that communicate: this one alone."""

    def rank(self) -> int:
        """The number of this process in the group: 0."""
        return 0

    def size(self) -> int:
        """How many processes the group has: 1."""
        return 1

    def split(self, color: int, key: int = -1) -> Group:
        """Groups of the processes with the same color: a group of one cannot be split, and this raises."""
        raise RuntimeError("[distributed] A group of one process cannot be split further.")

    def __repr__(self) -> str:
        return "Group(rank=0, size=1)"


_world = Group()


def is_available(backend: str = "any") -> bool:
    """Whether groups of several processes can be made with a backend: never yet."""
    if not isinstance(backend, str):
        raise TypeError(f"[distributed.is_available] `backend` must be a string, not {type(backend).__name__}.")
    return False


def init(strict: bool = False, backend: str = "any", *, all_gather_factory: object = None) -> Group:
    """The group of all processes: this one. With `strict`, RuntimeError, as no other can join.

    >>> world = mx.distributed.init()
    >>> world.rank(), world.size()
    (0, 1)
    """
    if backend not in _backends:
        raise ValueError(f"[distributed.init] `backend` must be one of {', '.join(_backends)}; got {backend!r}.")
    if strict:
        raise RuntimeError("[distributed.init] Groups of several processes are not there yet; leave out `strict`.")
    return _world


def _one(x: object, group: Group | None, op: str) -> array:
    """The argument as an array of its own, in a group that is checked."""
    if group is not None and not isinstance(group, Group):
        raise TypeError(f"[distributed.{op}] `group` must be a Group or None, not {type(group).__name__}.")
    return _core._aliases([x if isinstance(x, array) else _core.array(x)])[0]


def all_sum(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The sum of the arrays of all processes: `x`."""
    return _one(x, group, "all_sum")


def all_gather(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The arrays of all processes, joined along the first axis: `x`."""
    return _one(x, group, "all_gather")


def all_max(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The greatest elements of the arrays of all processes: `x`."""
    return _one(x, group, "all_max")


def all_min(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The least elements of the arrays of all processes: `x`."""
    return _one(x, group, "all_min")


def sum_scatter(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """This process' part, along the first axis, of the sum of the arrays of all processes: `x`."""
    return _one(x, group, "sum_scatter")


def send(x: array, dst: int, *, group: Group | None = None, stream: object = None) -> array:
    """Sends an array to another process: ValueError, as there is none."""
    _one(x, group, "send")
    raise ValueError(f"[distributed.send] There is no process {dst} to send to: the group has this one alone.")


def recv(
    shape: tuple[int, ...], dtype: object, src: int, *, group: Group | None = None, stream: object = None
) -> array:
    """An array from another process: ValueError, as there is none."""
    raise ValueError(f"[distributed.recv] There is no process {src} to receive from: the group has this one alone.")


def recv_like(x: array, src: int, *, group: Group | None = None, stream: object = None) -> array:
    """An array like `x` from another process: ValueError, as there is none."""
    raise ValueError(
        f"[distributed.recv_like] There is no process {src} to receive from: the group has this one alone."
    )
