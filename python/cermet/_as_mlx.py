"""`import mlx.core` and its like as names of Cermet's modules.

A finder that comes before all others answers for `mlx` and everything below: the modules are Cermet's own objects, not
copies, so that mlx.nn.Module is cermet.nn.Module. What Cermet doesn't have is not looked for elsewhere, as an installed
MLX could not work with Cermet's arrays.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

_top = ("core", "nn", "optimizers", "utils")


# No bases from importlib.abc: importing that takes as long as the rest of Cermet.
class _Loader:
    """Gives the module of Cermet that a name of MLX stands for."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        if spec.name == "mlx":
            return ModuleType("mlx", "Cermet's modules under the names of MLX's (cermet.install_as_mlx).")
        own = "cermet" + spec.name.removeprefix("mlx")
        try:
            module = importlib.import_module(own)
        except ModuleNotFoundError as error:
            if error.name is None or not own.startswith(error.name):
                raise
            raise ModuleNotFoundError(
                f"No module named {spec.name!r}: `mlx` stands for Cermet here, which has no {own!r} (yet).",
                name=spec.name,
            ) from None
        self._kept = {key: vars(module)[key] for key in ("__spec__", "__loader__", "__path__") if key in vars(module)}
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == "mlx":
            module.__path__ = []
            return
        vars(module).update(self._kept)  # the import system has written what belongs to the other name
        if "__path__" not in self._kept:  # its submodules are attributes, which are not looked for
            own = module.__name__ + "."
            for name in [n for n in sys.modules if n.startswith(own)]:
                sys.modules["mlx" + name.removeprefix("cermet")] = sys.modules[name]


class _Finder:
    """Answers for mlx and all below it."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        parts = name.split(".")
        if parts[0] != "mlx":
            return None
        if len(parts) > 1 and parts[1] not in _top:
            raise ModuleNotFoundError(
                f"No module named {name!r}: `mlx` stands for Cermet here, which has {', '.join(_top)}.", name=name
            )
        spec = ModuleSpec(name, _Loader(), is_package=len(parts) == 1)
        return spec


_finder = _Finder()


def install_as_mlx() -> None:
    """Makes `import mlx.core`, `mlx.nn`, `mlx.optimizers`, `mlx.utils` and their submodules mean Cermet's.

    From here on, in this process; an installed MLX is not used. RuntimeError if MLX was imported before. Calling it
    again does nothing. `python -m cermet.mlx program.py` does this and then runs a program.

    >>> import cermet
    >>> cermet.install_as_mlx()
    >>> import mlx.core as mx
    """
    if _finder in sys.meta_path:
        return
    if "mlx" in sys.modules:
        raise RuntimeError(
            "[install_as_mlx] MLX has been imported already "
            f"({sorted(n for n in sys.modules if n == 'mlx' or n.startswith('mlx.'))[:4]}); call this before that."
        )
    sys.meta_path.insert(0, _finder)
