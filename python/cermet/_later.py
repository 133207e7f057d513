"""Names that MLX has and Cermet does not have yet: reading one raises an AttributeError that says so.

tests/python/test_mlx_programs.py holds this list against MLX's wheel: every public name of it is either there or here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

TYPE_CHECKING = False  # importing typing would take milliseconds
if TYPE_CHECKING:
    from typing import Any

__all__ = ["names", "say_what_is_missing"]

_quantisation = "quantised weights come later; use the layers and products of whole arrays"
_export = "functions cannot be saved to files yet; save the weights (mx.save_safetensors) and trace again"
_kernels = "kernels written by hand are not needed here: write the function with array operations and mx.compile it"

#: The reason, or what to do instead, by module and name.
names: dict[str, dict[str, str]] = {
    "core": {
        "ArrayLike": "annotate with mx.array",
        "FunctionExporter": _export,
        "dequantize": _quantisation,
        "export_function": _export,
        "export_to_dot": "CERMET_DUMP=graph prints what is traced",
        "exporter": _export,
        "from_fp8": _quantisation,
        "gather_qmm": _quantisation,
        "gather_qqmm": _quantisation,
        "import_function": _export,
        "qqmm": _quantisation,
        "quantize": _quantisation,
        "quantized_matmul": _quantisation,
        "save_gguf": "save_safetensors is what there is",
        "to_fp8": _quantisation,
    },
    "core.fast": {
        "cuda_kernel": _kernels,
        "gated_delta_update": "write it as a loop over the steps",
        "metal_kernel": _kernels,
        "precompiled_cuda_kernel": _kernels,
    },
}


def _hook(module: ModuleType, path: str) -> Callable[[str], Any]:
    later = names.get(path, {})
    shown = module.__name__.replace("cermet._core", "cermet.core")

    def __getattr__(name: str) -> Any:
        what = f" yet, which MLX has: {later[name]}." if name in later else ""
        error = AttributeError(f"module {shown!r} has no attribute {name!r}{what}")
        error.name, error.obj = name, module  # Python looks there for names that are meant
        raise error

    return __getattr__


def say_what_is_missing(module: ModuleType, path: str) -> None:
    """Gives a module the hook that names what is not there yet. `path` is a key of `names`."""
    if path in names and "__getattr__" not in vars(module):
        module.__getattr__ = _hook(module, path)
