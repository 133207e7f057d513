"""Layers under vmap (as a loop over the batch), and forward against backward derivatives (the dot-product test)."""

import numpy as np
import pytest
from layer_samples import deterministic, name_of

import cermet.core as mx
import cermet.nn as nn


def outputs(result):
    return list(result) if isinstance(result, tuple) else [result]


@pytest.mark.parametrize("sample", deterministic, ids=name_of)
def test_vmap_as_a_loop(sample):
    layer = sample.make(nn).eval()
    elements = [[mx.array(x) for x in sample.inputs(seed=k)] for k in range(3)]

    def call(*inputs):
        return outputs(layer(*inputs, **sample.keywords))

    found = mx.vmap(call)(*(mx.stack(column) for column in zip(*elements)))
    for i, a in enumerate(found):
        expected = mx.stack([call(*inputs)[i] for inputs in elements])
        np.testing.assert_allclose(np.array(a), np.array(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sample", [s for s in deterministic if s.smooth and not s.integers], ids=name_of)
def test_forward_against_backward(sample):
    layer = sample.make(nn).eval()
    inputs, tangents = ([mx.array(x) for x in sample.inputs(seed=k)] for k in (0, 1))

    def call(*inputs):
        return outputs(layer(*inputs, **sample.keywords))

    results, forward = mx.jvp(call, inputs, tangents)
    cotangents = [mx.cos(mx.arange(y.size, dtype=y.dtype)).reshape(y.shape) for y in results]
    _, backward = mx.vjp(call, inputs, cotangents)
    left = sum(mx.sum(c * t).item() for c, t in zip(cotangents, forward))
    right = sum(mx.sum(t * g).item() for t, g in zip(tangents, backward))
    assert left == pytest.approx(right, rel=2e-3, abs=2e-3)
