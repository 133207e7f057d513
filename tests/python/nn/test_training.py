"""Layers together: small networks learn, and a compiled training step does what the plain one does, draw for draw."""

import numpy as np
import pytest

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten

optim = pytest.importorskip("cermet.optimizers")


class DigitsNet(nn.Module):
    """Convolutions, batch normalisation, pooling and dropout for 8 x 8 pictures."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm(8)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(64, 10)

    def __call__(self, x):
        x = nn.MaxPool2d(2)(nn.relu(self.norm(self.conv1(x))))
        x = nn.AvgPool2d(2)(nn.relu(self.conv2(x)))
        return self.output(self.dropout(x.flatten(1)))


class CharacterNet(nn.Module):
    """A small decoder of characters."""

    def __init__(self, vocabulary, dims=32, heads=2, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dims)
        self.positions = nn.SinusoidalPositionalEncoding(dims)
        self.encoder = nn.TransformerEncoder(layers, dims, heads, dropout=0.1, activation=nn.gelu)

    def __call__(self, tokens):
        x = self.embedding(tokens) + self.positions(mx.arange(tokens.shape[1]))
        mask = nn.MultiHeadAttention.create_additive_causal_mask(tokens.shape[1])
        return self.embedding.as_linear(self.encoder(x, mask))


def classification(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")


def curve(make, batches, compiled, rate=3e-3):
    """The losses of a run from one seed, and the trained model."""
    mx.random.seed(0)
    model = make()
    optimizer = optim.AdamW(learning_rate=rate)
    optimizer.init(model.trainable_parameters())
    step = nn.value_and_grad(model, classification)

    def train(x, y):
        loss, grads = step(model, x, y)
        optimizer.update(model, grads)
        return loss

    state = [model.state, optimizer.state, mx.random.state]
    if compiled:
        train = mx.compile(train, inputs=state, outputs=state)
    losses = []
    for x, y in batches:
        loss = train(x, y)
        mx.eval(loss, state)
        losses.append(loss.item())
    if compiled:
        assert train.stats()["traces"] == 1, train.stats()["retrace_reasons"]
    return losses, model


@pytest.fixture(scope="module")
def digits():
    data = pytest.importorskip("sklearn.datasets").load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    return (data.images[order] / 16)[..., None].astype(np.float32), data.target[order].astype(np.int32)


def test_digits(digits):
    images, targets = digits
    batches = [
        (mx.array(images[i : i + 64]), mx.array(targets[i : i + 64])) for _ in range(4) for i in range(0, 1408, 64)
    ]
    losses, model = curve(DigitsNet, batches, compiled=True)
    assert np.mean(losses[-10:]) < 0.3
    model.eval()
    right = mx.argmax(model(mx.array(images[1408:])), axis=1) == mx.array(targets[1408:])
    assert mx.mean(right).item() > 0.9
    plain, other = curve(DigitsNet, batches[:12], compiled=False)
    np.testing.assert_allclose(losses[:12], plain, rtol=2e-3)
    short, same = curve(DigitsNet, batches[:12], compiled=True)
    assert short == losses[:12]
    for (name, a), (_, b) in zip(tree_flatten(same.parameters()), tree_flatten(other.parameters())):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=0.02, atol=2e-3, err_msg=name)


def text_batches(text, length=24, size=16, count=60):
    """Random pieces of a text as tokens, each with the tokens that follow."""
    vocabulary = sorted(set(text))
    tokens = np.array([vocabulary.index(c) for c in text], dtype=np.int32)
    rng = np.random.default_rng(0)
    for _ in range(count):
        at = rng.integers(0, len(tokens) - length - 1, size)[:, None] + np.arange(length)
        yield mx.array(tokens[at]), mx.array(tokens[at + 1])


def test_characters():
    text = "the quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs. " * 4
    batches = list(text_batches(text))

    def make():
        return CharacterNet(len(set(text)))

    losses, _ = curve(make, batches, compiled=True, rate=1e-2)
    assert losses[-1] < 0.5 * losses[0]
    plain, _ = curve(make, batches[:8], compiled=False, rate=1e-2)
    np.testing.assert_allclose(losses[:8], plain, rtol=2e-3)


def test_recurrent_networks_learn_to_remember():
    class Memory(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer
            self.output = nn.Linear(16, 2)

        def __call__(self, x):
            y = self.layer(x)
            return self.output((y[0] if isinstance(y, tuple) else y)[:, -1])

    rng = np.random.default_rng(0)
    x = rng.standard_normal((256, 8, 3)).astype(np.float32)
    batches = [(mx.array(x), mx.array((x[:, 1, 0] > 0).astype(np.int32)))] * 120
    for layer in (nn.RNN, nn.LSTM, nn.GRU):
        losses, _ = curve(lambda layer=layer: Memory(layer(3, 16)), batches, compiled=True, rate=2e-2)
        assert losses[-1] < 0.2, layer


def test_checkpointed_transformers_learn_the_same():
    text = "she sells sea shells by the sea shore " * 4
    batches = list(text_batches(text, count=4))

    class Net(CharacterNet):
        def __init__(self, checkpoint):
            super().__init__(len(set(text)))
            self.encoder.checkpoint = checkpoint

    runs = [curve(lambda c=c: Net(c), batches, compiled)[0] for c in (False, True) for compiled in (False, True)]
    for run in runs[1:]:
        np.testing.assert_allclose(run, runs[0], rtol=1e-3)
