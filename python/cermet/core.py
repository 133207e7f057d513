"""Arrays, operations, random numbers and compile: MLX's programming model.

>>> import cermet.core as mx
>>> f = mx.compile(lambda x: mx.exp(x) + 1)
>>> f(mx.array([0.0])).tolist()
[2.0]
"""

import sys as _sys
from math import e, inf, nan, pi

from cermet import __version__, _core, _files, _transforms
from cermet._core import *  # noqa: F403
from cermet._files import *  # noqa: F403
from cermet._transforms import *  # noqa: F403

_function_table = _core._function_table
random = _core.random
_sys.modules["cermet.core.random"] = random
linalg = _core.linalg
_sys.modules["cermet.core.linalg"] = linalg
if hasattr(_core, "fast"):
    fast = _core.fast
    _sys.modules["cermet.core.fast"] = fast

metal = _core.metal
cuda = _core.cuda

newaxis = None
euler_gamma = 0.57721566490153286060651209008240243


def _dtype(name):
    """The dtype of a name: what pickled dtypes call."""
    return globals()["bool_" if name == "bool" else name]


__all__ = [name for name in dir(_core) if not name.startswith("_")] + [
    "__version__",
    "e",
    "euler_gamma",
    "inf",
    "linalg",
    "nan",
    "newaxis",
    "pi",
    "random",
    *_files.__all__,
    *_transforms.__all__,
]
