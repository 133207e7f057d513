"""Cermet: arrays whose functions compile. `import cermet.core as mx`."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("cermet")
except PackageNotFoundError:  # run from a build folder
    __version__ = "0.1.0"
