"""Cermet: arrays whose functions compile. `import cermet.core as mx`."""

from cermet._as_mlx import install_as_mlx
from cermet._core import __version__

__all__ = ["__version__", "install_as_mlx"]
