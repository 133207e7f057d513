# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import random as random
from cermet.core import linalg as linalg
from cermet.core import fft as fft
from cermet.core import fast as fast
from cermet.core import distributed as distributed
class ArrayAt:
    """Updates at an index, as new arrays: x.at[index].add(y), subtract, multiply, divide, maximum, minimum. Unlike `x[index] += y`, an element that the index names several times gets all of its updates."""
    def __getitem__(self, indices: object | None) -> ArrayAt:
        ...

    def __repr__(self) -> str:
        ...

    def add(self, value: object) -> object:
        """The array with `value` added at the index; every occurrence counts."""

    def divide(self, value: object) -> object:
        """The array divided by `value` at the index; every occurrence counts."""

    def maximum(self, value: object) -> object:
        """The array with the larger of element and `value` at the index."""

    def minimum(self, value: object) -> object:
        """The array with the smaller of element and `value` at the index."""

    def multiply(self, value: object) -> object:
        """The array multiplied with `value` at the index; every occurrence counts."""

    def subtract(self, value: object) -> object:
        """The array with `value` subtracted at the index; every occurrence counts."""


class ArrayIterator:
    """The rows of an array, as views."""
    def __iter__(self) -> object:
        ...

    def __length_hint__(self) -> int:
        ...

    def __next__(self) -> object:
        ...


class CompiledFunction:
    def clear_cache(self, *args: Any, **kwargs: Any) -> Any:
        """Drops all traces."""

    def dump(self, *args: Any, **kwargs: Any) -> Any:
        """The text of a stage of the newest entry: 'graph', 'fused', 'kernel', 'legal', 'llvm' or 'asm'."""

    def stats(self, *args: Any, **kwargs: Any) -> Any:
        """Counts of traces, hits and evictions; the entries with signature and kernels; the reason of every retrace."""


class Device:
    """A device by type and index."""
    def __eq__(self, other: object | None) -> bool:
        ...

    def __hash__(self) -> int:
        ...

    def __init__(self, type: DeviceType, index: int = ...) -> None:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def index(self) -> int:
        """Which one of its type."""

    @property
    def type(self) -> DeviceType:
        """The DeviceType."""


class DeviceType:
    """Kinds of device."""
    def _generate_next_value_(self, *args: Any, **kwargs: Any) -> Any:
        """Generate the next value when not given.

        name: the name of the member
        start: the initial start value or None
        count: the number of existing members
        last_values: the list of values assigned"""

    def _member_type_(self, *args: Any, **kwargs: Any) -> Any:
        """The base class of the class hierarchy.

        When called, it accepts no arguments and returns a new featureless
        instance that has no instance attributes and cannot be given any."""

    def _new_member_(self, *args: Any, **kwargs: Any) -> Any:
        """Create and return a new object.  See help(type) for accurate signature."""

    cpu: DeviceType
    gpu: DeviceType

class Dim:
    """An extent of an array inside a function compiled with shapeless=True. It is used like an int: sums, differences, products, // and % stay symbolic and hold for every call; comparisons are answered for the call that is traced and checked at the others; what needs the number itself (int(), float(), range(), hash(), /) makes the trace hold for this number only."""
    def __abs__(self) -> object:
        ...

    def __add__(self, other: object | None) -> object:
        ...

    def __and__(self, other: object | None) -> object:
        ...

    def __array_ufunc__(self, arg0: object, arg1: str, /, *args, **kwargs) -> object:
        ...

    def __bool__(self) -> bool:
        ...

    def __ceil__(self) -> object:
        ...

    def __complex__(self) -> object:
        ...

    def __divmod__(self, arg: object, /) -> object:
        ...

    def __eq__(self, other: object | None) -> object:
        ...

    def __float__(self) -> float:
        ...

    def __floor__(self) -> object:
        ...

    def __floordiv__(self, other: object | None) -> object:
        ...

    def __format__(self, spec: str, /) -> str:
        ...

    def __ge__(self, other: object | None) -> object:
        ...

    def __gt__(self, other: object | None) -> object:
        ...

    def __hash__(self) -> int:
        ...

    def __index__(self) -> object:
        ...

    def __int__(self) -> object:
        ...

    def __invert__(self) -> object:
        ...

    def __le__(self, other: object | None) -> object:
        ...

    def __lshift__(self, other: object | None) -> object:
        ...

    def __lt__(self, other: object | None) -> object:
        ...

    def __mod__(self, other: object | None) -> object:
        ...

    def __mul__(self, other: object | None) -> object:
        ...

    def __ne__(self, other: object | None) -> object:
        ...

    def __neg__(self) -> object:
        ...

    def __or__(self, other: object | None) -> object:
        ...

    def __pos__(self) -> object:
        ...

    def __pow__(self, exponent: object | None) -> object:
        ...

    def __radd__(self, other: object | None) -> object:
        ...

    def __rand__(self, other: object | None) -> object:
        ...

    def __rdivmod__(self, arg: object, /) -> object:
        ...

    def __repr__(self) -> str:
        ...

    def __rfloordiv__(self, other: object | None) -> object:
        ...

    def __rlshift__(self, other: object | None) -> object:
        ...

    def __rmod__(self, other: object | None) -> object:
        ...

    def __rmul__(self, other: object | None) -> object:
        ...

    def __ror__(self, other: object | None) -> object:
        ...

    def __round__(self, digits: object | None = ...) -> object:
        ...

    def __rpow__(self, base: object | None) -> object:
        ...

    def __rrshift__(self, other: object | None) -> object:
        ...

    def __rshift__(self, other: object | None) -> object:
        ...

    def __rsub__(self, other: object | None) -> object:
        ...

    def __rtruediv__(self, other: object | None) -> object:
        ...

    def __rxor__(self, other: object | None) -> object:
        ...

    def __sub__(self, other: object | None) -> object:
        ...

    def __truediv__(self, other: object | None) -> object:
        ...

    def __trunc__(self) -> object:
        ...

    def __xor__(self, other: object | None) -> object:
        ...


class Dtype:
    """The type of an array's elements, like mx.float32. Compares and hashes by value."""
    def __copy__(self) -> object:
        ...

    def __deepcopy__(self, arg: object, /) -> object:
        ...

    def __eq__(self, other: object | None) -> bool:
        ...

    def __hash__(self) -> int:
        ...

    def __reduce__(self) -> tuple:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def size(self) -> int:
        """Bytes an element."""


class DtypeCategory:
    """Kinds of dtype: generic is all; number is all but bool_; integer is signedinteger and unsignedinteger; inexact is floating and complexfloating."""
    def _generate_next_value_(self, *args: Any, **kwargs: Any) -> Any:
        """Generate the next value when not given.

        name: the name of the member
        start: the initial start value or None
        count: the number of existing members
        last_values: the list of values assigned"""

    def _member_type_(self, *args: Any, **kwargs: Any) -> Any:
        """The base class of the class hierarchy.

        When called, it accepts no arguments and returns a new featureless
        instance that has no instance attributes and cannot be given any."""

    def _new_member_(self, *args: Any, **kwargs: Any) -> Any:
        """Create and return a new object.  See help(type) for accurate signature."""

    complexfloating: DtypeCategory
    floating: DtypeCategory
    generic: DtypeCategory
    inexact: DtypeCategory
    integer: DtypeCategory
    number: DtypeCategory
    signedinteger: DtypeCategory
    unsignedinteger: DtypeCategory

class PrintOptions:
    """How arrays print."""
    def __eq__(self, other: object | None) -> bool:
        ...

    def __init__(self, precision: int = ...) -> None:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def precision(self) -> int:
        """Digits after the point; -1: six significant digits."""


class Stream:
    """A queue of work on a device."""
    def __eq__(self, other: object | None) -> bool:
        ...

    def __hash__(self) -> int:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def device(self) -> Device:
        """The device that it works on."""

    @property
    def index(self) -> int:
        """Its number."""


