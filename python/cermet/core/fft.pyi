# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None

from cermet.core import Dtype, array
def fft(a: ArrayLike, n: int | Sequence[int] | None = None, axis: int = -1, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform along one axis, which is cut or padded with zeros to `n` points. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def fft2(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform along two axes, which are cut or padded with zeros to the lengths `s`. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def fftfreq(n: int, d: float = 1.0, *, stream: StreamOrDevice = None) -> array:
    """The frequencies of the `n` results of fft, for samples `d` apart: float32.

    >>> mx.fft.fftfreq(4, 0.5).tolist()
    [0.0, 0.5, -1.0, -0.5]"""

def fftn(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform along several axes (by default all, or the last ones where only `s` is given), which are cut or padded with zeros to the lengths `s`. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def fftshift(a: ArrayLike, axes: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Moves the frequency 0 to the middle of the axes (all by default)."""

def ifft(a: ArrayLike, n: int | Sequence[int] | None = None, axis: int = -1, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse discrete Fourier transform along one axis, which is cut or padded with zeros to `n` points. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def ifft2(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse discrete Fourier transform along two axes, which are cut or padded with zeros to the lengths `s`. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def ifftn(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse discrete Fourier transform along several axes (by default all, or the last ones where only `s` is given), which are cut or padded with zeros to the lengths `s`. The result is complex64.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def ifftshift(a: ArrayLike, axes: int | Sequence[int] | None = None, *, stream: StreamOrDevice = None) -> array:
    """Undoes fftshift."""

def irfft(a: ArrayLike, n: int | Sequence[int] | None = None, axis: int = -1, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse of the Fourier transform of real numbers along one axis, which is cut or padded with zeros to `n` points. The result is float32. The (last) axis holds n // 2 + 1 frequencies and gives n points, by default 2 * (frequencies - 1).

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def irfft2(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse of the Fourier transform of real numbers along two axes, which are cut or padded with zeros to the lengths `s`. The result is float32. The (last) axis holds n // 2 + 1 frequencies and gives n points, by default 2 * (frequencies - 1).

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def irfftn(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The inverse of the Fourier transform of real numbers along several axes (by default all, or the last ones where only `s` is given), which are cut or padded with zeros to the lengths `s`. The result is float32. The (last) axis holds n // 2 + 1 frequencies and gives n points, by default 2 * (frequencies - 1).

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def istft(stft_matrix: ArrayLike, n_fft: int | None = None, hop_length: int | None = None, win_length: int | None = None, window: ArrayLike | None = None, center: bool = True, norm: str = 'backward', onesided: bool | None = None, length: int | None = None, *, stream: StreamOrDevice = None) -> array:
    """The signal, float32, of a short-time Fourier transform with the same arguments: frames times the window, added where they overlap, over the sum of the squared windows (0 where no window reaches). `n_fft` is by default 2 * (frequencies - 1), or their number where `onesided` is False. The result is cut or padded with zeros to `length`."""

def rfft(a: ArrayLike, n: int | Sequence[int] | None = None, axis: int = -1, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform of real numbers along one axis, which is cut or padded with zeros to `n` points. Along the (last) axis the result, complex64, holds the n // 2 + 1 frequencies that are not negative. Imaginary parts of the input are dropped.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def rfft2(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform of real numbers along two axes, which are cut or padded with zeros to the lengths `s`. Along the (last) axis the result, complex64, holds the n // 2 + 1 frequencies that are not negative. Imaginary parts of the input are dropped.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def rfftfreq(n: int, d: float = 1.0, *, stream: StreamOrDevice = None) -> array:
    """The frequencies of the n // 2 + 1 results of rfft, for samples `d` apart."""

def rfftn(a: ArrayLike, s: int | Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: str = 'backward', *, stream: StreamOrDevice = None) -> array:
    """The discrete Fourier transform of real numbers along several axes (by default all, or the last ones where only `s` is given), which are cut or padded with zeros to the lengths `s`. Along the (last) axis the result, complex64, holds the n // 2 + 1 frequencies that are not negative. Imaginary parts of the input are dropped.

    norm        forward      inverse
    'backward'  1            1 / n
    'ortho'     1 / sqrt(n)  1 / sqrt(n)
    'forward'   1 / n        1"""

def stft(x: ArrayLike, n_fft: int = 2048, hop_length: int | None = None, win_length: int | None = None, window: ArrayLike | None = None, center: bool = True, pad_mode: str = 'reflect', norm: str = 'backward', onesided: bool | None = None, *, stream: StreamOrDevice = None) -> array:
    """The short-time Fourier transform: frames of `n_fft` samples along the last axis, `hop_length` (n_fft // 4) apart, times the window, transformed: (..., samples) -> (..., frequencies, frames), complex64.

    window      a vector of at most n_fft elements, set in the middle of a frame; without one, `win_length` ones
    center      frames are centred: the signal is padded by n_fft // 2 on both sides ('reflect', 'constant', 'edge')
    onesided    only the n_fft // 2 + 1 frequencies that are not negative; by default for real signals"""

