"""A variational autoencoder of handwritten digits (Kingma and Welling, 2013), with a picture of what it imagines."""

import time
from functools import partial

import numpy as np
import shared

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim


class Autoencoder(nn.Module):
    """Images in [0, 1] of 64 pixels to a normal distribution over `latent` numbers, and back to pixel logits."""

    def __init__(self, width, latent):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.mean, self.log_variance = nn.Linear(width, latent), nn.Linear(width, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 64)
        )

    def __call__(self, images):
        hidden = self.encoder(images)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        noise = mx.random.normal(mean.shape)
        return self.decoder(mean + mx.exp(log_variance / 2) * noise), mean, log_variance


def loss_fn(model, images):
    """The negative evidence lower bound, in nats an image: pixels as Bernoulli variables, a standard normal prior."""
    logits, mean, log_variance = model(images)
    pixels = nn.losses.binary_cross_entropy(logits, images, with_logits=True, reduction="none").sum(axis=-1)
    divergence = 0.5 * mx.sum(mx.square(mean) + mx.exp(log_variance) - 1 - log_variance, axis=-1)
    return mx.mean(pixels + divergence)


def draw(model, images, latent, path, columns=12):
    samples = mx.sigmoid(model.decoder(mx.random.normal((2 * columns, latent))))
    back = mx.sigmoid(model(mx.array(images[:columns]))[0])
    rows = [("digits", images[:columns]), ("read and drawn again", back), ("imagined", samples[:columns])]
    rows.append(("", samples[columns:]))
    picture, axes = shared.figure(nrows=len(rows), ncols=columns, figsize=(columns * 0.8, len(rows) * 0.95))
    for line, (title, pixels) in zip(axes, rows, strict=True):
        line[0].set_title(title, loc="left", fontsize=9)
        for axis, image in zip(line, np.array(pixels), strict=True):
            axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            axis.axis("off")
    shared.save(picture, path)


def main():
    options = shared.arguments(__doc__, epochs=80, batch_size=100, width=128, latent=8, learning_rate=2e-3)
    (x, _), (test, _) = shared.digits(options.seed)
    mx.random.seed(options.seed)
    model = Autoencoder(options.width, options.latent)
    optimizer = optim.Adam(learning_rate=options.learning_rate)
    state = [model.state, optimizer.state, mx.random.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def train_step(images):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, images)
        optimizer.update(model, grads)
        return loss

    rng = np.random.default_rng(options.seed)
    begin, steps = time.perf_counter(), 0
    bar = shared.progress(range(options.epochs), "vae")
    for _ in bar:
        for (images,) in shared.batches(rng, options.batch_size, x):
            loss = train_step(mx.array(images))
            mx.eval(loss, state)
            steps += 1
        if not bar.disable:
            bar.set_postfix(loss=f"{loss.item():.2f}")
    seconds = time.perf_counter() - begin
    held_out = loss_fn(model, mx.array(test)).item()
    print(f"{steps} steps, {1e3 * seconds / steps:.2f} ms a step; bound on unseen digits {held_out:.2f} nats an image")
    draw(model, test, options.latent, options.output / "vae_samples.png")


if __name__ == "__main__":
    main()
