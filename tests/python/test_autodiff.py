"""Derivatives and vectorisation from Python: rules against finite differences in double precision, forward against
backward (the dot-product test), trees, composition, errors."""

import math

import numpy as np
import pytest

import cermet.core as mx

RNG = np.random.default_rng(5)


def doubles(*shape, low=-2.0, high=2.0):
    return mx.array(RNG.uniform(low, high, shape), dtype=mx.float64)


def differences(f, x, step=1e-6):
    """The gradient of a scalar function by central differences."""
    base = np.array(x)
    out = np.zeros_like(base)
    for i in np.ndindex(base.shape):
        moved = base.copy()
        moved[i] = base[i] + step
        high = f(mx.array(moved, dtype=mx.float64)).item()
        moved[i] = base[i] - step
        out[i] = (high - f(mx.array(moved, dtype=mx.float64)).item()) / (2 * step)
    return out


def weighted(f):
    """A scalar of f's result: weights that differ, so that no error cancels."""

    def scalar(x):
        y = f(x)
        return mx.sum(y * mx.cos(mx.arange(y.size, dtype=mx.float64)).reshape(y.shape) * 1.5)

    return scalar


def check(f, x, tolerance=1e-6):
    """Backward against differences, forward against backward, compiled against uncompiled."""
    scalar = weighted(f)
    gradient = mx.grad(scalar)(x)
    np.testing.assert_allclose(np.array(gradient), differences(scalar, x), rtol=tolerance, atol=tolerance)
    tangent = doubles(*x.shape)
    (y,), (pushed,) = mx.jvp(f, [x], [tangent])
    cotangent = doubles(*y.shape)
    _, (pulled,) = mx.vjp(f, [x], [cotangent])
    np.testing.assert_allclose(mx.sum(pushed * cotangent).item(), mx.sum(pulled * tangent).item(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.array(mx.compile(mx.grad(scalar))(x)), np.array(gradient), rtol=1e-12, atol=1e-12)


UNARY = [
    row
    for row in mx._core._op_table()
    if row["arity"] == 1 and row["types"] in ("numeric", "arithmetic", "floating", "real_floating", "complex_part")
]


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row["name"])
def test_element_wise_rows(row):
    low, high = max(row["domain"][0], -2.0), min(row["domain"][1], 2.0)
    margin = (high - low) * 0.05
    check(getattr(mx, row["name"]), doubles(6, low=low + margin, high=high - margin), 1e-5)


BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "logaddexp", "arctan2", "remainder"]


@pytest.mark.parametrize("name", BINARY)
def test_two_operands_with_broadcasting(name):
    op = getattr(mx, name)
    other = doubles(3, low=0.7, high=2.3)
    check(lambda x: op(x, other), doubles(2, 3, low=0.5, high=2.0), 1e-5)
    check(lambda x: op(other.reshape(3, 1), x), doubles(2, 1, 2, low=0.5, high=2.0), 1e-5)


