"""Optimizers and schedules: what MLX's `mlx.optimizers` has.

>>> import cermet.nn as nn, cermet.optimizers as optim
>>> optimizer = optim.AdamW(learning_rate=optim.cosine_decay(1e-3, 1000))
>>> loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
>>> optimizer.update(model, grads)
"""

from cermet.optimizers import optimizers, schedulers
from cermet.optimizers.optimizers import *  # noqa: F403
from cermet.optimizers.schedulers import *  # noqa: F403

__all__ = [*optimizers.__all__, *schedulers.__all__, "optimizers", "schedulers"]
