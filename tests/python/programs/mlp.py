"""A perceptron of three layers, trained by Adam in a compiled step that captures its state; saved and loaded."""

import sys
from functools import partial

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten


class MLP(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(dims[:-1], dims[1:])]

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = nn.relu(layer(x))
        return self.layers[-1](x)


def loss_fn(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")


mx.random.seed(3)
x = mx.random.normal((512, 2))
y = ((x[:, 0] * x[:, 1]) > 0).astype(mx.int32)
model = MLP([2, 32, 32, 2])
mx.eval(model.parameters())
assert sum(v.size for _, v in tree_flatten(model.parameters())) == 2 * 32 + 32 + 32 * 32 + 32 + 32 * 2 + 2
optimizer = optim.Adam(learning_rate=optim.join_schedules([optim.linear_schedule(0, 2e-2, 20), lambda t: 2e-2], [20]))
state = [model.state, optimizer.state]


@partial(mx.compile, inputs=state, outputs=state)
def step(x, y):
    loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
    grads, _ = optim.clip_grad_norm(grads, 5.0)
    optimizer.update(model, grads)
    return loss


first = None
for _ in range(150):
    loss = step(x, y)
    mx.eval(state, loss)
    first = loss.item() if first is None else first
accuracy = mx.mean(mx.argmax(model(x), axis=1) == y).item()
print(f"loss {first:.3f} -> {loss.item():.3f}, accuracy {accuracy:.3f}")
assert loss.item() < 0.25 * first and accuracy > 0.95 and optimizer.step.item() == 150

if len(sys.argv) > 1:
    model.save_weights(sys.argv[1])
    other = MLP([2, 32, 32, 2])
    other.load_weights(sys.argv[1])
    assert mx.array_equal(other(x), model(x))
