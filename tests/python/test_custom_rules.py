"""Functions with rules of their own, checkpoints and depends: what is used where, and memory."""

import gc

import numpy as np
import pytest

import cermet.core as mx

AROUND = pytest.mark.parametrize("around", [lambda f: f, mx.compile], ids=["plain", "compiled"])


def tripled():
    """x * x, with three times its derivative."""
    f = mx.custom_function(lambda x: x * x)
    f.vjp(lambda x, cotangent, output: 6 * x * cotangent)
    f.jvp(lambda x, tangent: 6 * x * tangent)
    return f


X = mx.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@AROUND
def test_rules_hold_in_every_nesting_of_grad_and_vmap(around):
    f = tripled()
    expected = (6 * X).tolist()
    assert around(mx.grad(lambda x: mx.sum(f(x))))(X).tolist() == expected
    assert around(mx.grad(lambda x: mx.sum(mx.vmap(f)(x))))(X).tolist() == expected
    assert around(mx.vmap(mx.grad(lambda x: mx.sum(f(x)))))(X).tolist() == expected
    assert around(mx.grad(lambda x: mx.sum(mx.vmap(mx.vmap(f))(x))))(X).tolist() == expected
    assert around(mx.grad(lambda x: mx.sum(mx.vmap(f, in_axes=1)(x))))(X).tolist() == expected
    assert around(mx.grad(mx.compile(lambda x: mx.sum(mx.vmap(f)(x)))))(X).tolist() == expected
    assert around(lambda x: mx.jvp(mx.vmap(f), [x], [mx.ones_like(x)])[1][0])(X).tolist() == expected
    assert around(mx.grad(mx.checkpoint(lambda x: mx.sum(f(x)))))(X).tolist() == expected
    assert around(mx.vmap(mx.grad(lambda x: mx.sum(mx.vmap(f)(x)))))(X[None])[0].tolist() == expected


@AROUND
def test_an_argument_that_is_the_same_for_the_batch_gets_the_sum(around):
    f = mx.custom_function(lambda x, w: x * w)
    f.vjp(lambda primals, c, y: (c * primals[1] * 10, c * primals[0] * 10))
    loss = lambda x, w: mx.sum(mx.vmap(f, in_axes=(0, None))(x, w))  # noqa: E731
    gx, gw = around(mx.grad(loss, argnums=(0, 1)))(X, mx.array([1.0, 2.0]))
    assert gx.tolist() == [[10, 20]] * 3
    assert gw.tolist() == [90, 120]


def test_the_same_operation_outside_keeps_its_own_derivative():
    f = tripled()
    gradient = mx.grad(lambda x: mx.sum(mx.vmap(lambda x: f(x) + x * x)(x)))(X)
    assert gradient.tolist() == (8 * X).tolist()


def test_own_vectorisation_gets_inputs_and_axes():
    seen = []
    f = mx.custom_function(lambda x, y: mx.sum(x * y))

    @f.vmap
    def f_vmap(inputs, axes):
        seen.append(([x.shape for x in inputs], axes))
        x, y = inputs
        return mx.sum(x * y, axis=-1) + 100, 0

    y = mx.array([1.0, 1.0])
    assert mx.vmap(f, in_axes=(0, None))(X, y).tolist() == [103, 107, 111]
    assert mx.vmap(f)(X, X).tolist() == [105, 125, 161]
    assert seen == [([(3, 2), (2,)], (0, None)), ([(3, 2), (3, 2)], (0, 0))]
    assert f(X[0], y).item() == 3
    f.vjp(lambda primals, c, output: (c * 7 + 0 * primals[0], c * 7 + 0 * primals[1]))
    assert mx.grad(lambda x: mx.sum(mx.vmap(f, in_axes=(0, None))(x, y)))(X).tolist() == [[7, 7]] * 3


def test_own_vectorisation_of_a_tree_with_the_batch_elsewhere():
    f = mx.custom_function(lambda p: {"twice": 2 * p["a"], "same": p["b"]})

    @f.vmap
    def f_vmap(inputs, axes):
        assert axes == {"a": 0, "b": None}
        return {"twice": mx.swapaxes(2 * inputs["a"], 0, 1), "same": inputs["b"]}, {"twice": 1, "same": None}

    found = mx.vmap(f, in_axes=({"a": 0, "b": None},))({"a": X, "b": mx.array(3.0)})
    assert found["twice"].tolist() == (2 * X).tolist() and found["same"].tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    "rule, words",
    [
        (lambda x, axis: x, "results and their axes"),
        (lambda x, axis: (x, 5), "axis 5"),
        (lambda x, axis: (mx.sum(x, axis=1), 0), r"shape \(3,\)"),
        (lambda x, axis: (x[:2], 0), "2 elements along axis 0; the batch has 3"),
    ],
)
def test_wrong_rules_of_vmap_are_named(rule, words):
    f = mx.custom_function(lambda x: x)
    f.vmap(rule)
    with pytest.raises(ValueError, match=words):
        mx.vmap(f)(X)


