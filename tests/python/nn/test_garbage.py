"""Nothing that a training loop calls leaves reference cycles, which would keep arrays until the next collection."""

import gc

import pytest

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim
import cermet.utils as utils

MODEL = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
OPTIMIZER = optim.Adam(1e-3)
OPTIMIZER.init(MODEL.trainable_parameters())
X = mx.ones((2, 4))


def loss(model, x):
    return mx.mean(mx.square(model(x)))


CALLS = {
    "tree_flatten": lambda: utils.tree_flatten(MODEL.parameters()),
    "tree_unflatten": lambda: utils.tree_unflatten(utils.tree_flatten(MODEL.parameters())),
    "tree_map": lambda: utils.tree_map(lambda a: a + 1, MODEL.parameters()),
    "tree_reduce": lambda: utils.tree_reduce(lambda a, b: a + b.sum(), MODEL.parameters(), 0),
    "tree_merge": lambda: utils.tree_merge(MODEL.parameters(), {}),
    "trainable_parameters": lambda: MODEL.trainable_parameters(),
    "leaf_modules": lambda: MODEL.leaf_modules(),
    "named_modules": lambda: MODEL.named_modules(),
    "apply": lambda: MODEL.apply(lambda a: a),
    "update": lambda: MODEL.update(MODEL.parameters()),
    "load_weights": lambda: MODEL.load_weights(utils.tree_flatten(MODEL.parameters())),
    "freeze": lambda: (MODEL.freeze(), MODEL.unfreeze()),
    "train": lambda: (MODEL.eval(), MODEL.train()),
    "value_and_grad": lambda: nn.value_and_grad(MODEL, loss)(MODEL, X),
    "a step": lambda: OPTIMIZER.update(MODEL, nn.value_and_grad(MODEL, loss)(MODEL, X)[1]),
    "clip_grad_norm": lambda: optim.clip_grad_norm(MODEL.parameters(), 1.0),
    "grad": lambda: mx.grad(lambda a: mx.sum(a * a))(X),
    "vmap": lambda: mx.vmap(lambda a: a * 2)(X),
    "jvp": lambda: mx.jvp(lambda a: a * 2, [X], [X]),
    "checkpoint": lambda: mx.grad(lambda a: mx.checkpoint(lambda b: mx.sum(mx.sin(b)))(a))(X),
    "compile": lambda: mx.compile(lambda a: a + 1)(X),
}


@pytest.mark.parametrize("name", CALLS)
def test_leaves_no_cycles(name):
    CALLS[name]()
    gc.collect()
    gc.disable()
    try:
        CALLS[name]()
        assert gc.collect() == 0
    finally:
        gc.enable()
