"""Cermet: arrays whose functions compile. `import cermet.core as mx`."""

from cermet._core import __version__

__all__ = ["__version__"]
