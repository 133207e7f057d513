"""What a compiled training step costs: launches, traces, memory of its state."""

from functools import partial

import numpy as np
import pytest

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim
from cermet.utils import tree_flatten

SHAPES = [(1 + 3 * k, k % 7 + 1) if k % 3 else (5 * k + 1,) for k in range(40)]


def parameters(count, seed):
    rng = np.random.default_rng(seed)
    return {f"p{i}": mx.array(rng.standard_normal(SHAPES[i % 40]).astype("float32")) for i in range(count)}


@pytest.mark.parametrize("make", [lambda: optim.SGD(0.1, momentum=0.9), lambda: optim.AdamW(1e-2)])
def test_an_update_of_200_parameters_is_a_handful_of_launches(make):
    optimizer, plain = make(), make()
    params, expected, grads = parameters(200, 1), parameters(200, 1), parameters(200, 2)
    optimizer.init(params)
    plain.init(expected)
    state, traces = [params, optimizer.state], []

    @partial(mx.compile, inputs=state, outputs=state)
    def step(grads):
        traces.append(1)
        params.update(optimizer.apply_gradients(grads, params))

    def run():
        step(grads)
        mx.eval(state)

    for _ in range(3):
        run()
        expected.update(plain.apply_gradients(grads, expected))
    before, memory = mx._core.kernels_launched(), mx.get_active_memory()
    run()
    assert mx._core.kernels_launched() - before <= 6
    assert mx.get_active_memory() == memory
    expected.update(plain.apply_gradients(grads, expected))
    assert len(traces) == 1
    for name, value in params.items():
        np.testing.assert_allclose(np.array(value), np.array(expected[name]), rtol=2e-6, atol=1e-7)


def test_a_batch_times_a_matrix_has_one_product_as_gradient():
    x = mx.array(np.random.default_rng(3).standard_normal((4, 6, 8)).astype("float32"))
    w = mx.array(np.random.default_rng(4).standard_normal((5, 8)).astype("float32"))
    gradient = mx.compile(mx.grad(lambda w: mx.sum(mx.tanh(x @ w.T))))
    slope = 1 - np.tanh(np.array(x) @ np.array(w).T) ** 2
    mx.eval(gradient(w))
    before = mx._core.library_calls_made()
    result = gradient(w)
    mx.eval(result)
    assert mx._core.library_calls_made() - before == 2  # forward, and one for all of the batch
    np.testing.assert_allclose(np.array(result), np.einsum("bij,bik->jk", slope, np.array(x)), rtol=1e-4, atol=1e-5)


def test_gradients_of_linear_layers_are_read_as_they_lie_and_state_keeps_its_memory():
    """Gradients of w in x @ w.T have w's layout: the update is flat, so that layers of all sizes are one launch."""
    sizes = [48, 96, 64, 32, 80]
    model = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])))
    optimizer = optim.AdamW(1e-3)
    optimizer.init(model.trainable_parameters())
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        loss, grads = nn.value_and_grad(model, lambda m, x: mx.mean(mx.square(m(x))))(model, x)
        optimizer.update(model, grads)
        return loss

    x = mx.random.normal((16, 48))
    for _ in range(3):
        mx.eval(step(x), state)
    before = mx._core.kernels_launched()
    mx.eval(step(x), state)
    launches = mx._core.kernels_launched() - before
    elements = sum(a * b + b for a, b in zip(sizes, sizes[1:]))
    held = sum(value.nbytes for _, value in tree_flatten([model.parameters(), optimizer.state]))
    assert held == 3 * 4 * elements + 4 + 8  # weights, two moments; the rate and the step
    active = mx.get_active_memory()
    for _ in range(20):
        mx.eval(step(x), state)
    assert mx.get_active_memory() == active
    assert launches <= 10
