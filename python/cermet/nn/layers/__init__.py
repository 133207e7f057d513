"""All layers, in the modules that MLX has them in."""

from cermet.nn.layers import distributed
from cermet.nn.layers.activations import *  # noqa: F403
from cermet.nn.layers.base import *  # noqa: F403
from cermet.nn.layers.containers import *  # noqa: F403
from cermet.nn.layers.convolution import *  # noqa: F403
from cermet.nn.layers.convolution_transpose import *  # noqa: F403
from cermet.nn.layers.dropout import *  # noqa: F403
from cermet.nn.layers.embedding import *  # noqa: F403
from cermet.nn.layers.linear import *  # noqa: F403
from cermet.nn.layers.normalization import *  # noqa: F403
from cermet.nn.layers.pooling import *  # noqa: F403
from cermet.nn.layers.positional_encoding import *  # noqa: F403
from cermet.nn.layers.quantized import *  # noqa: F403
from cermet.nn.layers.recurrent import *  # noqa: F403
from cermet.nn.layers.transformer import *  # noqa: F403
from cermet.nn.layers.upsample import Upsample as Upsample

AllToShardedLinear = distributed.AllToShardedLinear
FullyShardedModule = distributed.FullyShardedModule
QuantizedAllToShardedLinear = distributed.QuantizedAllToShardedLinear
QuantizedShardedToAllLinear = distributed.QuantizedShardedToAllLinear
ShardedToAllLinear = distributed.ShardedToAllLinear
fully_shard = distributed.fully_shard
