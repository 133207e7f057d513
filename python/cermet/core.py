"""Arrays, operations, random numbers and compile: MLX's programming model.

>>> import cermet.core as mx
>>> f = mx.compile(lambda x: mx.exp(x) + 1)
>>> f(mx.array([0.0])).tolist()
[2.0]
"""

import sys as _sys
from math import e, inf, nan, pi

from cermet import __version__, _core, _files, _later, _transforms, distributed
from cermet._core import *  # noqa: F403
from cermet._files import *  # noqa: F403
from cermet._transforms import *  # noqa: F403

_function_table = _core._function_table
_sys.modules["cermet.core.distributed"] = distributed
for _name in ("fast", "fft", "linalg", "random"):
    _sys.modules[f"cermet.core.{_name}"] = globals()[_name] = getattr(_core, _name)
    _later.say_what_is_missing(globals()[_name], f"core.{_name}")
_later.say_what_is_missing(_sys.modules[__name__], "core")

metal = _core.metal
cuda = _core.cuda

newaxis = None
euler_gamma = 0.57721566490153286060651209008240243


def _dtype(name):
    """The dtype of a name: what pickled dtypes call."""
    return globals()["bool_" if name == "bool" else name]


__all__ = [name for name in dir(_core) if not name.startswith("_")] + [
    "__version__",
    "distributed",
    "e",
    "euler_gamma",
    "inf",
    "nan",
    "newaxis",
    "pi",
    *_files.__all__,
    *_transforms.__all__,
]