class StreamContext:
    """A block in which a stream is this thread's default."""
    def __enter__(self) -> None:
        ...

    def __exit__(self, *args) -> None:
        ...

    def __init__(self, s: object | None) -> None:
        ...


class ThreadLocalStream:
    """A stream of its own for every thread that uses it."""
    def __repr__(self) -> str:
        ...

    @property
    def device(self) -> Device:
        """The device that it works on."""

    @property
    def index(self) -> int:
        """Its number among such streams."""


class TraceError(ValueError):
    """The value of a traced array was read, or a traced array outlived its trace. The message names the function, the line and the way out."""

def abs(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Absolute value, element by element. A complex number gives its modulus as float32; the lowest integer of a signed dtype stays as it is."""

def absolute(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Absolute value, element by element. A complex number gives its modulus as float32; the lowest integer of a signed dtype stays as it is."""

def acos(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse cosine in radians, within [0, pi]; NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 2 units in the last place."""

def acosh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic cosine; NaN below 1. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def add(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Sum of two arrays, element by element, broadcasting them. Integers wrap; on bool it is logical or."""

def addmm(c: ArrayLike, a: ArrayLike, b: ArrayLike, /, alpha: float = 1.0, beta: float = 1.0, *, stream: StreamOrDevice = None) -> array:
    """alpha * (a @ b) + beta * c"""

def all(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """True where all elements over the given axes are true (non-zero)."""

def allclose(a: ArrayLike, b: ArrayLike, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False, stream: StreamOrDevice = None) -> array:
    """One bool: isclose for all elements."""

def any(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """True where any element over the given axes is true (non-zero)."""

def arange(start: object = None, stop: object = None, step: object = None, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """arange(stop), arange(start, stop) or arange(start, stop, step): start, start + step, ... before stop. The dtype is int32 for integers (int64 where one needs it), float32 otherwise."""

def arccos(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse cosine in radians, within [0, pi]; NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 2 units in the last place."""

def arccosh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic cosine; NaN below 1. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def arcsin(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse sine in radians, within [-pi/2, pi/2]; NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 2.5 units in the last place."""

def arcsinh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic sine. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def arctan(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse tangent in radians, within [-pi/2, pi/2]. Complex numbers take the principal value.

    Accurate to 2 units in the last place."""

def arctan2(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The angle in radians of the point (x = b, y = a), within [-pi, pi], with IEEE 754's special cases.

    Accurate to 3 units in the last place."""

def arctanh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic tangent; infinite at -1 and 1, NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def argmax(a: ArrayLike, axis: int | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Index of the first largest element along an axis, as uint32; of the first NaN if there is one."""

def argmin(a: ArrayLike, axis: int | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Index of the first smallest element along an axis, as uint32; of the first NaN if there is one."""

def argpartition(a: ArrayLike, /, kth: int, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """The uint32 indices that partition the array. axis=None takes the flattened array."""

def argsort(a: ArrayLike, /, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """The uint32 indices that sort the array along an axis (axis=None: the flattened array). Stable; NaN comes last."""

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

    def abs(self, *, stream: StreamOrDevice = None) -> array:
        """Absolute value, element by element. A complex number gives its modulus as float32; the lowest integer of a signed dtype stays as it is."""

    def all(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """True where all elements over the given axes are true (non-zero)."""

    def any(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """True where any element over the given axes is true (non-zero)."""

    def argmax(self, axis: int | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Index of the first largest element along an axis, as uint32; of the first NaN if there is one."""

    def argmin(self, axis: int | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Index of the first smallest element along an axis, as uint32; of the first NaN if there is one."""

    def astype(self, dtype: Dtype, *, stream: StreamOrDevice = None) -> array:
        """Converts the elements: integers wrap, floats saturate in integers with NaN as 0, complex numbers lose their imaginary part."""

    @property
    def at(self) -> ArrayAt:
        """Updates at an index, as new arrays: x.at[index].add(y), subtract, multiply, divide, maximum, minimum. Unlike `x[index] += y`, an element that the index names several times gets all of its updates."""

    def conj(self, *, stream: StreamOrDevice = None) -> array:
        """The complex conjugate; a real array as it is."""

    def cos(self, *, stream: StreamOrDevice = None) -> array:
        """The cosine of an angle in radians. Large arguments are reduced exactly.

        Accurate to 2 units in the last place."""

    def cummax(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
        """Running maximum along an axis (None: over the flattened array); NaN from the first NaN on."""

    def cummin(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
        """Running minimum along an axis (None: over the flattened array); NaN from the first NaN on."""

    def cumprod(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
        """Running product along an axis (None: over the flattened array); see cumsum."""

    def cumsum(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
        """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

        out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
        a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

    def cumulative_prod(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
        """Running product along an axis (None: over the flattened array); see cumsum."""

    def cumulative_sum(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
        """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

        out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
        a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

    def diag(self, k: int = 0, *, stream: StreamOrDevice = None) -> array:
        """A matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1, *, stream: StreamOrDevice = None) -> array:
        """The elements with index2 == index1 + offset over two axes, as last axis."""

    @property
    def dtype(self) -> Dtype:
        """The Dtype of the elements."""

    def exp(self, *, stream: StreamOrDevice = None) -> array:
        """The exponential e ** a.

        Accurate to 1 units in the last place."""

    def flatten(self, start_axis: int = 0, end_axis: int = -1, *, stream: StreamOrDevice = None) -> array:
        """Merges a range of axes into one; a 0-d array gets one axis."""

    @property
    def imag(self) -> Any:
        """The imaginary part, as float32, of a complex array; zeros for a real array."""

    def item(self) -> object:
        """The one element as a Python number; ValueError if there are more or none."""

    @property
    def itemsize(self) -> int:
        """Bytes an element."""

    def log(self, *, stream: StreamOrDevice = None) -> array:
        """The natural logarithm; -inf at zero, NaN below. Complex numbers take the principal branch.

        Accurate to 1.5 units in the last place."""

    def log10(self, *, stream: StreamOrDevice = None) -> array:
        """The logarithm to base 10; -inf at zero, NaN below.

        Accurate to 2 units in the last place."""

    def log1p(self, *, stream: StreamOrDevice = None) -> array:
        """log(1 + a), accurate near zero; -inf at -1, NaN below.

        Accurate to 1.5 units in the last place."""

    def log2(self, *, stream: StreamOrDevice = None) -> array:
        """The logarithm to base 2, exact for powers of two; -inf at zero, NaN below.

        Accurate to 1.5 units in the last place."""

    def logcumsumexp(self, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
        """log(cumsum(exp(a))) along an axis (None: over the flattened array), computed without overflow."""

    def logsumexp(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """log(sum(exp(a))) over the axes, without overflow."""

    @property
    def mT(self) -> array:
        """The array with its last two axes swapped."""

    def max(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Largest element over the given axes; NaN if any element is NaN."""

    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Arithmetic mean over the axes, accumulated in float32 or wider; float32 for integers."""

    def min(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Smallest element over the given axes; NaN if any element is NaN."""

    def moveaxis(self, source: int, destination: int, *, stream: StreamOrDevice = None) -> array:
        """Moves an axis to another place; the others keep their order."""

    @property
    def nbytes(self) -> object:
        """Bytes of all elements."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    def prod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Product of the elements over the given axes. Integers wrap; bool and small integers multiply as int32 or uint32."""

    @property
    def real(self) -> Any:
        """The real part, as float32, of a complex array; a real array as it is."""

    def reciprocal(self, *, stream: StreamOrDevice = None) -> array:
        """The reciprocal 1 / a, element by element.

        Accurate to 0.5 units in the last place."""

    def reshape(self, *shape: int | Sequence[int], stream: StreamOrDevice = None) -> array:
        """x.reshape(2, 3) or x.reshape((2, 3)); one extent may be -1."""

    def round(self, decimals: int = 0, *, stream: StreamOrDevice = None) -> array:
        """Rounds half to even at a number of decimals; negative ones are tens, hundreds."""

    def rsqrt(self, *, stream: StreamOrDevice = None) -> array:
        """The reciprocal of the square root, 1 / sqrt(a).

        Accurate to 1.5 units in the last place."""

    @property
    def shape(self) -> tuple:
        """Extents as a tuple of ints."""

    def sin(self, *, stream: StreamOrDevice = None) -> array:
        """The sine of an angle in radians. Large arguments are reduced exactly.

        Accurate to 2 units in the last place."""

    @property
    def size(self) -> object:
        """Number of elements."""

    def split(self, indices_or_sections: int | int | Sequence[int], axis: int = 0, *, stream: StreamOrDevice = None) -> list[array]:
        """Equal parts, or the parts between the given indices."""

    def sqrt(self, *, stream: StreamOrDevice = None) -> array:
        """The square root, correctly rounded; NaN below zero. Complex numbers take the principal root."""

    def square(self, *, stream: StreamOrDevice = None) -> array:
        """The square a * a, element by element. Integers wrap.

        Accurate to 0.5 units in the last place."""

    def squeeze(self, axis: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
        """Drops axes of extent 1: all of them, or those given."""

    def std(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, ddof: int = 0, *, correction: int | None = None, stream: StreamOrDevice = None) -> array:
        """Square root of var."""

    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
        """Sum of the elements over the given axes. Integers wrap; bool and small integers sum as int32 or uint32."""

    def swapaxes(self, axis1: int, axis2: int, *, stream: StreamOrDevice = None) -> array:
        """Exchanges two axes."""

    def tolist(self) -> object:
        """The elements as nested lists (a number if 0-d)."""

    def transpose(self, *axes: int | Sequence[int], stream: StreamOrDevice = None) -> array:
        """x.transpose(1, 0), x.transpose((1, 0)), or x.transpose() to reverse the axes."""

    def unflatten(self, axis: int, shape: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
        """Splits an axis into several; one extent may be -1."""

    def var(self, axis: int | Sequence[int] | None = None, keepdims: bool = False, ddof: int = 0, *, correction: int | None = None, stream: StreamOrDevice = None) -> array:
        """Mean squared distance from the mean over the axes, with divisor n - ddof. `correction` is the array API's name for ddof."""

    def view(self, dtype: Dtype, *, stream: StreamOrDevice = None) -> array:
        """The storage read as another dtype. Where its size is another, the last axis grows or shrinks by that factor."""


def array_equal(a: ArrayLike, b: ArrayLike, equal_nan: bool = False, *, stream: StreamOrDevice = None) -> array:
    """One bool: equal shapes and equal elements."""

def as_strided(a: ArrayLike, /, shape: int | Sequence[int] | None = None, strides: int | Sequence[int] | None = None, offset: int = 0, *, stream: StreamOrDevice = None) -> array:
    """out[i, j, ...] = a.flatten()[offset + i * strides[0] + j * strides[1] + ...]: windows and other strided views, checked against the bounds. strides=None: those of a row-major array of a's shape."""

def asarray(a: object | None, dtype: object | None = ..., *, copy: object | None = ...) -> object:
    """An array of a number, nested lists, or of an object with memory (NumPy, DLPack, a buffer), which it shares where it can: writes to that object are then seen by the array. copy=True copies always; copy=False raises ValueError where sharing is impossible. Doubles become float32 unless a dtype is given."""

def asin(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse sine in radians, within [-pi/2, pi/2]; NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 2.5 units in the last place."""

def asinh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic sine. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def astype(a: ArrayLike, /, dtype: Dtype, *, stream: StreamOrDevice = None) -> array:
    """Converts the elements: integers wrap, floats saturate in integers with NaN as 0, complex numbers lose their imaginary part."""

def async_eval(*args) -> None:
    """Starts to evaluate all arrays in the arguments in a background thread. They may be used at once: reading one waits for its value, and raises the error if there was one."""

def atan(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse tangent in radians, within [-pi/2, pi/2]. Complex numbers take the principal value.

    Accurate to 2 units in the last place."""

def atan2(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The angle in radians of the point (x = b, y = a), within [-pi, pi], with IEEE 754's special cases.

    Accurate to 3 units in the last place."""

def atanh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse hyperbolic tangent; infinite at -1 and 1, NaN outside of [-1, 1]. Complex numbers take the principal value.

    Accurate to 3 units in the last place."""

def atleast_1d(*arys: ArrayLike, stream: StreamOrDevice = None) -> object:
    """Arrays of at least one axis; several come back as a list."""

def atleast_2d(*arys: ArrayLike, stream: StreamOrDevice = None) -> object:
    """Arrays of at least two axes: a vector becomes a row."""

def atleast_3d(*arys: ArrayLike, stream: StreamOrDevice = None) -> object:
    """Arrays of at least three axes: (n) becomes (1, n, 1), (m, n) becomes (m, n, 1)."""

def bartlett(M: int, *, stream: StreamOrDevice = None) -> array:
    """The triangular window of M samples."""

bfloat16: Dtype
def bitwise_and(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bitwise and of integers; logical and of bool."""

def bitwise_invert(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Every bit of an integer inverted; logical not of bool."""

def bitwise_left_shift(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bits shifted to the left, a * 2 ** b wrapped; 0 where the count is negative or not below the width."""

def bitwise_or(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bitwise or of integers; logical or of bool."""

def bitwise_right_shift(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bits shifted to the right, keeping the sign; where the count is negative or not below the width: -1 for a negative element, else 0."""

def bitwise_xor(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bitwise exclusive or of integers; inequality of bool."""

def blackman(M: int, *, stream: StreamOrDevice = None) -> array:
    """The Blackman window: 0.42 - 0.5 cos(2 pi i / (M - 1)) + 0.08 cos(4 pi i / (M - 1))."""

def block_masked_mm(a: ArrayLike, b: ArrayLike, /, block_size: int = 64, mask_out: ArrayLike | None = None, mask_lhs: ArrayLike | None = None, mask_rhs: ArrayLike | None = None, *, stream: StreamOrDevice = None) -> array:
    """A product of matrices whose blocks of `block_size` x `block_size` elements are multiplied by the elements of a mask each (kept where a boolean mask is True): those of the operands before, those of the result after."""

bool_: Dtype
def broadcast_arrays(*arrays: ArrayLike, stream: StreamOrDevice = None) -> list[array]:
    """All arrays in the shape that they broadcast to."""

def broadcast_shapes(*shapes: int | Sequence[int]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to."""

def broadcast_to(a: ArrayLike, /, shape: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """Repeats axes of extent 1, without a copy."""

def can_cast(from_: object | None, to: object | None) -> bool:
    """True if promoting the dtype (or an array's) with `to` gives `to`."""

def ceil(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The smallest integer not below each element, in its dtype."""

def checkpoint(fun):
    """`fun`, whose intermediate values are not kept for the derivative but computed again, with the same random numbers.
    They are computed once the derivative needs them: memory is saved in compiled functions too."""

def clear_cache() -> None:
    """Returns unused memory to the system."""

def clear_kernel_cache() -> None:
    """Drops generated code kept in memory (not on disk)."""

def clear_streams() -> None:
    """Waits for all streams, and makes the first one this thread's default again."""

def clip(a: ArrayLike, /, a_min: ArrayLike | None, a_max: ArrayLike | None, *, stream: StreamOrDevice = None) -> array:
    """Limits the values to [a_min, a_max]; None leaves a side open."""

def compile(fun: object, inputs: object | None = ..., outputs: object | None = ..., shapeless: bool = ..., *, capture: str = ...) -> object:
    """A function that traces `fun` once for each signature, fuses its operations into few kernels, generates machine code for them and replays it. It does what `fun` does or raises an error that names the cause.

    Arguments are arrays (NumPy arrays too), numbers, strings, None and containers of them; numbers and strings are constants by type and value. A change of structure, constants, dtypes or shapes traces again; f.stats() says why. Random numbers advance the global state at every call.

    `inputs` and `outputs` declare state that `fun` reads and changes without being given it: arrays, lists, tuples, dicts, modules and optimizers' states, nested as you like, `mx.random.state` among them. Their contents are read at every call and what `fun` leaves in them is put into the same containers; it does not matter in which of the two a container is named. Plain values in them are constants, whose change traces again. The memory of arrays that are replaced, and that nobody else holds, is used again.

    `shapeless`: shapes of the same rank share one trace. `capture`: what arrays are that `fun` uses without being given them; 'frozen': constants fixed by the trace, 'error': refused with their names.

        state = [model.state, optimizer.state, mx.random.state]

        @partial(mx.compile, inputs=state, outputs=state)
        def step(x, y):
            loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
            optimizer.update(model, grads)
            return loss"""

complex64: Dtype
complexfloating: DtypeCategory
def concat(arrays: Sequence[ArrayLike], axis: int | None = 0, *, stream: StreamOrDevice = None) -> array:
    """Joins along an axis; None joins the flattened arrays."""

def concatenate(arrays: Sequence[ArrayLike], axis: int | None = 0, *, stream: StreamOrDevice = None) -> array:
    """Joins along an axis; None joins the flattened arrays."""

def conj(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The complex conjugate; a real array as it is."""

def conjugate(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The complex conjugate; a real array as it is."""

def contiguous(a: ArrayLike, /, allow_col_major: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The elements row-major in memory, copied where they are not; column-major counts too if allowed."""

def conv1d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """Cross-correlation along one axis; `padding` zeros are added on both sides.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)

    Takes floating dtypes (TypeError otherwise); half types add up in float32. A kernel that spans more than the padded input is a ValueError.

    >>> mx.conv1d(mx.array([[[1.0], [2.0], [4.0]]]), mx.array([[[1.0], [10.0]]])).tolist()
    [[[21.0], [42.0]]]"""

def conv2d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """Cross-correlation along two axes; `stride`, `padding` and `dilation` are one integer or one an axis, `padding` zeros are added on both sides.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)

    Takes floating dtypes (TypeError otherwise); half types add up in float32."""

def conv3d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """Cross-correlation along three axes; `stride`, `padding` and `dilation` are one integer or one an axis, `padding` zeros are added on both sides.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)

    Takes floating dtypes (TypeError otherwise); half types add up in float32."""

def conv_general(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] | tuple[Sequence[int], Sequence[int]] = 0, kernel_dilation: int | Sequence[int] = 1, input_dilation: int | Sequence[int] = 1, groups: int = 1, flip: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Cross-correlation along one to three axes (convolution where `flip` is True: the kernel is read backwards).

    Each argument is one integer for all spatial axes or one an axis. `padding` is also a pair of lists, zeros before and after: ([1, 1], [2, 0]); a negative padding cuts. `input_dilation` puts zeros between the elements of the input.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)"""

def conv_transpose1d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, output_padding: int | Sequence[int] = 0, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """The transpose of a convolution as a linear map: `stride` spreads the input, `padding` cuts the result on both sides, `output_padding` adds places at its end. Along an axis the result has
    (extent - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 places.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)"""

def conv_transpose2d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, output_padding: int | Sequence[int] = 0, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """The transpose of a convolution as a linear map: `stride` spreads the input, `padding` cuts the result on both sides, `output_padding` adds places at its end. Along an axis the result has
    (extent - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 places.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)"""

def conv_transpose3d(input: ArrayLike, weight: ArrayLike, /, stride: int | Sequence[int] = 1, padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, output_padding: int | Sequence[int] = 0, groups: int = 1, *, stream: StreamOrDevice = None) -> array:
    """The transpose of a convolution as a linear map: `stride` spreads the input, `padding` cuts the result on both sides, `output_padding` adds places at its end. Along an axis the result has
    (extent - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 places.

    input   (N, spatial..., C)
    weight  (O, kernel..., C / groups)
    result  (N, places..., O)"""

def convolve(a: ArrayLike, v: ArrayLike, /, mode: str = 'full', *, stream: StreamOrDevice = None) -> array:
    """The discrete convolution of two vectors, as numpy.convolve: 'full' has n + m - 1 elements, 'same' max(n, m), 'valid' those where the vectors overlap completely.

    >>> mx.convolve(mx.array([1.0, 2.0, 3.0]), mx.array([0.0, 1.0, 0.5])).tolist()
    [0.0, 1.0, 2.5, 4.0, 1.5]"""

def cos(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The cosine of an angle in radians. Large arguments are reduced exactly.

    Accurate to 2 units in the last place."""

def cosh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The hyperbolic cosine.

    Accurate to 2 units in the last place."""

def count_nonzero(a: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False, stream: StreamOrDevice = None) -> array:
    """How many elements are not zero, over the axes."""

cpu: DeviceType
def cummax(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
    """Running maximum along an axis (None: over the flattened array); NaN from the first NaN on."""

def cummin(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
    """Running minimum along an axis (None: over the flattened array); NaN from the first NaN on."""

def cumprod(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
    """Running product along an axis (None: over the flattened array); see cumsum."""

def cumsum(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
    """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

    out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
    a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

def cumulative_prod(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
    """Running product along an axis (None: over the flattened array); see cumsum."""

def cumulative_sum(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, dtype: Dtype | None = None, stream: StreamOrDevice = None) -> array:
    """Running sum along an axis (None: over the flattened array), of the dtype of `a` (bool: int32).

    out[i] is a[0] + ... + a[i] in that order; reverse starts at the other end; inclusive=False leaves out
    a[i] itself. Integers wrap; halves accumulate in float32. `dtype` converts the array first."""

class custom_function:
    """A function whose derivatives and vectorisation you define; each rule is optional. The rules get what the function
    was called with: the argument itself if there is one, else a tuple of them. They hold wherever the function is used:
    in grad(vmap(f)), vmap(grad(f)), compiled functions. With a vjp or jvp, arrays that the function captures are
    constants for derivatives. A missing vjp is the jvp's transpose; a missing jvp is an error where one is needed.

    >>> @mx.custom_function
    ... def f(x, y):
    ...     return mx.sin(x) * y
    >>> @f.vjp
    ... def f_vjp(primals, cotangent, output):
    ...     x, y = primals
    ...     return cotangent * mx.cos(x) * y, cotangent * mx.sin(x)
    >>> @f.vmap
    ... def f_vmap(inputs, axes):
    ...     x, y = inputs
    ...     return mx.sin(x) * y, axes[0]"""
    def jvp(self, *args: Any, **kwargs: Any) -> Any:
        """Decorates rule(primals, tangents), which returns the tangents of the results."""

    def vjp(self, *args: Any, **kwargs: Any) -> Any:
        """Decorates rule(primals, cotangents, outputs), which returns the cotangents of the primals."""

    def vmap(self, *args: Any, **kwargs: Any) -> Any:
        """Decorates rule(inputs, axes), which returns the results for the whole batch and the axes where it is in them.

        `axes` has the structure of the inputs, with None for an input that is the same for all elements."""


def default_device() -> Device:
    """The device that operations without `stream` run on."""

def default_stream(device: object | None) -> Stream:
    """The stream that this thread's operations use on a device."""

def degrees(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Radians to degrees: a * 180 / pi.

    Accurate to 1.5 units in the last place."""

def depends(inputs, dependencies):
    """The same arrays, which nothing computes or reads before `dependencies` are computed; compiled functions keep that
    order. Both are an array or a list of arrays, as is the result. Derivatives pass to `inputs`.

    >>> mx.depends(mx.array(1.0), mx.array(2.0))
    array(1, dtype=float32)"""

def device_count(device_type: object | None) -> int:
    """Devices of a type: 1 CPU, 0 GPUs in this build."""

def device_info(d: object | None = ...) -> dict:
    """A dict: device_name, architecture, memory_size (bytes), threads."""

def diag(a: ArrayLike, /, k: int = 0, *, stream: StreamOrDevice = None) -> array:
    """A matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""

def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1, *, stream: StreamOrDevice = None) -> array:
    """The elements with index2 == index1 + offset over two axes, as last axis."""

def diff(a: ArrayLike, /, n: int = 1, axis: int = -1, *, stream: StreamOrDevice = None) -> array:
    """a[i + 1] - a[i] along an axis, n times over; True where booleans differ."""

def disable_compile() -> None:
    """Compiled functions run uncompiled from now on, existing ones too."""

def divide(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Quotient of two arrays, element by element, broadcasting them. Integers and bool divide as float32."""

def divmod(a: ArrayLike, b: ArrayLike, /, *, stream: StreamOrDevice = None) -> list[array]:
    """[a // b, a % b]"""

e: float
def einsum(subscripts: str, *operands: ArrayLike, stream: StreamOrDevice = None) -> array:
    """Einstein's summation: letters name axes, those that the output (after '->') leaves out are summed, '...' stands for axes without a name. Operands are contracted in pairs, in the order of einsum_path."""

def einsum_path(subscripts: str, *operands: ArrayLike) -> tuple:
    """The order in which einsum contracts, as pairs of positions in the list of operands (each product is appended), and a text that compares the costs."""

def empty(shape: int | Sequence[int], dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """Zeros in a shape (an int or a sequence)."""

def empty_like(a: ArrayLike, /, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """Zeros in the shape and dtype of an array."""

def enable_compile() -> None:
    """Undoes disable_compile and CERMET_DISABLE_COMPILE."""

def equal(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where two elements are equal; NaN equals nothing."""

def erf(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The error function 2 / sqrt(pi) * integral of exp(-t * t) for t from 0 to a.

    Accurate to 4 units in the last place."""

def erfinv(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The inverse of the error function; infinite at -1 and 1, NaN outside of [-1, 1].

    Accurate to 4 units in the last place."""

euler_gamma: float
def eval(*args) -> None:
    """Evaluates all arrays in the arguments: arrays, and lists, tuples and dicts of them."""

def exp(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The exponential e ** a.

    Accurate to 1 units in the last place."""

def expand_dims(a: ArrayLike, /, axis: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """Inserts axes of extent 1; the numbers are those in the result."""

def expm1(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """exp(a) - 1, accurate near zero.

    Accurate to 2 units in the last place."""

def eye(n: int, m: int | None = None, k: int = 0, dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """Ones on the k-th diagonal of an n x m matrix (m: n), zeros elsewhere."""

class finfo:
    """The limits of a floating type; of complex64: those of its parts."""
    def __init__(self, type: object | None) -> None:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def bits(self) -> int:
        """Bits of the type."""

    @property
    def dtype(self) -> Dtype:
        """The Dtype."""

    @property
    def eps(self) -> float:
        """The distance from 1.0 to the next larger number."""

    @property
    def max(self) -> float:
        """The largest finite number."""

    @property
    def min(self) -> float:
        """The smallest number."""

    @property
    def smallest_normal(self) -> float:
        """The smallest positive normal number."""


def flatten(a: ArrayLike, /, start_axis: int = 0, end_axis: int = -1, *, stream: StreamOrDevice = None) -> array:
    """Merges a range of axes into one; a 0-d array gets one axis."""

def flip(a: ArrayLike, /, axis: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Reverses the order along the axes; None: along all."""

float16: Dtype
float32: Dtype
float64: Dtype
floating: DtypeCategory
def floor(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The largest integer not above each element, in its dtype."""

def floor_divide(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The largest integer not above the exact quotient, in the operands' dtype: floor(a / b). Integers divided by zero give 0; the lowest integer divided by -1 wraps.

    Accurate to 1 units in the last place."""

def from_dlpack(x: object | None, *, copy: object | None = ...) -> object:
    """An array over the memory of an object with __dlpack__, of its dtype. Shares the memory where it can; copy=True copies, copy=False raises ValueError where sharing is impossible."""

def full(shape: int | Sequence[int], vals: ArrayLike, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """A value in a shape, or an array broadcast to it; the dtype is that of `vals`."""

def full_like(a: ArrayLike, vals: ArrayLike, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """A value, or an array broadcast, in the shape and dtype of an array."""

def gather_mm(a: ArrayLike, b: ArrayLike, /, lhs_indices: ArrayLike | None = None, rhs_indices: ArrayLike | None = None, *, sorted_indices: bool = False, stream: StreamOrDevice = None) -> array:
    """Products of matrices chosen by number: indices count along all axes of `a` (or `b`) but the last two, taken as one; None takes all of them in order. The index arrays broadcast; the result has their shape and then that of a product."""

generic: DtypeCategory
def get_active_memory() -> int:
    """Bytes in live arrays."""

def get_array_buffer_size(*args) -> int:
    """Bytes of the buffers that the arrays in the arguments stand on, each counted once, as they were reserved."""

def get_cache_memory() -> int:
    """Bytes kept for reuse."""

def get_memory_limit() -> int:
    """The bound of the bytes in live arrays."""

def get_num_threads() -> int:
    ...

def get_peak_memory() -> int:
    """Most bytes in live arrays so far, or since reset_peak_memory()."""

def get_printoptions() -> PrintOptions:
    """The PrintOptions that arrays print with."""

def get_setting(name: str) -> str:
    ...

gpu: DeviceType
def grad(fun, argnums=None, argnames=()):
    """A function that returns the gradient alone; see value_and_grad.

    >>> mx.grad(mx.sin)(mx.array(0.0))
    array(1, dtype=float32)"""

def greater(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where the first element is larger. Complex numbers compare by real, then imaginary part."""

def greater_equal(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where the first element is larger or equal. Complex numbers compare by real, then imaginary part."""

def hadamard_transform(a: ArrayLike, scale: float | None = None, *, stream: StreamOrDevice = None) -> array:
    """The last axis, whose extent is a power of two, times Sylvester's Hadamard matrix (scipy.linalg.hadamard) and `scale`, by default 1 / sqrt(extent)."""

def hamming(M: int, *, stream: StreamOrDevice = None) -> array:
    """The Hamming window: 0.54 - 0.46 cos(2 pi i / (M - 1))."""

def hanning(M: int, *, stream: StreamOrDevice = None) -> array:
    """The Hann window: 0.5 - 0.5 cos(2 pi i / (M - 1))."""

def identity(n: int, dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """The n x n unit matrix."""

class iinfo:
    """The limits of an integer type."""
    def __init__(self, type: object | None) -> None:
        ...

    def __repr__(self) -> str:
        ...

    @property
    def bits(self) -> int:
        """Bits of the type."""

    @property
    def dtype(self) -> Dtype:
        """The Dtype."""

    @property
    def max(self) -> int:
        """The largest number."""

    @property
    def min(self) -> int:
        """The smallest number."""


def imag(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The imaginary part, as float32, of a complex array; zeros for a real array."""

inexact: DtypeCategory
inf: float
def inner(a: ArrayLike, b: ArrayLike, /, *, stream: StreamOrDevice = None) -> array:
    """Sums of products over the last axis of both; a scalar multiplies."""

int16: Dtype
int32: Dtype
int64: Dtype
int8: Dtype
integer: DtypeCategory
def is_available(device: object | None) -> bool:
    """True if operations can run on the device."""

def isclose(a: ArrayLike, b: ArrayLike, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False, stream: StreamOrDevice = None) -> array:
    """abs(a - b) <= atol + rtol * abs(b), element by element; equal infinities are close."""

def isdtype(dtype: object | None, kind: object | None) -> bool:
    """True if the dtype is of a kind: a dtype, one of the array API's names ('bool', 'signed integer', 'unsigned integer', 'integral', 'real floating', 'complex floating', 'numeric'), or a tuple of them."""

def isfinite(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element (both parts of a complex one) is neither infinite nor NaN."""

def isinf(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element (or either part of a complex one) is infinite."""

def isnan(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element (or either part of a complex one) is NaN."""

def isneginf(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element is negative infinity; of a complex one if its imaginary part is 0."""

def isposinf(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element is positive infinity; of a complex one if its imaginary part is 0."""

def issubdtype(arg1: object | None, arg2: object | None) -> bool:
    """True if a dtype or category belongs to a category, or is the same dtype."""

def jvp(fun, primals, tangents):
    """The results of fun(*primals), and the products of the Jacobian with the tangents (one a primal, of its shape): one
    array a result. Both are lists.

    >>> mx.jvp(mx.sin, [mx.array(0.0)], [mx.array(2.0)])
    ([array(0, dtype=float32)], [array(2, dtype=float32)])"""

def kernel_cache_statistics() -> dict:
    """How kernels were found: in memory, built with the library, on disk, or compiled; and whether LLVM was opened."""

def kernels_launched() -> int:
    """Generated kernels launched by this process so far."""

def kron(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The Kronecker product: every element of a times the whole of b."""

def left_shift(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bits shifted to the left, a * 2 ** b wrapped; 0 where the count is negative or not below the width."""

def less(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where the first element is smaller. Complex numbers compare by real, then imaginary part."""

def less_equal(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where the first element is smaller or equal. Complex numbers compare by real, then imaginary part."""

def library_calls_made() -> int:
    """Library calls (matmul) made so far."""

def linspace(start: float, stop: float, num: int | None = 50, endpoint: bool = True, dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """`num` numbers at equal distances from start to stop; without endpoint, stop would be the next one."""

def load(file: object, /, format: str | None = None, return_metadata: bool = False, *, stream: object = None) -> array | dict[str, array] | tuple[dict[str, array], dict[str, str]]:
    """Loads a .npy file (an array), or a .npz or .safetensors file (a dict of names and arrays).

    `file` is a path or a file object open for reading bytes; `format` ("npy", "npz", "safetensors") is needed where its
    name does not tell. With `return_metadata`, (arrays, metadata) of a safetensors file. `stream` is there for MLX's
    sake.

    The elements of .npy and .safetensors files are not read but mapped into memory, so that loading takes no time, and
    what is not used is never read; the file may be deleted or replaced (as saving does), but must not be cut short in
    place while arrays stand on it. A file that is cut short, or whose header contradicts it, raises ValueError, one
    that cannot be read OSError.

    >>> weights = mx.load("model.safetensors")
    >>> weights, metadata = mx.load("model.safetensors", return_metadata=True)"""

def log(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The natural logarithm; -inf at zero, NaN below. Complex numbers take the principal branch.

    Accurate to 1.5 units in the last place."""

def log10(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The logarithm to base 10; -inf at zero, NaN below.

    Accurate to 2 units in the last place."""

def log1p(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """log(1 + a), accurate near zero; -inf at -1, NaN below.

    Accurate to 1.5 units in the last place."""

def log2(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The logarithm to base 2, exact for powers of two; -inf at zero, NaN below.

    Accurate to 1.5 units in the last place."""

def logaddexp(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """log(exp(a) + exp(b)) without overflow: max(a, b) + log1p(exp(-|a - b|)). The error bound counts units in the last place of the largest of |result|, |a| and |b|.

    Accurate to 2 units in the last place."""

def logcumsumexp(a: ArrayLike, /, axis: int | None = None, *, reverse: bool = False, inclusive: bool = True, stream: StreamOrDevice = None) -> array:
    """log(cumsum(exp(a))) along an axis (None: over the flattened array), computed without overflow."""

def logical_and(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where both elements are true (non-zero)."""

def logical_not(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where an element is false (zero)."""

def logical_or(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where either element is true (non-zero)."""

def logical_xor(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where exactly one of two elements is true (non-zero)."""

def logsumexp(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """log(sum(exp(a))) over the axes, without overflow."""

def matmul(a: ArrayLike, b: ArrayLike, /, *, stream: StreamOrDevice = None) -> array:
    """Matrix product over the last two axes; vectors and batches as in NumPy."""

def matrix_norm(a, /, ord=None, axis=None, keepdims=False, *, stream=None):
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

def matrix_transpose(a: ArrayLike, /, *, stream: StreamOrDevice = None) -> array:
    """Exchanges the last two axes."""

def max(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Largest element over the given axes; NaN if any element is NaN."""

def maximum(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The larger of two elements; NaN if either is NaN. Complex numbers compare by real, then imaginary part."""

def mean(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Arithmetic mean over the axes, accumulated in float32 or wider; float32 for integers."""

def median(a: ArrayLike, /, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """The middle element, or the mean of the two middle ones, over one, several or all axes; NaN if there is a NaN. float32 for integers."""

def meshgrid(*arrays: ArrayLike, sparse: bool | None = False, indexing: str | None = 'xy', stream: StreamOrDevice = None) -> tuple[array, ...]:
    """Coordinates of a grid from one vector an axis: 'xy' lets the first vector run along axis 1, 'ij' along axis 0. Sparse grids keep extent 1 where they do not change."""

def min(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Smallest element over the given axes; NaN if any element is NaN."""

def minimum(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The smaller of two elements; NaN if either is NaN. Complex numbers compare by real, then imaginary part."""

def minmax(a: ArrayLike, /, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> tuple[array, array]:
    """The pair (min(a), max(a)) over the axes."""

def mod(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The remainder a - floor(a / b) * b, with the sign of the divisor as in Python. Integers modulo zero give 0; floats modulo zero give NaN, and so do float64 quotients beyond 2 ** 200.

    Accurate to 0.5 units in the last place."""

def moveaxis(a: ArrayLike, /, source: int, destination: int, *, stream: StreamOrDevice = None) -> array:
    """Moves an axis to another place; the others keep their order."""

def multiply(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Product of two arrays, element by element, broadcasting them. Integers wrap; on bool it is logical and."""

nan: float
def nan_to_num(a: ArrayLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None, *, stream: StreamOrDevice = None) -> array:
    """Numbers in place of NaN and the infinities; None stands for the largest and the lowest finite value."""

def negative(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Negation, -a, element by element. Integers wrap; bool is refused (use logical_not)."""

def new_stream(device: object | None) -> Stream:
    """A new stream on a device; any thread may use it."""

def new_thread_local_stream(device: object | None) -> ThreadLocalStream:
    """Stands for a stream of its own in every thread that uses it."""

def new_thread_unsafe_stream(device: object | None) -> Stream:
    """A new stream on a device; any thread may use it."""

newaxis: None
def not_equal(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """True where two elements differ; NaN differs from everything."""

number: DtypeCategory
def ones(shape: int | Sequence[int], dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """Ones in a shape (an int or a sequence)."""

def ones_like(a: ArrayLike, /, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """Ones in the shape and dtype of an array."""

def outer(a: ArrayLike, b: ArrayLike, /, *, stream: StreamOrDevice = None) -> array:
    """All products of the flattened operands, as a matrix."""

def pad(a: ArrayLike, pad_width: int | tuple[int] | tuple[int, int] | Sequence[tuple[int, int]], mode: str = 'constant', constant_values: ArrayLike = 0, *, stream: StreamOrDevice = None) -> array:
    """Adds elements around the array. pad_width: n, (before, after), or a pair for every axis. mode: 'constant' (constant_values), 'edge' (the nearest element), 'reflect' (mirrored, the edge once) or 'symmetric' (mirrored, the edge twice)."""

def partition(a: ArrayLike, /, kth: int, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """The element at position `kth` is where sorting puts it; none before it is greater and none behind it less. axis=None takes the flattened array."""

def permute_dims(a: ArrayLike, /, axes: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Permutes the axes; None reverses them."""

pi: float
def positive(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Each element as it is, +a."""

def pow(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The first array raised to the second, a ** b, element by element, with IEEE 754's special cases of pow. Integers wrap; a negative integer exponent gives the exact power truncated towards zero (0 for a zero base).

    Accurate to 2 units in the last place."""

def power(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The first array raised to the second, a ** b, element by element, with IEEE 754's special cases of pow. Integers wrap; a negative integer exponent gives the exact power truncated towards zero (0 for a zero base).

    Accurate to 2 units in the last place."""

def printoptions(precision: int = ...) -> Any:
    """`with mx.printoptions(precision=2):` prints with other options in a block."""

def prod(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Product of the elements over the given axes. Integers wrap; bool and small integers multiply as int32 or uint32."""

def put_along_axis(a: ArrayLike, /, indices: ArrayLike, values: ArrayLike, axis: int | None = None, *, stream: StreamOrDevice = None) -> array:
    """`a` with values written at `indices` along an axis: out[i, indices[i, j]] = values[i, j] for axis 1 of two.

    `indices` has as many axes as `a` and broadcasts to its shape except along `axis`; values broadcast to the
    indices. axis=None: into the flattened array. Negative indices count from the end, those out of bounds
    write the nearest element; of an index given twice, the last value counts."""

def radians(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Degrees to radians: a * pi / 180.

    Accurate to 1.5 units in the last place."""

def real(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The real part, as float32, of a complex array; a real array as it is."""

def reciprocal(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The reciprocal 1 / a, element by element.

    Accurate to 0.5 units in the last place."""

def remainder(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The remainder a - floor(a / b) * b, with the sign of the divisor as in Python. Integers modulo zero give 0; floats modulo zero give NaN, and so do float64 quotients beyond 2 ** 200.

    Accurate to 0.5 units in the last place."""

def repeat(array: ArrayLike, repeats: int, axis: int | None = None, *, stream: StreamOrDevice = None) -> array:
    """Every element `repeats` times in a row along an axis; None repeats the flattened array."""

def reset_peak_memory() -> None:
    """Starts the peak again from the active memory."""

def reshape(a: ArrayLike, /, shape: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """The elements in row-major order in another shape; one extent may be -1."""

def result_type(*args) -> Dtype:
    """The dtype that arrays, dtypes and Python numbers get together."""

def right_shift(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Bits shifted to the right, keeping the sign; where the count is negative or not below the width: -1 for a negative element, else 0."""

def roll(a: ArrayLike, /, shift: int | Sequence[int], axis: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Moves elements `shift` places along the axes; those that leave at the end come back at the start. None rolls the flattened array."""

def round(a: ArrayLike, /, decimals: int = 0, *, stream: StreamOrDevice = None) -> array:
    """Rounds half to even at a number of decimals; negative ones are tens, hundreds."""

def rsqrt(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The reciprocal of the square root, 1 / sqrt(a).

    Accurate to 1.5 units in the last place."""

def save(file: object, arr: array) -> None:
    """Saves an array in NumPy's .npy format.

    `file` is a path (".npy" is added where it is missing) or a file object open for writing bytes. bfloat16 is written
    as NumPy's two-byte records, which ml_dtypes' bfloat16 can view. A file is written beside the old one and then takes
    its place: if saving fails, the old one stays as it was. OSError where the file cannot be written.

    >>> mx.save("weights.npy", mx.ones((2, 3)))"""

def save_safetensors(file: object, arrays: dict[str, array], metadata: dict[str, str] | None = None) -> None:
    """Saves named arrays, and text to go with them, in the safetensors format.

    `file` is a path (".safetensors" is added where it is missing) or a file object.

    >>> mx.save_safetensors("model.safetensors", {"w": mx.ones(3)}, metadata={"epoch": "7"})"""

def savez(file: object, *args: array, **kwargs: array) -> None:
    """Saves several arrays in NumPy's .npz format, an archive of .npy files.

    Arrays without a name become "arr_0", "arr_1", and so on. `file` is a path (".npz" is added where it is missing) or
    a file object.

    >>> mx.savez("model.npz", **dict(tree_flatten(model.parameters())))"""

def savez_compressed(file: object, *args: array, **kwargs: array) -> None:
    """Saves several arrays as savez does, each of them deflated."""

def searchsorted(sorted_sequence: ArrayLike, values: ArrayLike, /, side: str = 'left', *, stream: StreamOrDevice = None) -> array:
    """Where to insert each of `values` into an ascending 1-D sequence: uint32 in the shape of `values`. 'left': the number of elements less than the value; 'right': less or equal."""

def segmented_mm(a: ArrayLike, b: ArrayLike, /, segments: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """For each row (begin, end) of `segments` the product of a's columns and b's rows [begin, end): (m, k), (k, n), (..., 2) -> (..., m, n)."""

def set_cache_limit(limit: object | None) -> int:
    """Bounds the bytes kept for reuse and returns the old limit."""

def set_compile_cache_limit(entries: int) -> int:
    """Bounds the traces that one compiled function keeps (least recently used go first); returns the old bound."""

def set_default_device(device: object | None) -> None:
    """This build knows the CPU only."""

def set_default_stream(stream: object | None) -> None:
    """For this thread; other threads and the default device keep theirs."""

def set_memory_limit(limit: object | None) -> int:
    """Bounds the bytes in live arrays and returns the old limit; past it operations raise MemoryError and change nothing."""

def set_num_threads(n: int) -> None:
    """Threads that kernels run on."""

def set_printoptions(precision: int = ...) -> None:
    """Digits after the point of floating numbers; -1: six significant digits."""

def set_setting(name: str, value: str) -> None:
    """Sets a switch by name, as its environment variable CERMET_<NAME> would."""

def set_wired_limit(limit: object | None) -> int:
    """For programs written for Metal: has no effect on the CPU. Returns the old value."""

def settings() -> list:
    """Every switch: (name, type, value, what it does)."""

def sigmoid(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The logistic function 1 / (1 + exp(-a)), accurate in both tails.

    Accurate to 2.5 units in the last place."""

def sign(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The sign of each element: -1, 0 or 1, NaN for NaN; of a complex number z / |z|, 0 for 0."""

signedinteger: DtypeCategory
def sin(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The sine of an angle in radians. Large arguments are reduced exactly.

    Accurate to 2 units in the last place."""

def sinh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The hyperbolic sine.

    Accurate to 2 units in the last place."""

def slice(a: ArrayLike, start_indices: ArrayLike, axes: int | Sequence[int], slice_size: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """The part of `a` of shape `slice_size` that starts at start_indices[i] along axes[i], elsewhere at 0.

    `start_indices` is a 0-d or 1-d integer array that is read when the slice is evaluated, so that one
    compiled function serves all starts. Negative ones count from the end; a part that would reach over the
    end is moved back inside."""

def slice_update(a: ArrayLike, update: ArrayLike, start_indices: ArrayLike, axes: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """`a` with the part of the shape of `update` that starts at start_indices[i] along axes[i], elsewhere at 0,
    replaced by `update` (which is converted to the dtype of `a`).

    The start is read when the result is evaluated, as in slice. Where nobody else holds `a`, its memory is
    changed in place."""

def softmax(a: ArrayLike, axis: int | Sequence[int] | None = None, precise: bool = False, *, stream: StreamOrDevice = None) -> array:
    """exp(a) / sum(exp(a)) over the axes, without overflow.

    Halves compute in float32 and round once, whatever `precise` says."""

def sort(a: ArrayLike, /, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """The elements along an axis in ascending order (axis=None: of the flattened array). Stable; NaN comes last."""

def split(a: ArrayLike, /, indices_or_sections: int | int | Sequence[int], axis: int = 0, *, stream: StreamOrDevice = None) -> list[array]:
    """Equal parts, or the parts between the given indices."""

def sqrt(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The square root, correctly rounded; NaN below zero. Complex numbers take the principal root."""

def square(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The square a * a, element by element. Integers wrap.

    Accurate to 0.5 units in the last place."""

def squeeze(a: ArrayLike, /, axis: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Drops axes of extent 1: all of them, or those given."""

def stack(arrays: Sequence[ArrayLike], axis: int | None = 0, *, stream: StreamOrDevice = None) -> array:
    """Joins along a new axis."""

def std(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, ddof: int = 0, *, correction: int | None = None, stream: StreamOrDevice = None) -> array:
    """Square root of var."""

def stop_gradient(a: ArrayLike, /, *, stream: StreamOrDevice = None) -> array:
    """The same value; derivatives do not pass."""

def stream(s: object | None) -> StreamContext:
    """`with mx.stream(s):` makes a stream or device this thread's default."""

def subtract(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Difference of two arrays, element by element, broadcasting them. Integers wrap; on bool it is exclusive or."""

def sum(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, *, stream: StreamOrDevice = None) -> array:
    """Sum of the elements over the given axes. Integers wrap; bool and small integers sum as int32 or uint32."""

def swapaxes(a: ArrayLike, /, axis1: int, axis2: int, *, stream: StreamOrDevice = None) -> array:
    """Exchanges two axes."""

def synchronize(stream: object | None = ...) -> None:
    """Waits for the work that mx.async_eval has started (for that stream)."""

def take(a: ArrayLike, /, indices: int | ArrayLike, axis: int | None = None, *, stream: StreamOrDevice = None) -> array:
    """Slices of `a` at `indices`, an integer array of any shape or one integer, along an axis.

    The result has shape a.shape[:axis] + indices.shape + a.shape[axis + 1:]. Without an axis, elements of
    the flattened array. Negative indices count from the end; in an array, indices out of bounds read the
    nearest slice, a Python integer out of bounds is an IndexError."""

def take_along_axis(a: ArrayLike, /, indices: ArrayLike, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """One element for every index along an axis: out[i, j] = a[i, indices[i, j]] for axis 1 of two.

    `indices` has as many axes as `a`; all but `axis` broadcast. axis=None: over the flattened array.
    Negative indices count from the end; those out of bounds read the nearest element."""

def tan(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The tangent of an angle in radians. Large arguments are reduced exactly.

    Accurate to 3.5 units in the last place."""

def tanh(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """The hyperbolic tangent.

    Accurate to 3 units in the last place."""

def tensordot(a: ArrayLike, b: ArrayLike, /, axes: int | Sequence[int | Sequence[int]] = 2, *, stream: StreamOrDevice = None) -> array:
    """Sums of products over axes: an int takes the last of a with the first of b, a pair of lists names them for both."""

def tile(a: ArrayLike, /, reps: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """The whole array again and again: reps[k] times along axis k, counted from the last."""

def topk(a: ArrayLike, /, k: int, axis: int | None = -1, *, stream: StreamOrDevice = None) -> array:
    """The `k` greatest elements along an axis, in no particular order (axis=None: of the flattened array)."""

def trace(a: ArrayLike, /, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """The sum of a diagonal; booleans and small integers sum in 32 bits unless a dtype is given."""

def transpose(a: ArrayLike, /, axes: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Permutes the axes; None reverses them."""

def tri(n: int, m: int | None = None, k: int = 0, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """Ones on and below the k-th diagonal of an n x m matrix (m: n)."""

def tril(x: ArrayLike, k: int = 0, *, stream: StreamOrDevice = None) -> array:
    """The elements on and below the k-th diagonal, zeros above."""

def triu(x: ArrayLike, k: int = 0, *, stream: StreamOrDevice = None) -> array:
    """The elements on and above the k-th diagonal, zeros below."""

def true_divide(a: ArrayLike, b: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Quotient of two arrays, element by element, broadcasting them. Integers and bool divide as float32."""

def trunc(a: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Each element without its fraction, in its dtype."""

uint16: Dtype
uint32: Dtype
uint64: Dtype
uint8: Dtype
def unflatten(a: ArrayLike, /, axis: int, shape: int | Sequence[int], *, stream: StreamOrDevice = None) -> array:
    """Splits an axis into several; one extent may be -1."""

def unique(a: ArrayLike, /, size: int, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, fill_value: object = None, *, stream: StreamOrDevice = None) -> object:
    """The distinct elements of the flattened array in ascending order, `size` of them, so that the shape does not depend on values: the least ones, or behind the last one `fill_value` (None: the least element).

    return_index    also where each first occurs in the flattened array
    return_inverse  also which of the values each element of `a` is (the last one at most)
    return_counts   also how often each occurs, 0 behind the last one

    >>> mx.unique(mx.array([2, 1, 2, 3, 1]), 3).tolist()
    [1, 2, 3]"""

unsignedinteger: DtypeCategory
def unstack(x: ArrayLike, /, *, axis: int = 0, stream: StreamOrDevice = None) -> tuple[array, ...]:
    """x[0], x[1], ... along an axis."""

def value_and_grad(fun, argnums=None, argnames=()):
    """A function that returns (value, gradient): what `fun` returns, and the gradient of its scalar result (the first, if
    it returns a tuple) with respect to the arguments at the positions `argnums` (default: the first) and with the names
    `argnames`. Each argument may be a tree of arrays; its gradient has the same structure. One position gives its
    gradient, several a tuple of them; with names, (gradients of positions or None, {name: gradient}).

    >>> mx.value_and_grad(lambda x: mx.sum(x * x))(mx.array([1.0, 2.0]))
    (array(5, dtype=float32), array([2, 4], dtype=float32))"""

def var(a: ArrayLike, axis: int | Sequence[int] | None = None, keepdims: bool = False, ddof: int = 0, *, correction: int | None = None, stream: StreamOrDevice = None) -> array:
    """Mean squared distance from the mean over the axes, with divisor n - ddof. `correction` is the array API's name for ddof."""

def vecdot(a: ArrayLike, b: ArrayLike, /, *, axis: int = -1, stream: StreamOrDevice = None) -> array:
    """The sum of conj(a) * b over an axis, after broadcasting."""

def view(a: ArrayLike, /, dtype: Dtype, *, stream: StreamOrDevice = None) -> array:
    """The storage read as another dtype. Where its size is another, the last axis grows or shrinks by that factor."""

def vjp(fun, primals, cotangents):
    """The results of fun(*primals), and the products of the cotangents (one a result, of its shape) with the Jacobian: one
    array a primal. Both are lists.

    >>> mx.vjp(mx.sin, [mx.array(0.0)], [mx.array(2.0)])
    ([array(0, dtype=float32)], [array(2, dtype=float32)])"""

def vmap(fun, in_axes=0, out_axes=0):
    """A function that does for every element of a batch what `fun` does for one, in one go. `in_axes` says which axis of
    the arguments is the batch: an int for all, or one entry (int, None for "the same for all elements", or a tree of
    these) an argument. `out_axes` says where the batch goes in the results.

    >>> mx.vmap(lambda x, y: mx.sum(x * y), in_axes=(0, None))(mx.ones((2, 3)), mx.arange(3.0))
    array([3, 3], dtype=float32)"""

def where(condition: ArrayLike, x: ArrayLike, y: ArrayLike, *, stream: StreamOrDevice = None) -> array:
    """Elements of the second array where the first (taken as bool) is true, else of the third."""

def zeros(shape: int | Sequence[int], dtype: Dtype | None = ..., *, stream: StreamOrDevice = None) -> array:
    """Zeros in a shape (an int or a sequence)."""

def zeros_like(a: ArrayLike, /, dtype: Dtype | None = None, *, stream: StreamOrDevice = None) -> array:
    """Zeros in the shape and dtype of an array."""

__version__: str
