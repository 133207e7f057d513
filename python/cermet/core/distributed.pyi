# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import Dtype, array
class Group:
    """Processes that communicate: this one alone."""
    def rank(self, *args: Any, **kwargs: Any) -> Any:
        """The number of this process in the group: 0."""

    def size(self, *args: Any, **kwargs: Any) -> Any:
        """How many processes the group has: 1."""

    def split(self, *args: Any, **kwargs: Any) -> Any:
        """Groups of the processes with the same color: a group of one cannot be split, and this raises."""


def all_gather(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The arrays of all processes, joined along the first axis: `x`."""

def all_max(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The greatest elements of the arrays of all processes: `x`."""

def all_min(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The least elements of the arrays of all processes: `x`."""

def all_sum(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """The sum of the arrays of all processes: `x`."""

annotations: _Feature
class array:
    """An n-dimensional array. Lazy: values are computed when they are read, printed or given to mx.eval."""
    @property
    def T(self) -> array:
        """The array with its axes reversed."""

    def __abs__(self) -> array:
        ...

    def __add__(self, other: Any, /) -> array:
        ...

    def __and__(self, other: Any, /) -> array:
        ...

    def __array__(self, dtype: object | None = ..., copy: object | None = ...) -> object:
        ...

    def __array_namespace__(self, api_version: object | None = ...) -> types.ModuleType:
        """The module whose functions take arrays: cermet.core."""

    def __bool__(self) -> bool:
        ...

    def __bytes__(self) -> object:
        """The elements in row-major order."""

    def __complex__(self) -> object:
        ...

    def __copy__(self) -> array:
        ...

    def __deepcopy__(self, other: Any, /) -> array:
        ...

    def __div__(self, other: Any, /) -> array:
        ...

    def __dlpack__(self, *, stream: object | None = ..., max_version: object | None = ..., dl_device: object | None = ..., copy: object | None = ...) -> object:
        """The array as a DLPack capsule that shares its memory (copy=True: a copy of it)."""

    def __dlpack_device__(self) -> tuple:
        """(1, 0): the CPU."""

    def __eq__(self, other: Any, /) -> array:  # type: ignore[override]
        ...

    def __float__(self) -> object:
        ...

    def __floordiv__(self, other: Any, /) -> array:
        ...

    def __format__(self, spec: str, /) -> str:
        ...

    def __ge__(self, other: Any, /) -> array:
        ...

    def __getstate__(self) -> tuple:
        ...

    def __gt__(self, other: Any, /) -> array:
        ...

    def __hash__(self) -> int:
        ...

    def __iadd__(self, other: Any, /) -> array:
        ...

    def __iand__(self, other: Any, /) -> array:
        ...

    def __ifloordiv__(self, other: Any, /) -> array:
        ...

    def __ilshift__(self, other: Any, /) -> array:
        ...

    def __imatmul__(self, other: Any, /) -> array:
        ...

    def __imod__(self, other: Any, /) -> array:
        ...

    def __imul__(self, other: Any, /) -> array:
        ...

    def __index__(self) -> object:
        ...

    def __init__(self, val: object | None, dtype: object | None = ...) -> None:
        """Makes an array from a number, nested lists, a NumPy array or any buffer; the elements are copied."""

    def __int__(self) -> object:
        ...

    def __invert__(self) -> array:
        ...

    def __ior__(self, other: Any, /) -> array:
        ...

    def __ipow__(self, other: Any, /) -> array:
        ...

    def __irshift__(self, other: Any, /) -> array:
        ...

    def __isub__(self, other: Any, /) -> array:
        ...

    def __itruediv__(self, other: Any, /) -> array:
        ...

    def __ixor__(self, other: Any, /) -> array:
        ...

    def __le__(self, other: Any, /) -> array:
        ...

    def __len__(self) -> int:
        ...

    def __lshift__(self, other: Any, /) -> array:
        ...

    def __lt__(self, other: Any, /) -> array:
        ...

    def __matmul__(self, other: Any, /) -> array:
        ...

    def __mod__(self, other: Any, /) -> array:
        ...

    def __mul__(self, other: Any, /) -> array:
        ...

    def __ne__(self, other: Any, /) -> array:  # type: ignore[override]
        ...

    def __neg__(self) -> array:
        ...

    def __or__(self, other: Any, /) -> array:
        ...

    def __pos__(self) -> array:
        ...

    def __pow__(self, other: Any, /) -> array:
        ...

    def __radd__(self, other: Any, /) -> array:
        ...

    def __rand__(self, other: Any, /) -> array:
        ...

    def __rdiv__(self, other: Any, /) -> array:
        ...

    def __reduce_ex__(self, protocol: Any, /) -> Any:
        ...

    def __repr__(self) -> str:
        ...

    def __rfloordiv__(self, other: Any, /) -> array:
        ...

    def __rlshift__(self, other: Any, /) -> array:
        ...

    def __rmatmul__(self, other: Any, /) -> array:
        ...

    def __rmod__(self, other: Any, /) -> array:
        ...

    def __rmul__(self, other: Any, /) -> array:
        ...

    def __ror__(self, other: Any, /) -> array:
        ...

    def __rpow__(self, other: Any, /) -> array:
        ...

    def __rrshift__(self, other: Any, /) -> array:
        ...

    def __rshift__(self, other: Any, /) -> array:
        ...

    def __rsub__(self, other: Any, /) -> array:
        ...

    def __rtruediv__(self, other: Any, /) -> array:
        ...

    def __rxor__(self, other: Any, /) -> array:
        ...

    def __setstate__(self, arg: object, /) -> None:
        ...

    def __sub__(self, other: Any, /) -> array:
        ...

    def __truediv__(self, other: Any, /) -> array:
        ...

    def __xor__(self, other: Any, /) -> array:
        ...

    def abs(self, *args: Any, **kwargs: Any) -> Any:
        """Absolute value, element by element. A complex number gives its modulus as float32; the lowest integer of a signed dtype stays as it is."""

    def all(self, *args: Any, **kwargs: Any) -> Any:
        """True where all elements over the given axes are true (non-zero)."""

    def any(self, *args: Any, **kwargs: Any) -> Any:
        """True where any element over the given axes is true (non-zero)."""

    def argmax(self, *args: Any, **kwargs: Any) -> Any:
        """Index of the first largest element along an axis, as uint32; of the first NaN if there is one."""

    def argmin(self, *args: Any, **kwargs: Any) -> Any:
        """Index of the first smallest element along an axis, as uint32; of the first NaN if there is one."""

    def astype(self, *args: Any, **kwargs: Any) -> Any:
        """Converts the elements: integers wrap, floats saturate in integers with NaN as 0, complex numbers lose their imaginary part."""

    @property
    def at(self) -> ArrayAt:
        """Updates at an index, as new arrays: x.at[index].add(y), subtract, multiply, divide, maximum, minimum. Unlike `x[index] += y`, an element that the index names several times gets all of its updates."""

    def conj(self, *args: Any, **kwargs: Any) -> Any:
        """The complex conjugate; a real array as it is."""

    def cos(self, *args: Any, **kwargs: Any) -> Any:
        """The cosine of an angle in radians. Large arguments are reduced exactly.

        Accurate to 2 units in the last place."""

    def cummax(self, *args: Any, **kwargs: Any) -> Any:
        """Running maximum along an axis (None: over the flattened array); NaN from the first NaN on."""

    def cummin(self, *args: Any, **kwargs: Any) -> Any:
        """Running minimum along an axis (None: over the flattened array); NaN from the first NaN on."""

    def cumprod(self, *args: Any, **kwargs: Any) -> Any:
        """Running product along an axis (None: over the flattened array); see cumsum."""

    def cumsum(self, *args: Any, **kwargs: Any) -> Any:
        """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

        out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
        a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

    def cumulative_prod(self, *args: Any, **kwargs: Any) -> Any:
        """Running product along an axis (None: over the flattened array); see cumsum."""

    def cumulative_sum(self, *args: Any, **kwargs: Any) -> Any:
        """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

        out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
        a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

    def diag(self, *args: Any, **kwargs: Any) -> Any:
        """A matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""

    def diagonal(self, *args: Any, **kwargs: Any) -> Any:
        """The elements with index2 == index1 + offset over two axes, as last axis."""

    @property
    def dtype(self) -> Dtype:
        """The Dtype of the elements."""

    def exp(self, *args: Any, **kwargs: Any) -> Any:
        """The exponential e ** a.

        Accurate to 1 units in the last place."""

    def flatten(self, *args: Any, **kwargs: Any) -> Any:
        """Merges a range of axes into one; a 0-d array gets one axis."""

    @property
    def imag(self) -> Any:
        """The imaginary part, as float32, of a complex array; zeros for a real array."""

    def item(self) -> object:
        """The one element as a Python number; ValueError if there are more or none."""

    @property
    def itemsize(self) -> int:
        """Bytes an element."""

    def log(self, *args: Any, **kwargs: Any) -> Any:
        """The natural logarithm; -inf at zero, NaN below. Complex numbers take the principal branch.

        Accurate to 1.5 units in the last place."""

    def log10(self, *args: Any, **kwargs: Any) -> Any:
        """The logarithm to base 10; -inf at zero, NaN below.

        Accurate to 2 units in the last place."""

    def log1p(self, *args: Any, **kwargs: Any) -> Any:
        """log(1 + a), accurate near zero; -inf at -1, NaN below.

        Accurate to 1.5 units in the last place."""

    def log2(self, *args: Any, **kwargs: Any) -> Any:
        """The logarithm to base 2, exact for powers of two; -inf at zero, NaN below.

        Accurate to 1.5 units in the last place."""

    def logcumsumexp(self, *args: Any, **kwargs: Any) -> Any:
        """log(cumsum(exp(a))) along an axis (None: over the flattened array), computed without overflow."""

    def logsumexp(self, *args: Any, **kwargs: Any) -> Any:
        """log(sum(exp(a))) over the axes, without overflow."""

    @property
    def mT(self) -> array:
        """The array with its last two axes swapped."""

    def max(self, *args: Any, **kwargs: Any) -> Any:
        """Largest element over the given axes; NaN if any element is NaN."""

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        """Arithmetic mean over the axes, accumulated in float32 or wider; float32 for integers."""

    def min(self, *args: Any, **kwargs: Any) -> Any:
        """Smallest element over the given axes; NaN if any element is NaN."""

    def moveaxis(self, *args: Any, **kwargs: Any) -> Any:
        """Moves an axis to another place; the others keep their order."""

    @property
    def nbytes(self) -> object:
        """Bytes of all elements."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    def prod(self, *args: Any, **kwargs: Any) -> Any:
        """Product of the elements over the given axes. Integers wrap; bool and small integers multiply as int32 or uint32."""

    @property
    def real(self) -> Any:
        """The real part, as float32, of a complex array; a real array as it is."""

    def reciprocal(self, *args: Any, **kwargs: Any) -> Any:
        """The reciprocal 1 / a, element by element.

        Accurate to 0.5 units in the last place."""

    def reshape(self, *args: Any, **kwargs: Any) -> Any:
        """x.reshape(2, 3) or x.reshape((2, 3)); one extent may be -1."""

    def round(self, *args: Any, **kwargs: Any) -> Any:
        """Rounds half to even at a number of decimals; negative ones are tens, hundreds."""

    def rsqrt(self, *args: Any, **kwargs: Any) -> Any:
        """The reciprocal of the square root, 1 / sqrt(a).

        Accurate to 1.5 units in the last place."""

    @property
    def shape(self) -> tuple:
        """Extents as a tuple of ints."""

    def sin(self, *args: Any, **kwargs: Any) -> Any:
        """The sine of an angle in radians. Large arguments are reduced exactly.

        Accurate to 2 units in the last place."""

    @property
    def size(self) -> object:
        """Number of elements."""

    def split(self, *args: Any, **kwargs: Any) -> Any:
        """Equal parts, or the parts between the given indices."""

    def sqrt(self, *args: Any, **kwargs: Any) -> Any:
        """The square root, correctly rounded; NaN below zero. Complex numbers take the principal root."""

    def square(self, *args: Any, **kwargs: Any) -> Any:
        """The square a * a, element by element. Integers wrap.

        Accurate to 0.5 units in the last place."""

    def squeeze(self, *args: Any, **kwargs: Any) -> Any:
        """Drops axes of extent 1: all of them, or those given."""

    def std(self, *args: Any, **kwargs: Any) -> Any:
        """Square root of var."""

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        """Sum of the elements over the given axes. Integers wrap; bool and small integers sum as int32 or uint32."""

    def swapaxes(self, *args: Any, **kwargs: Any) -> Any:
        """Exchanges two axes."""

    def tolist(self) -> object:
        """The elements as nested lists (a number if 0-d)."""

    def transpose(self, *args: Any, **kwargs: Any) -> Any:
        """x.transpose(1, 0), x.transpose((1, 0)), or x.transpose() to reverse the axes."""

    def unflatten(self, *args: Any, **kwargs: Any) -> Any:
        """Splits an axis into several; one extent may be -1."""

    def var(self, *args: Any, **kwargs: Any) -> Any:
        """Mean squared distance from the mean over the axes, with divisor n - ddof. `correction` is the array API's name for ddof."""

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """The storage read as another dtype. Where its size is another, the last axis grows or shrinks by that factor."""


def init(strict: bool = False, backend: str = 'any', *, all_gather_factory: object = None) -> Group:
    """The group of all processes: this one. With `strict`, RuntimeError, as no other can join.

    >>> world = mx.distributed.init()
    >>> world.rank(), world.size()
    (0, 1)"""

def is_available(backend: str = 'any') -> bool:
    """Whether groups of several processes can be made with a backend: never yet."""

def recv(shape: tuple[int, ...], dtype: object, src: int, *, group: Group | None = None, stream: object = None) -> array:
    """An array from another process: ValueError, as there is none."""

def recv_like(x: array, src: int, *, group: Group | None = None, stream: object = None) -> array:
    """An array like `x` from another process: ValueError, as there is none."""

def send(x: array, dst: int, *, group: Group | None = None, stream: object = None) -> array:
    """Sends an array to another process: ValueError, as there is none."""

def sum_scatter(x: array, *, group: Group | None = None, stream: object = None) -> array:
    """This process' part, along the first axis, of the sum of the arrays of all processes: `x`."""

