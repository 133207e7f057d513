"""All layers, in the modules that MLX has them in."""

from cermet.nn.layers.activations import *  # noqa: F403
from cermet.nn.layers.base import Module
from cermet.nn.layers.containers import Sequential
from cermet.nn.layers.dropout import Dropout, Dropout2d, Dropout3d
from cermet.nn.layers.linear import Bilinear, Identity, Linear