ARRAY_FUNCTIONS = {
    "sum": lambda x: mx.sum(x, axis=1),
    "prod": lambda x: mx.prod(x, axis=(0, 2)),
    "max": lambda x: mx.max(x, axis=-1),
    "min all": lambda x: mx.min(x),
    "mean": lambda x: mx.mean(x, axis=0, keepdims=True),
    "var": lambda x: mx.var(x, axis=1, ddof=1),
    "std": lambda x: mx.std(x, axis=2),
    "softmax": lambda x: mx.softmax(x, axis=1),
    "logsumexp": lambda x: mx.logsumexp(x, axis=1),
    "cumsum": lambda x: mx.cumsum(x, axis=1, reverse=True),
    "cumsum exclusive": lambda x: mx.cumsum(x, axis=1, inclusive=False),
    "cumprod": lambda x: mx.cumprod(x, axis=1),
    "cummax": lambda x: mx.cummax(x, axis=1),
    "cummin reverse": lambda x: mx.cummin(x, axis=2, reverse=True),
    "logcumsumexp": lambda x: mx.logcumsumexp(x, axis=1),
    "inv": lambda x: mx.linalg.inv(x[:, :3, :3] + 5 * mx.eye(3, dtype=mx.float64)),
    "solve": lambda x: mx.linalg.solve(x[:, :3, :3] + 5 * mx.eye(3, dtype=mx.float64), x),
    "solve_triangular": lambda x: mx.linalg.solve_triangular(x[0, :, :3] + 5 * mx.eye(3, dtype=mx.float64), x[1]),
    "cholesky": lambda x: mx.linalg.cholesky(x @ x.swapaxes(1, 2) + mx.eye(3, dtype=mx.float64)),
    "transpose": lambda x: x.transpose(2, 0, 1) * x.transpose(2, 0, 1),
    "slices": lambda x: x[::-1, 1:, ::2] * 3,
    "concatenate": lambda x: mx.concatenate([x, x * x], axis=1),
    "split": lambda x: mx.split(x, 2, axis=2)[1],
    "pad": lambda x: mx.pad(x, 1),
    "take": lambda x: mx.take(x, mx.array([0, 2, 2, 1]), axis=1),
    "take_along_axis": lambda x: mx.take_along_axis(x, mx.array([[[1], [0], [1]]]), axis=2),
    "sort": lambda x: mx.sort(x, axis=1),
    "matmul": lambda x: mx.matmul(x, mx.swapaxes(x, 1, 2)),
    "einsum": lambda x: mx.einsum("ijk,ilk->jl", x, x),
    "clip": lambda x: mx.clip(x, -0.5, 0.9),
    "where": lambda x: mx.where(x > 0, x * x, mx.sin(x)),
    "as_strided": lambda x: mx.as_strided(x, (4, 5), (3, 2), 1) ** 2,
    "tile": lambda x: mx.tile(x, (1, 2, 1)),
    "at add": lambda x: mx.zeros((4, 3, 4), dtype=mx.float64).at[mx.array([1, 1])].add(x),
    "at maximum": lambda x: mx.zeros((4, 3, 4), dtype=mx.float64).at[mx.array([1, 2])].maximum(x),
}


@pytest.mark.parametrize("name", ARRAY_FUNCTIONS)
def test_array_functions(name):
    check(ARRAY_FUNCTIONS[name], doubles(2, 3, 4), 1e-5)


def test_assignment_inside_a_function():
    def f(x):
        y = x * 2
        y[1:, mx.array([0, 2])] = x[:1, 1:3] ** 2
        y += x
        return y

    check(f, doubles(2, 3))


def test_products_and_cumulative_products_with_zeros():
    x = mx.array([[0.0, 2.0, 3.0], [0.0, 0.0, 5.0], [1.0, 0.0, 2.0]], dtype=mx.float64)
    check(lambda x: mx.prod(x, axis=1), x)
    check(lambda x: mx.cumprod(x, axis=1), x)


def test_second_and_third_derivatives():
    f = lambda x: mx.sum(mx.sin(x) * x)  # noqa: E731
    second = lambda x: mx.sum(mx.grad(f)(x))  # noqa: E731
    x = doubles(5)
    np.testing.assert_allclose(
        np.array(mx.grad(second)(x)), 2 * np.cos(np.array(x)) - np.array(x) * np.sin(np.array(x))
    )
    third = mx.grad(lambda x: mx.sum(mx.grad(second)(x)))(x)
    np.testing.assert_allclose(np.array(third), -3 * np.sin(np.array(x)) - np.array(x) * np.cos(np.array(x)))


