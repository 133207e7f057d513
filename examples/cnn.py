"""A small convolutional network on handwritten digits, with batch normalisation and random shifts."""

import time
from functools import partial

import numpy as np
import shared

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim


class Network(nn.Module):
    def __init__(self, channels, dropout):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.BatchNorm(channels),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, 3, padding=1),
            nn.BatchNorm(2 * channels),
            nn.ReLU(),
            nn.AvgPool2d(2),
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * channels * 4, 10))

    def __call__(self, images):
        return self.head(self.features(images).flatten(1))


def shifted(images):
    """Each image moved by -1, 0 or 1 pixel in both directions, zeros moving in: augmentation inside the step."""
    padded = mx.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    moves = mx.random.randint(0, 3, shape=(2, images.shape[0], 1))
    rows = moves[0] + mx.arange(8)
    columns = moves[1] + mx.arange(8)
    each = mx.arange(images.shape[0])[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]]


def loss_fn(model, images, labels):
    return nn.losses.cross_entropy(model(shifted(images)), labels, label_smoothing=0.05, reduction="mean")


def predict_all(model, images):
    model.eval()
    predicted = np.array(mx.argmax(model(images), axis=-1))
    model.train()
    return predicted


def draw(images, labels, predicted, path):
    """The test digits the network is wrong about, or the first ones if it is wrong about none."""
    wrong = np.flatnonzero(labels != predicted)
    shown = (wrong if len(wrong) else np.arange(12))[:12]
    picture, axes = shared.figure(nrows=2, ncols=6, figsize=(8, 3.2))
    for axis in axes.flat:
        axis.axis("off")
    for axis, k in zip(axes.flat, shown, strict=False):
        axis.imshow(images[k, :, :, 0], cmap="gray_r")
        axis.set_title(f"{labels[k]}, read as {predicted[k]}", fontsize=8)
    picture.suptitle(f"{len(wrong)} of {len(labels)} test digits read wrongly")
    shared.save(picture, path)


def main():
    options = shared.arguments(__doc__, epochs=15, batch_size=50, channels=16, dropout=0.25, learning_rate=3e-3)
    (x, y), (test_x, test_y) = shared.digits(options.seed)
    x, test_x = x.reshape(-1, 8, 8, 1), test_x.reshape(-1, 8, 8, 1)
    mx.random.seed(options.seed)
    model = Network(options.channels, options.dropout)
    optimizer = optim.AdamW(learning_rate=options.learning_rate)
    state = [model.state, optimizer.state, mx.random.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def train_step(images, labels):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, images, labels)
        optimizer.update(model, grads)
        return loss

    rng = np.random.default_rng(options.seed)
    begin, steps = time.perf_counter(), 0
    bar = shared.progress(range(options.epochs), "cnn")
    for _ in bar:
        for images, labels in shared.batches(rng, options.batch_size, x, y):
            loss = train_step(mx.array(images), mx.array(labels))
            mx.eval(loss, state)
            steps += 1
        if not bar.disable:
            accuracy = np.mean(predict_all(model, mx.array(test_x)) == test_y)
            bar.set_postfix(loss=f"{loss.item():.3f}", accuracy=f"{accuracy:.3f}")
    seconds = time.perf_counter() - begin
    predicted = predict_all(model, mx.array(test_x))
    accuracy = np.mean(predicted == test_y)
    print(f"{steps} steps, {1e3 * seconds / steps:.2f} ms a step; loss {loss.item():.4f}, test accuracy {accuracy:.1%}")
    draw(test_x, test_y, predicted, options.output / "cnn_mistakes.png")


if __name__ == "__main__":
    main()
