"""Networks: modules, layers, losses and initialisers, as in mlx.nn.

>>> import cermet.nn as nn
>>> nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))(mx.zeros((4, 2))).shape
(4, 1)
"""

from cermet.nn import init as init
from cermet.nn import layers as layers
from cermet.nn import losses as losses
from cermet.nn.layers import *  # noqa: F403
from cermet.nn.utils import average_gradients as average_gradients
from cermet.nn.utils import value_and_grad as value_and_grad