def test_trees_names_and_auxiliary_results():
    def loss(params, x, scale=None):
        y = (params["w"] @ x + params["b"][0]) * scale
        return mx.sum(y * y), {"y": y}

    params = {"w": mx.ones((2, 3)), "b": [mx.zeros(2)]}
    x, scale = mx.arange(3.0), mx.array(2.0)
    (value, extra), gradient = mx.value_and_grad(loss)(params, x, scale=scale)
    assert value.item() == 72 and extra["y"].shape == (2,)
    assert gradient["w"].shape == (2, 3) and gradient["b"][0].tolist() == [24, 24]
    _, (none, named) = mx.value_and_grad(loss, argnames="scale")(params, x, scale=scale)
    assert none is None and named["scale"].item() == 72
    first, second = mx.grad(lambda x, y: mx.sum(x * y), argnums=(0, 1))(mx.array([1.0, 2.0]), mx.array([3.0, 4.0]))
    assert first.tolist() == [3, 4] and second.tolist() == [1, 2]


def test_values_can_be_read_inside():
    seen = []

    def f(x):
        seen.append(mx.sum(x).item())
        return mx.sum(x * x) if seen[-1] > 0 else mx.sum(x)

    assert mx.grad(f)(mx.array([1.0, 2.0])).tolist() == [2, 4]
    assert mx.grad(f)(mx.array([-1.0, -2.0])).tolist() == [1, 1]
    assert seen == [3, -3]


def test_gradients_of_compiled_functions_and_compiled_gradients():
    f = lambda w, x: mx.mean(mx.softmax(mx.tanh(x @ w), axis=-1) ** 2)  # noqa: E731
    w, x = doubles(4, 5), doubles(3, 4)
    expected = np.array(mx.grad(f)(w, x))
    np.testing.assert_allclose(np.array(mx.grad(mx.compile(f))(w, x)), expected, rtol=1e-12)
    np.testing.assert_allclose(np.array(mx.compile(mx.grad(f))(w, x)), expected, rtol=1e-12)


def test_fused_backward_passes_are_one_kernel():
    x, g = mx.random.normal((64, 128)), mx.random.normal((64, 128))
    softmax = mx.compile(lambda x, g: mx.vjp(lambda x: mx.softmax(x, axis=-1), [x], [g])[1][0])
    gelu = mx.compile(lambda x, g: mx.vjp(lambda x: x * (1 + mx.erf(x / math.sqrt(2))) / 2, [x], [g])[1][0])
    for f in (softmax, gelu):
        mx.eval(f(x, g))
        before = mx.kernels_launched()
        mx.eval(f(x, g))
        assert mx.kernels_launched() - before == 1


def test_random_draws_inside():
    mx.random.seed(3)
    f = lambda x: mx.sum(x * mx.random.uniform(shape=x.shape))  # noqa: E731
    x = mx.ones(4)
    first, second = mx.grad(f)(x), mx.grad(f)(x)
    assert not mx.array_equal(first, second).item()
    mx.random.seed(3)
    compiled = mx.compile(mx.grad(f))
    assert mx.array_equal(compiled(x), first).item() and mx.array_equal(compiled(x), second).item()


def test_stop_gradient():
    assert mx.grad(lambda x: mx.sum(mx.stop_gradient(x * x) * x))(mx.array([3.0])).tolist() == [9]


# ---- vmap -----------------------------------------------------------------------------------------------------------

VMAPPED = {
    **ARRAY_FUNCTIONS,
    "searchsorted": lambda x: mx.searchsorted(mx.array([-1.0, 0.0, 1.0], dtype=mx.float64), x),
    "argmax": lambda x: mx.argmax(x, axis=1),
    "random": lambda x: x + mx.random.uniform(shape=x.shape, key=mx.random.key(1)),
}


@pytest.mark.parametrize("name", VMAPPED)
def test_vmap_against_a_loop(name):
    f = VMAPPED[name]
    x = doubles(3, 2, 3, 4)
    expected = np.stack([np.array(f(x[i])) for i in range(3)])
    np.testing.assert_allclose(np.array(mx.vmap(f)(x)), expected, rtol=1e-12)
    np.testing.assert_allclose(np.array(mx.compile(mx.vmap(f))(x)), expected, rtol=1e-12)
    moved = mx.vmap(f, in_axes=2, out_axes=-1)(mx.moveaxis(x, 0, 2))
    np.testing.assert_allclose(np.array(moved), np.moveaxis(expected, 0, -1), rtol=1e-12)


