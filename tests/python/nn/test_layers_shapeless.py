"""Layers in functions compiled with shapeless=True: one trace for all batch sizes, and for all lengths where the layer
does not unroll over them."""

import numpy as np
import pytest
from layer_samples import deterministic, name_of

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten

# Layers whose first axis is not a batch: they unroll over it, or it must fit another input.
without_batch = [s for s in deterministic if s.name.startswith(("RNN", "LSTM", "GRU")) and len(s.shapes[0]) == 2]
masked = [s for s in deterministic if any(len(shape) == 2 and len(s.shapes[0]) == 3 for shape in s.shapes)]
batched = [s for s in deterministic if s not in without_batch and s not in masked and len(s.shapes[0]) > 1]


def outputs(result):
    return list(result) if isinstance(result, tuple) else [result]


def agree(found, expected):
    for a, b in zip(outputs(found), outputs(expected)):
        assert a.shape == b.shape
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-5)


def draw(shape, seed, integers=0):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, integers, shape).astype(np.int32) if integers else rng.standard_normal(shape)
    return mx.array(values if integers else values.astype(np.float32))


@pytest.mark.parametrize("sample", batched, ids=name_of)
def test_one_trace_for_all_batches(sample):
    layer = sample.make(nn).eval()
    compiled = mx.compile(lambda *inputs: layer(*inputs, **sample.keywords), shapeless=True)
    for batch in (3, 5, 2):
        inputs = [draw((batch, *shape[1:]), batch, sample.integers) for shape in sample.shapes]
        agree(compiled(*inputs), layer(*inputs, **sample.keywords))
    assert compiled.stats()["traces"] == 1, compiled.stats()["retrace_reasons"]


@pytest.mark.parametrize("sample", without_batch, ids=name_of)
def test_unrolled_layers_are_traced_for_each_length(sample):
    layer = sample.make(nn)
    compiled = mx.compile(lambda *inputs: layer(*inputs), shapeless=True)
    for length in (3, 5, 3):
        inputs = [draw((length, sample.shapes[0][1]), length), *(draw(shape, 1) for shape in sample.shapes[1:])]
        agree(compiled(*inputs), layer(*inputs))
    assert compiled.stats()["traces"] == 2


def causal(layer, x):
    return layer(x, x, x, nn.MultiHeadAttention.create_additive_causal_mask(x.shape[1]))


# A layer, how it is called, and inputs of a length.
lengths = {
    "Linear": (lambda: nn.Linear(6, 4), None, lambda t: (2, t, 6)),
    "LayerNorm": (lambda: nn.LayerNorm(6), None, lambda t: (2, t, 6)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 6), None, lambda t: (2, t, 6)),
    "InstanceNorm": (lambda: nn.InstanceNorm(6), None, lambda t: (2, t, 6)),
    "RoPE": (lambda: nn.RoPE(6), None, lambda t: (2, 3, t, 6)),
    "ALiBi": (lambda: nn.ALiBi(), None, lambda t: (2, 4, t, t)),
    "SinusoidalPositionalEncoding": (lambda: nn.SinusoidalPositionalEncoding(6), None, lambda t: (t,)),
    "Conv1d": (lambda: nn.Conv1d(6, 4, 3, stride=2, padding=1), None, lambda t: (2, t, 6)),
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2), None, lambda t: (2, t, 6)),
    "AvgPool1d": (lambda: nn.AvgPool1d(3, 1, 1), None, lambda t: (2, t, 6)),
    "MultiHeadAttention": (lambda: nn.MultiHeadAttention(8, 2), causal, lambda t: (2, t, 8)),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(2, 8, 2),
        lambda layer, x: layer(x, nn.MultiHeadAttention.create_additive_causal_mask(x.shape[1])),
        lambda t: (2, t, 8),
    ),
}


@pytest.mark.parametrize("name", lengths)
def test_one_trace_for_all_lengths(name):
    make, call, shape = lengths[name]
    layer = make()
    call = call or (lambda layer, x: layer(x))
    compiled = mx.compile(lambda x: call(layer, x), shapeless=True)
    for t in (7, 12, 9):
        x = draw(shape(t), t)
        agree(compiled(x), call(layer, x))
    assert compiled.stats()["traces"] == 1, compiled.stats()["retrace_reasons"]


def test_gradients_of_all_lengths():
    model = nn.Sequential(nn.Embedding(11, 8), nn.Linear(8, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 11))

    def loss(tokens):
        return nn.losses.cross_entropy(model(tokens[:, :-1]), tokens[:, 1:], reduction="mean")

    step = nn.value_and_grad(model, loss)
    compiled = mx.compile(step, shapeless=True)
    for batch, t in ((2, 7), (3, 12), (5, 9)):
        tokens = draw((batch, t), t, 11)
        (value, grads), (expected, theirs) = compiled(tokens), step(tokens)
        assert value.item() == pytest.approx(expected.item(), rel=1e-5)
        for (key, a), (_, b) in zip(tree_flatten(grads), tree_flatten(theirs)):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-6, err_msg=key)
    assert compiled.stats()["traces"] == 1, compiled.stats()["retrace_reasons"]


def test_batch_norm_trains_for_all_batches():
    layers = [nn.BatchNorm(4) for _ in range(2)]

    def train(layer):
        def step(x):
            y = layer(x)
            return y, layer.running_mean, layer.running_var

        return step

    state = layers[0].state
    compiled = mx.compile(train(layers[0]), inputs=[state], outputs=[state], shapeless=True)
    for batch in (8, 3, 5):
        x = draw((batch, 4), batch)
        agree(compiled(x), train(layers[1])(x))
    assert compiled.stats()["traces"] == 1, compiled.stats()["retrace_reasons"]


def test_dropout_for_all_batches():
    layer = nn.Dropout(0.5)
    compiled = mx.compile(lambda x: layer(x), inputs=[mx.random.state], outputs=[mx.random.state], shapeless=True)
    seen = [np.array(compiled(mx.ones((batch, 64)))) for batch in (2, 3, 3)]
    assert all(set(np.unique(y)) == {0.0, 2.0} for y in seen)
    assert (seen[1] != seen[2]).any()
    assert compiled.stats()["traces"] == 1
