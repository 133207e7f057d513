# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import Dtype, array
def cholesky(a: ArrayLike, upper: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The factor L with L @ L.T = a of positive definite matrices, or U with U.T @ U = a. Only that triangle of `a` is read."""

def cholesky_inv(a: ArrayLike, upper: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The inverses of the matrices whose Cholesky factor is `a`."""

def cross(a: ArrayLike, b: ArrayLike, axis: int = -1, *, stream: StreamOrDevice = None) -> array:
    """The cross product along an axis of extent 2 or 3; a third component is 0 where there are 2."""

def det(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The determinants of square matrices. Integers become float32."""

def eig(a: ArrayLike, *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """(values, vectors) of square matrices, complex64: values in no particular order, vectors of length 1 as columns."""

def eigh(a: ArrayLike, UPLO: str = 'L', *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """(values, vectors) of symmetric or Hermitian matrices: values ascending, vectors as columns. Only the triangle UPLO ('L' or 'U') is read."""

def eigvals(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The eigenvalues of square matrices, complex64, in no particular order."""

def eigvalsh(a: ArrayLike, UPLO: str = 'L', *, stream: StreamOrDevice = None) -> array:
    """The eigenvalues of symmetric or Hermitian matrices, ascending."""

def inv(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverses of square matrices."""

def lu(a: ArrayLike, *, stream: StreamOrDevice = None) -> tuple[array, array, array]:
    """(p, L, U) with L[p, :] @ U = a: row indices p (..., m), L (..., m, k) with ones on the diagonal, U (..., k, n)."""

def lu_factor(a: ArrayLike, *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """(LU, pivots): L below the diagonal and U in one matrix; row i was exchanged with row pivots[i]."""

def norm(a: ArrayLike, /, ord: float | str | None = None, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The norm of vectors (one axis) or matrices (two axes); the 2-norm of all elements where neither `ord` nor `axis` is given.

    ord     matrices                        vectors
    None    Frobenius                       2-norm
    'fro'   Frobenius                       -
    'nuc'   sum of the singular values      -
    inf     greatest sum of abs of a row    greatest abs
    -inf    least sum of abs of a row       least abs
    0       -                               number of elements that are not 0
    1, -1   greatest, least sum of abs of a column    as below
    2, -2   greatest, least singular value            as below
    other   -                               sum(abs(a)**ord)**(1/ord)"""

def pinv(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The Moore-Penrose inverses; singular values up to 10 * max(m, n) * eps times the greatest count as 0."""

def qr(a: ArrayLike, *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """(Q, R) with Q @ R = a: Q with orthonormal columns (..., m, k), R upper triangular (..., k, n), k = min(m, n)."""

def slogdet(a: ArrayLike, *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """(sign, logarithm of the absolute value) of the determinants of square matrices: (0, -inf) for singular ones."""

def solve(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """x with a @ x = b: b is a vector (n,), or matrices (..., n, r) whose batch broadcasts with that of `a`."""

def solve_triangular(a: ArrayLike, b: ArrayLike, *, upper: bool = False, stream: StreamOrDevice = None) -> array:
    """x with a @ x = b for triangular matrices, whose other triangle is not read."""

def svd(a: ArrayLike, compute_uv: bool = True, *, stream: StreamOrDevice = None) -> object:
    """(U, S, Vt) with a = U @ diag(S) @ Vt: U (..., m, m), S (..., min(m, n)) descending, Vt (..., n, n). Only S where compute_uv is False."""

def tri_inv(a: ArrayLike, upper: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The inverses of triangular matrices; the other triangle is not read."""