def test_vmap_axes_and_trees():
    f = lambda p, x: p["w"] @ x + p["b"]  # noqa: E731
    p = {"w": doubles(2, 3), "b": doubles(5, 2)}
    x = doubles(3, 5)
    found = mx.vmap(f, in_axes=({"w": None, "b": 0}, 1))(p, x)
    np.testing.assert_allclose(np.array(found), (np.array(p["w"]) @ np.array(x)).T + np.array(p["b"]), rtol=1e-12)
    nested = mx.vmap(mx.vmap(lambda a, b: a * b, in_axes=(None, 0)), in_axes=(0, None))(mx.arange(3.0), mx.arange(4.0))
    assert nested.tolist() == np.outer(np.arange(3.0), np.arange(4.0)).tolist()


def test_jacobian_by_vmap_of_vjp():
    f = lambda x: mx.sin(x) * mx.sum(x)  # noqa: E731
    x = doubles(4)
    jacobian = mx.vmap(lambda c: mx.vjp(f, [x], [c])[1][0])(mx.eye(4, dtype=mx.float64))
    forward = mx.vmap(lambda t: mx.jvp(f, [x], [t])[1][0], out_axes=1)(mx.eye(4, dtype=mx.float64))
    np.testing.assert_allclose(np.array(jacobian), np.array(forward), rtol=1e-12)


# ---- Custom functions -----------------------------------------------------------------------------------------------


def test_custom_function_rules():
    @mx.custom_function
    def f(x, y):
        return mx.sin(x) * y

    @f.vjp
    def f_vjp(primals, cotangent, output):
        x, y = primals
        return cotangent * mx.cos(x) * y * 10, cotangent * mx.sin(x) * 10

    @f.jvp
    def f_jvp(primals, tangents):
        return tangents[0] * 100

    x, y = doubles(3), doubles(3)
    gradient = mx.grad(lambda x, y: mx.sum(f(x, y)))(x, y)
    np.testing.assert_allclose(np.array(gradient), 10 * np.cos(np.array(x)) * np.array(y), rtol=1e-12)
    assert mx.jvp(f, [x, y], [mx.ones_like(x), y])[1][0].tolist() == [100, 100, 100]
    np.testing.assert_allclose(np.array(f(x, y)), np.sin(np.array(x)) * np.array(y))


def test_checkpoint():
    f = lambda x: mx.sum(mx.exp(mx.sin(x)))  # noqa: E731
    x = doubles(5)
    np.testing.assert_allclose(np.array(mx.grad(mx.checkpoint(f))(x)), np.array(mx.grad(f)(x)), rtol=1e-12)


@pytest.mark.parametrize("around", [lambda f: f, mx.compile], ids=["plain", "compiled"])
def test_checkpoint_of_random_numbers_differentiates_what_was_drawn(around):
    drop = mx.checkpoint(lambda x: x * mx.random.uniform(shape=(3,)))
    value, gradient = around(mx.value_and_grad(lambda x: mx.sum(drop(x))))(mx.ones(3))
    assert value.item() == pytest.approx(mx.sum(gradient).item(), rel=1e-6)
    mx.random.seed(7)
    around(mx.grad(lambda x: mx.sum(drop(x))))(mx.ones(3))
    after = mx.random.uniform(shape=(2,)).tolist()
    mx.random.seed(7)
    drop(mx.ones(3))
    assert after == mx.random.uniform(shape=(2,)).tolist()


@pytest.mark.parametrize("around", [lambda f: f, mx.compile], ids=["plain", "compiled"])
@pytest.mark.parametrize("wrap", [mx.checkpoint, mx.custom_function])
def test_derivatives_of_what_a_checkpoint_captures(around, wrap):
    x = mx.array(2.0)
    loss = lambda w: wrap(lambda y: y * w * w)(w + x)  # noqa: E731
    assert around(mx.grad(loss))(mx.array(3.0)).item() == 39
    assert around(lambda w: mx.jvp(loss, [w], [mx.array(1.0)])[1][0])(mx.array(3.0)).item() == 39
    assert around(mx.grad(mx.grad(loss)))(mx.array(3.0)).item() == 22


