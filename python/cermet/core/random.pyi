# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import Dtype, array
def bernoulli(p: ArrayLike = 0.5, shape: int | Sequence[int] | None = None, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """True with probability `p`, a number or an array that broadcasts to `shape` (default: the shape of p)."""

def bits(shape: int | Sequence[int] = (), width: int = 4, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Uniform bits in unsigned integers of `width` bytes: 1, 2 or 4."""

def categorical(logits: ArrayLike, axis: int = -1, shape: int | Sequence[int] | None = None, num_samples: int | None = None, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Positions along `axis`, drawn with probabilities softmax(logits, axis), as uint32.

    The result has the shape of the logits without the axis; or `shape`, to which that broadcasts; or `num_samples` draws each in a last axis. At most one of the two can be given."""

def gumbel(shape: int | Sequence[int] = (), dtype: Dtype | None = ..., key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """The standard Gumbel distribution, with the distribution function exp(-exp(-x))."""

def key(seed: int) -> array:
    """The key of a seed: uint32 of shape (2,)."""

def laplace(shape: int | Sequence[int] = (), dtype: Dtype | None = ..., loc: float = 0.0, scale: float = 1.0, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """The Laplace distribution around `loc`, with density exp(-|x - loc| / scale) / (2 scale)."""

def multivariate_normal(mean: ArrayLike, cov: ArrayLike, shape: int | Sequence[int] = (), dtype: Dtype | None = ..., key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Vectors of jointly normal numbers with means `mean` (..., n) and covariances `cov` (..., n, n).

    The covariances must be positive semi-definite, which is not checked. The result has the shape `shape` + (n,), to which the leading axes of both broadcast; an empty `shape` stands for what they broadcast to."""

def normal(shape: int | Sequence[int] = (), dtype: Dtype | None = ..., loc: ArrayLike | None = None, scale: ArrayLike | None = None, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Normal with mean `loc` (default: 0) and standard deviation `scale` (default: 1), numbers or arrays that broadcast to `shape`. The parts of complex numbers have variance 1/2 each."""

def permutation(x: int | ArrayLike, axis: int = 0, key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """The slices of an array along `axis` in random order; of an integer n: 0, ..., n - 1, as uint32."""

def randint(low: ArrayLike, high: ArrayLike, shape: int | Sequence[int] = (), dtype: Dtype | None = ..., key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Integers in [low, high). The bounds are numbers or arrays that broadcast to `shape`.

    They are drawn as float32 of 24 bits, so that a wider interval misses some of its integers."""

def seed(seed: int) -> None:
    """Starts the global state from a seed."""

def split(key: object, num: int = 2, *, stream: StreamOrDevice = None) -> array:
    """`num` independent keys made from one: the rows of the result."""

state: list
def truncated_normal(lower: ArrayLike, upper: ArrayLike, shape: int | Sequence[int] | None = None, dtype: Dtype | None = ..., key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Normal numbers that lie within [lower, upper], numbers or arrays that broadcast to `shape` (default: to each other)."""

def uniform(low: ArrayLike = 0, high: ArrayLike = 1, shape: int | Sequence[int] = (), dtype: Dtype | None = ..., key: array | None = None, *, stream: StreamOrDevice = None) -> array:
    """Uniform in [low, high). The bounds are numbers or arrays that broadcast to `shape`."""

