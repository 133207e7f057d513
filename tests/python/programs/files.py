"""Weights through every kind of file, in the folder that is given."""

import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten, tree_unflatten

folder = Path(sys.argv[1])
mx.random.seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
x = mx.random.normal((3, 4))
expected = model(x)

mx.savez(str(folder / "weights.npz"), **dict(tree_flatten(model.parameters())))
model.save_weights(str(folder / "weights.safetensors"))
for name in ("weights.npz", "weights.safetensors"):
    other = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    other.load_weights(str(folder / name))
    assert mx.allclose(other(x), expected)
    other.update(tree_unflatten(list(mx.load(str(folder / name)).items())))
    assert mx.allclose(other(x), expected)

optimizer = optim.Adam(1e-3)
optimizer.init(model.trainable_parameters())
mx.save_safetensors(str(folder / "optimizer.safetensors"), dict(tree_flatten(optimizer.state)), metadata={"step": "0"})
state, metadata = mx.load(str(folder / "optimizer.safetensors"), return_metadata=True)
assert metadata == {"step": "0"}
optimizer.state = tree_unflatten(list(state.items()))
optimizer.update(model, tree_unflatten([(k, mx.ones_like(v)) for k, v in tree_flatten(model.parameters())]))
mx.eval(model.parameters(), optimizer.state)

world = mx.distributed.init()
grads = nn.average_gradients(model.parameters())
assert world.size() == 1 and mx.distributed.all_sum(x, group=world).tolist() == x.tolist()
assert mx.array_equal(grads["layers"][0]["weight"], model.layers[0].weight)
print("saved and loaded", sorted(p.name for p in folder.iterdir()))