def test_cotangents_of_a_rule_take_the_dtype_of_the_primal():
    f = mx.custom_function(mx.sin)
    f.vjp(lambda primal, cotangent, output: cotangent.astype(mx.int32) * 3)
    gradient = mx.grad(lambda x: mx.sum(f(x)))(mx.ones(2))
    assert gradient.dtype == mx.float32 and gradient.tolist() == [3, 3]


# ---- Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: mx.grad(lambda x: x * 2)(mx.ones(3)), ValueError, r"scalar.*\(3,\)"),
        (lambda: mx.grad(mx.sum)(mx.array([1, 2])), ValueError, "int32"),
        (lambda: mx.grad(mx.sum, argnums=1)(mx.ones(3)), ValueError, "argument 1"),
        (lambda: mx.grad(mx.sum)(3.0), TypeError, "Argument 0 must be an array, not float"),
        (lambda: mx.grad(lambda x: 3)(mx.ones(3)), ValueError, "int"),
        (lambda: mx.grad(mx.add, argnums=(0, 0))(mx.ones(3), mx.ones(3)), ValueError, "argument 0 twice"),
        (lambda: mx.grad(mx.add, argnums=(0, -2))(mx.ones(3), mx.ones(3)), ValueError, "twice"),
        (lambda: mx.grad(mx.add, argnums="0"), TypeError, "argnums"),
        (lambda: mx.grad(mx.add, argnums=()), ValueError, "empty"),
        (lambda: mx.grad(lambda x, k=None: mx.sum(x), argnames="k")(mx.ones(3)), ValueError, "'k'.*without it"),
        (lambda: mx.grad(lambda p: mx.sum(p["a"]))({"a": mx.array([1])}), ValueError, "Argument 0.*int32"),
        (lambda: mx.grad(lambda p: mx.sum(p["a"]))({"a": 1.0}), TypeError, r"Argument 0\['a'\].*float"),
        (lambda: mx.grad(lambda x: {"loss": mx.sum(x)})(mx.ones(3)), ValueError, "dict"),
        (lambda: mx.grad(lambda x: mx.sum(x > 0))(mx.ones(3)), ValueError, "real floating"),
        (lambda: mx.grad(3), TypeError, "callable"),
        (lambda: mx.vmap(3), TypeError, "callable"),
        (lambda: mx.vmap(mx.sin, in_axes=(0, 0))(mx.ones(3)), ValueError, "in_axes"),
        (lambda: mx.vmap(mx.sin, out_axes=2)(mx.ones(3)), ValueError, "axis 2 of a result of 1"),
        (lambda: mx.vmap(lambda x: 3)(mx.ones(3)), TypeError, "result.*int"),
        (lambda: mx.vjp(mx.sin, [mx.ones(3)], [mx.ones(2)]), ValueError, r"\(2,\).*\(3,\)"),
        (lambda: mx.jvp(mx.sin, [mx.ones(3)], []), ValueError, "0 tangents for 1"),
        (lambda: mx.vmap(mx.add)(mx.ones(3), mx.ones(2)), ValueError, "different extents: 3.*2"),
        (lambda: mx.vmap(mx.add, in_axes=(0, 1))(mx.ones(3), mx.ones(3)), ValueError, r"axis 1 of array 1.*\(3,\)"),
        (lambda: mx.vmap(mx.sin, in_axes=-3)(mx.ones(3)), ValueError, r"axis -3 of array 0.*\(3,\)"),
        (lambda: mx.vmap(mx.sin, in_axes=2**70)(mx.ones(3)), ValueError, "axis 1180591620717411303424 of array 0"),
        (lambda: mx.vmap(mx.sin, in_axes=None)(mx.ones(3)), ValueError, "At least one"),
        (lambda: mx.vmap(lambda x: x.item())(mx.ones(3)), mx.TraceError, "vmap"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