def test_a_missing_jvp_is_an_error_and_a_missing_vjp_the_transpose():
    f = mx.custom_function(mx.sin)
    f.vjp(lambda x, c, y: c)
    with pytest.raises(ValueError, match="no jvp"):
        mx.jvp(f, [X], [X])
    g = mx.custom_function(mx.sin)
    g.jvp(lambda x, t: 5 * x * t)
    assert mx.grad(lambda x: mx.sum(g(x)))(X).tolist() == (5 * X).tolist()
    assert mx.grad(lambda x: mx.sum(mx.vmap(g)(x)))(X).tolist() == (5 * X).tolist()


def test_captured_arrays_are_constants_for_rules_as_in_mlx():
    def g(x, y):
        f = mx.custom_function(lambda x: x * y)
        f.vjp(lambda x, c, output: c * 50)
        return f(x)

    x, y = mx.array(2.0), mx.array(3.0)
    assert g(x, y).item() == 6
    assert mx.grad(g)(x, y).item() == 50
    assert mx.grad(g, argnums=1)(x, y).item() == 0


# ---- Checkpoints ----------------------------------------------------------------------------------------------------


def blocks(wrap, count=6):
    """Layers of many intermediate values each."""

    def block(x, w):
        for _ in range(4):
            x = mx.tanh(mx.sin(x @ w) * mx.exp(-x * x) + x)
        return x

    layer = wrap(block)

    def loss(ws, x):
        for w in ws:
            x = layer(x, w)
        return mx.sum(x * x)

    ws = [mx.random.normal((64, 64)) / 8 for _ in range(count)]
    return loss, ws, mx.random.normal((2048, 64))


def peak(f, *args):
    out = f(*args)
    mx.eval(out)
    del out
    gc.collect()
    mx.clear_cache()
    start = mx.get_active_memory()
    mx.reset_peak_memory()
    out = f(*args)
    mx.eval(out)
    return mx.get_peak_memory() - start, out


@AROUND
def test_checkpoints_need_less_memory(around):
    mx.random.seed(1)
    loss, ws, x = blocks(lambda f: f)
    kept, expected = peak(around(mx.value_and_grad(loss)), ws, x)
    again, _, _ = blocks(mx.checkpoint)
    mx.random.seed(1)
    saved, found = peak(around(mx.value_and_grad(again)), ws, x)
    assert saved < 0.6 * kept, (saved, kept)
    for a, b in zip(expected[1], found[1]):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-3, atol=1e-3)


@AROUND
def test_a_checkpoint_with_random_numbers_needs_less_memory(around):
    def wrapped(wrap):
        def block(x, w):
            for _ in range(4):
                x = mx.sin(x @ w) * mx.random.bernoulli(0.5, x.shape) + mx.tanh(x)
            return x

        layer = wrap(block)

        def loss(ws, x):
            for w in ws:
                x = layer(x, w)
            return mx.sum(x * x)

        return loss

    _, ws, x = blocks(lambda f: f)
    mx.random.seed(2)
    f = around(mx.value_and_grad(wrapped(lambda f: f)))
    kept, _ = peak(f, ws, x)
    mx.random.seed(2)
    value, expected = f(ws, x)
    after = mx.random.uniform().item()
    g = around(mx.value_and_grad(wrapped(mx.checkpoint)))
    saved, _ = peak(g, ws, x)
    mx.random.seed(2)
    again, found = g(ws, x)
    assert mx.random.uniform().item() == after
    assert saved < 0.7 * kept, (saved, kept)
    assert again.item() == pytest.approx(value.item(), rel=1e-5)
    for a, b in zip(expected, found):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-3, atol=1e-3)


# ---- depends --------------------------------------------------------------------------------------------------------


@AROUND
def test_depends_is_the_identity(around):
    f = lambda x, y: mx.depends(mx.sin(x), y * 2) * 3  # noqa: E731
    np.testing.assert_allclose(np.array(around(f)(X, X)), 3 * np.sin(np.array(X)), rtol=1e-6)
    a, b = around(lambda x, y: mx.depends([x, y[0]], [x * y]))(X, X)
    assert a.tolist() == X.tolist() and b.tolist() == X[0].tolist()
    gx, gy = around(mx.grad(lambda x, y: mx.sum(f(x, y)), argnums=(0, 1)))(X, X)
    np.testing.assert_allclose(np.array(gx), 3 * np.cos(np.array(X)), rtol=1e-6)
    assert gy.tolist() == mx.zeros_like(X).tolist()
    assert around(mx.vmap(f))(X, X).shape == X.shape
    assert around(mx.vmap(f, in_axes=(None, 0)))(X[0], X).shape == X.shape
    _, (t,) = mx.jvp(lambda x: mx.depends(x * x, x), [X], [mx.ones_like(X)])
    assert t.tolist() == (2 * X).tolist()


def test_depends_is_not_merged_and_keeps_the_order():
    def f(x):
        first = mx.sum(mx.exp(mx.sin(x)))
        second = mx.sum(mx.exp(mx.sin(mx.depends(x, first))))
        return first, second

    compiled = mx.compile(f)
    a, b = compiled(X)
    assert a.item() == b.item()
    assert compiled.stats()["entries"][0]["kernels"] == 2


def test_depends_errors():
    with pytest.raises(TypeError, match="dependencies"):
        mx.depends(X, [1])
    with pytest.raises(TypeError, match="inputs"):
        mx.depends([1.0], X)
