"""An LSTM that learns to add up a sequence."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim


class Adder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden)
        self.out = nn.Linear(hidden, 1)

    def __call__(self, x):
        hidden, _ = self.lstm(x)
        return self.out(hidden[:, -1]).squeeze(-1)


mx.random.seed(1)
model = Adder(16)
optimizer = optim.AdamW(learning_rate=1e-2)


def loss_fn(model, x):
    return nn.losses.mse_loss(model(x), x.sum(axis=(1, 2)))


loss_and_grad = nn.value_and_grad(model, loss_fn)
losses = []
for _ in range(60):
    loss, grads = loss_and_grad(model, mx.random.uniform(-1, 1, (64, 6, 1)))
    optimizer.update(model, grads)
    mx.eval(model.parameters(), optimizer.state)
    losses.append(loss.item())
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}")
assert losses[-1] < 0.2 * losses[0]
