"""Opens the C yardstick library: how fast this machine copies memory, in the same run as what is measured."""

import ctypes
import os
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CAPACITY = 4096


def threads() -> int:
    """The threads that everything in a run uses: the cores this process may use."""
    return int(os.environ.get("CERMET_NUM_THREADS", "0")) or len(os.sched_getaffinity(0))


def _library() -> ctypes.CDLL:
    build = Path(os.environ.get("CERMET_BUILD", ROOT / "build" / "release"))
    path = build / "lib" / "libcermet_yardstick.so"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run `make build` first")
    return ctypes.CDLL(str(path))


_LIBRARY = None


def _samples(function: str, size: int, team: int, seconds: float) -> list[float]:
    global _LIBRARY
    _LIBRARY = _LIBRARY or _library()
    samples = (ctypes.c_double * CAPACITY)()
    call = getattr(_LIBRARY, function)
    call.argtypes = [ctypes.c_size_t, ctypes.c_int, ctypes.c_double, ctypes.POINTER(ctypes.c_double), ctypes.c_int]
    taken = call(size, team, seconds, samples, CAPACITY)
    if taken < 0:
        raise MemoryError(f"no memory for the yardstick's buffers of {size} bytes")
    return list(samples[:taken])


def copy_samples(nbytes: int, seconds: float = 0.05) -> list[float]:
    """Seconds a copy of `nbytes` between warm buffers, on one thread or on all: whichever is the faster here."""
    alone = _samples("yardstick_copy", nbytes, 1, seconds)
    if threads() == 1:
        return alone
    together = _samples("yardstick_copy", nbytes, threads(), seconds)
    return min(alone, together, key=statistics.median)


def sum_of_squares_samples(count: int, seconds: float = 0.05) -> list[float]:
    """Seconds a hand-written C sum of squares of `count` float32 takes, with the faster number of threads."""
    alone = _samples("yardstick_sum_of_squares", count, 1, seconds)
    if threads() == 1:
        return alone
    together = _samples("yardstick_sum_of_squares", count, threads(), seconds)
    return min(alone, together, key=statistics.median)
