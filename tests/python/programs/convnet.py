"""A small convolutional network on made-up pictures; dropout, batch statistics, freezing, several optimizers."""

from functools import partial

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.BatchNorm(8), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Dropout(0.1)
        )
        self.head = nn.Linear(8 * 4 * 4, 2)

    def __call__(self, x):
        return self.head(mx.flatten(self.body(x), 1))


mx.random.seed(2)
labels = (mx.arange(128) % 2).astype(mx.int32)
stripes = mx.where(mx.arange(8) % 2 == 0, 1.0, -1.0)
rows, columns = mx.broadcast_to(stripes[:, None], (8, 8)), mx.broadcast_to(stripes, (8, 8))
images = mx.where(labels[:, None, None] == 0, rows, columns) + 0.5 * mx.random.normal((128, 8, 8))
images = images[..., None]

net = Net()
optimizer = optim.MultiOptimizer(
    [optim.SGD(0.05, momentum=0.9), optim.AdamW(1e-2)], [lambda path, w: path.startswith("body")]
)
optimizer.init(net.trainable_parameters())
state = [net.state, optimizer.state, mx.random.state]


@partial(mx.compile, inputs=state, outputs=state)
def step(x, y):
    def loss_fn(net):
        return nn.losses.cross_entropy(net(x), y, reduction="mean")

    loss, grads = nn.value_and_grad(net, loss_fn)(net)
    optimizer.update(net, grads)
    return loss


net.train()
for _ in range(30):
    loss = step(images, labels)
    mx.eval(state)
net.eval()
accuracy = mx.mean(mx.argmax(net(images), axis=-1) == labels).item()
print(f"loss {loss.item():.3f}, accuracy {accuracy:.3f}")
assert accuracy > 0.95
net.head.freeze()
assert "head" not in dict(net.trainable_parameters()) or not net.trainable_parameters()["head"]
