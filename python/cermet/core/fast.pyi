# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import Dtype, array
def cross_entropy(logits: ArrayLike, targets: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """logsumexp(logits) - logits[target] over the last axis, in float32. `targets` are integers in the shape of `logits` without that axis."""

def layer_norm(x: ArrayLike, weight: ArrayLike | None, bias: ArrayLike | None, eps: float, *, stream: StreamOrDevice = None) -> array:
    """(x - mean(x)) / sqrt(var(x) + eps) over the last axis, times `weight`, plus `bias` (None: left out), vectors as long as that axis. The result has the dtype of all together; a bias without a weight does not widen it."""

def rms_norm(x: ArrayLike, weight: ArrayLike | None, eps: float, *, stream: StreamOrDevice = None) -> array:
    """x / sqrt(mean(x**2) + eps) over the last axis, times `weight` (None: as it is), a vector as long as that axis. Computed in float32 for half types; the result has the dtype of x and weight together."""

def rope(a: ArrayLike, dims: int, *, traditional: bool, base: float | None, scale: float, offset: int | ArrayLike, freqs: ArrayLike | None = None, stream: StreamOrDevice = None) -> array:
    """Rotary position encoding of `a`, shape (B, ..., T, D). In the first `dims` elements of the last axis, pair i of position t turns by the angle (offset + t) * scale * base**(-2 * i / dims), or (offset + t) * scale / freqs[i] where base is None.

    traditional   pairs are neighbours; else elements i and i + dims // 2
    offset        an integer, or an integer array: one for all, (), or one for each of the batch, (B,)
    freqs         a vector of dims // 2; give either `base` or `freqs`"""

def scaled_dot_product_attention(q: ArrayLike, k: ArrayLike, v: ArrayLike, *, scale: float, mask: str | ArrayLike | None = None, sinks: ArrayLike | None = None, force_fused: bool = False, stream: StreamOrDevice = None) -> array:
    """softmax(scale * q @ k.T) @ v for q (B, N, T, D), k (B, M, S, D) and v (B, M, S, E): each of the M heads of k and v serves N // M neighbouring heads of q. The result is (B, N, T, E); sums are float32, and no T x S matrix is made.

    mask    "causal" (query i sees keys up to i + S - T), or an array that broadcasts with (B, N, T, S): booleans (True: seen) or numbers that are added to the products. A query that sees nothing gets the mean of v.
    sinks   (N,): one more product for each head, with a key whose value is zero
    force_fused is there for MLX's programs: the call is always one."""

