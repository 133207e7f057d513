"""A classifier of handwritten digits, trained twice from the same seed: step by step, and with the compiled step.

Both runs draw the same dropout masks and must give the same losses, to rounding; the compiled one is faster.
"""

import time
from functools import partial

import numpy as np
import shared

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim


class Classifier(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.layers = [nn.Linear(64, width), nn.Linear(width, width), nn.Linear(width, 10)]
        self.dropout = nn.Dropout(dropout)

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = self.dropout(nn.relu(layer(x)))
        return self.layers[-1](x)


def loss_fn(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")


class Training:
    """A model, its optimizer and the step that changes both."""

    def __init__(self, options, compiled):
        mx.random.seed(options.seed)
        self.model = Classifier(options.width, options.dropout)
        self.optimizer = optim.AdamW(learning_rate=options.learning_rate)
        mx.eval(self.model.parameters())
        self.losses, self.seconds = [], []
        self.step = self.make_step(compiled)

    def make_step(self, compiled):
        model, optimizer = self.model, self.optimizer

        def train_step(x, y):
            loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
            optimizer.update(model, grads)
            return loss

        if not compiled:
            return train_step
        state = [model.state, optimizer.state, mx.random.state]
        return partial(mx.compile, inputs=state, outputs=state)(train_step)

    def run(self, x, y):
        begin = time.perf_counter()
        loss = self.step(x, y)
        mx.eval(loss, self.model.parameters(), self.optimizer.state)
        self.seconds.append(time.perf_counter() - begin)
        self.losses.append(loss.item())

    def accuracy(self, x, y):
        self.model.eval()
        right = mx.mean(mx.argmax(self.model(mx.array(x)), axis=-1) == mx.array(y)).item()
        self.model.train()
        return right


def train(options):
    (x, y), test = shared.digits(options.seed)
    runs = {"uncompiled": Training(options, False), "compiled": Training(options, True)}
    rng = np.random.default_rng(options.seed)
    bar = shared.progress(range(options.epochs), "digits")
    for epoch in bar:
        rounds = [[mx.array(part) for part in batch] for batch in shared.batches(rng, options.batch_size, x, y)]
        for run in runs.values():  # in turn, so that a noisy moment hits both
            mx.random.seed(options.seed + epoch)
            for batch in rounds:
                run.run(*batch)
        compiled = runs["compiled"]
        if not bar.disable:
            bar.set_postfix(loss=f"{compiled.losses[-1]:.3f}", accuracy=f"{compiled.accuracy(*test):.3f}")
    return runs, test


def report(runs, test):
    plain, compiled = runs["uncompiled"], runs["compiled"]
    gap = max(abs(a - b) for a, b in zip(plain.losses, compiled.losses, strict=True))
    print(f"{len(plain.losses)} steps each; the losses of the two runs differ by at most {gap:.1e}")
    for name, run in runs.items():
        milliseconds = 1e3 * float(np.median(run.seconds))
        accuracy = run.accuracy(*test)
        print(f"  {name:<11} {milliseconds:.3f} ms a step, loss {run.losses[-1]:.4f}, test accuracy {accuracy:.1%}")
    ratio = np.median(plain.seconds) / np.median(compiled.seconds)
    print(f"  compiled is {ratio:.1f} times faster", end="")
    if hasattr(compiled.step, "stats"):
        stats = compiled.step.stats()
        print(f"; traces: {stats['traces']}, for {stats['hits'] + stats['traces']} calls", end="")
    print()


def draw(runs, path):
    picture, axes = shared.figure(figsize=(7, 4))
    styles = {"uncompiled": {"linewidth": 4, "color": "0.75"}, "compiled": {"linewidth": 1.2, "color": "tab:red"}}
    for name, run in runs.items():
        axes.plot(run.losses, label=f"{name}, {1e3 * np.median(run.seconds):.2f} ms a step", **styles[name])
    axes.set(title="Digits: the two runs' losses", xlabel="step", ylabel="cross entropy (nats)", yscale="log")
    axes.legend()
    shared.save(picture, path)


def main():
    options = shared.arguments(__doc__, epochs=20, batch_size=64, width=256, dropout=0.2, learning_rate=1e-3)
    runs, test = train(options)
    report(runs, test)
    draw(runs, options.output / "digits_losses.png")


if __name__ == "__main__":
    main()
