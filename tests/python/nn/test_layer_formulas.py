"""What layers and activations compute, against their formulas in double precision with NumPy and SciPy."""

import math

import numpy as np
import pytest
from scipy import special

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten

RNG = np.random.default_rng(21)


def close(found, expected, tolerance=2e-5):
    assert found.shape == expected.shape
    np.testing.assert_allclose(np.array(found).astype(np.float64), expected, rtol=tolerance, atol=tolerance)


def arrays(*values):
    return [mx.array(v.astype(np.float32)) if v.dtype == np.float64 else mx.array(v) for v in values]


def with_weights(layer):
    """The layer with random parameters, and these by name in double precision."""
    weights = {}
    for name, p in tree_flatten(layer.parameters()):
        value = RNG.standard_normal(p.shape) * 0.5
        weights[name] = np.abs(value) + 0.5 if name.endswith("running_var") else value
    layer.load_weights([(name, mx.array(v.astype(np.float32))) for name, v in weights.items()])
    return layer, weights


# ---- Activations ----------------------------------------------------------------------------------------------------

X = RNG.standard_normal((4, 6)) * 3


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def softplus(x):
    return np.logaddexp(x, 0)


ACTIVATIONS = {
    "celu": lambda x: elu(x),
    "elu": elu,
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_approx": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "gelu_fast_approx": lambda x: x * special.expit(1.702 * x),
    "glu": lambda x: x[:, :3] * special.expit(x[:, 3:]),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "log_sigmoid": special.log_expit,
    "log_softmax": lambda x: special.log_softmax(x, axis=-1),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu2": lambda x: np.maximum(x, 0) ** 2,
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    "sigmoid": special.expit,
    "silu": lambda x: x * special.expit(x),
    "softmax": lambda x: special.softmax(x, axis=-1),
    "softmin": lambda x: special.softmax(-x, axis=-1),
    "softplus": softplus,
    "softshrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "step": lambda x: (x > 0).astype(float),
    "tanh": np.tanh,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_functions(name):
    close(getattr(nn, name)(*arrays(X)), ACTIVATIONS[name](X))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_empty_and_single_values(name):
    function = getattr(nn, name)
    assert function(mx.zeros((0, 4))).shape == ((0, 2) if name == "glu" else (0, 4))
    if name not in ("glu", "softmax", "softmin", "log_softmax"):
        assert function(mx.array(0.5)).shape == ()


def test_activations_with_arguments():
    x = arrays(X)[0]
    close(nn.elu(x, 1.5), elu(X, 1.5))
    close(nn.celu(x, 2.0), np.maximum(X, 0) + 2 * np.expm1(np.minimum(X, 0) / 2))
    close(nn.leaky_relu(x, 0.2), np.where(X > 0, X, 0.2 * X))
    close(nn.prelu(x, mx.array([0.1] * 5 + [0.5])), np.where(X > 0, X, X * ([0.1] * 5 + [0.5])))
    close(nn.hard_tanh(x, -2.0, 0.5), np.clip(X, -2, 0.5))
    close(nn.softshrink(x, 0.1), np.sign(X) * np.maximum(np.abs(X) - 0.1, 0))
    close(nn.step(x, 1.0), (X > 1).astype(float))
    close(nn.softmax(x, axis=0), special.softmax(X, axis=0))
    close(nn.glu(x, axis=0), X[:2] * special.expit(X[2:]))


# ---- Linear ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6,), (3, 6), (2, 3, 6), (0, 6)])
def test_linear(shape):
    layer, w = with_weights(nn.Linear(6, 4))
    x = RNG.standard_normal(shape)
    close(layer(*arrays(x)), x @ w["weight"].T + w["bias"])


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_bilinear(shape):
    layer, w = with_weights(nn.Bilinear(6, 5, 4))
    x, y = RNG.standard_normal((*shape, 6)), RNG.standard_normal((*shape, 5))
    close(layer(*arrays(x, y)), np.einsum("...i,kji,...j->...k", x, w["weight"], y) + w["bias"])


def test_embedding():
    layer, w = with_weights(nn.Embedding(7, 4))
    tokens = np.array([[0, 6, 3], [3, 3, 1]], dtype=np.int32)
    close(layer(mx.array(tokens)), w["weight"][tokens])
    x = RNG.standard_normal((2, 4))
    close(layer.as_linear(*arrays(x)), x @ w["weight"].T)
    gradient = mx.grad(lambda weight: layer.update({"weight": weight})(mx.array(tokens)).sum())(layer.weight)
    counts = np.bincount(tokens.ravel(), minlength=7)
    close(gradient, np.repeat(counts[:, None], 4, 1).astype(float))


# ---- Normalisation --------------------------------------------------------------------------------------------------


def normalized(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def test_layer_and_rms_norm():
    x = RNG.standard_normal((3, 4, 6)) * 2 + 1
    layer, w = with_weights(nn.LayerNorm(6))
    close(layer(*arrays(x)), normalized(x, -1) * w["weight"] + w["bias"])
    close(nn.LayerNorm(6, affine=False)(*arrays(x)), normalized(x, -1))
    layer, w = with_weights(nn.RMSNorm(6))
    close(layer(*arrays(x)), x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w["weight"])


def test_instance_and_group_norm():
    x = RNG.standard_normal((2, 4, 5, 6)) * 2 + 1
    layer, w = with_weights(nn.InstanceNorm(6, affine=True))
    close(layer(*arrays(x)), normalized(x, (1, 2)) * w["weight"] + w["bias"])
    layer, w = with_weights(nn.GroupNorm(3, 6, pytorch_compatible=True))
    grouped = normalized(x.reshape(2, 4, 5, 3, 2), (1, 2, 4)).reshape(x.shape)
    close(layer(*arrays(x)), grouped * w["weight"] + w["bias"])
    grouped = normalized(x.reshape(2, 4, 5, 2, 3), (1, 2, 3)).reshape(x.shape)
    close(nn.GroupNorm(3, 6, affine=False)(*arrays(x)), grouped)


@pytest.mark.parametrize("shape", [(8, 6), (2, 5, 6), (2, 3, 4, 6)])
def test_batch_norm(shape):
    layer, w = with_weights(nn.BatchNorm(6, momentum=0.25))
    x = RNG.standard_normal(shape) * 2 + 1
    axes = tuple(range(x.ndim - 1))
    close(layer(*arrays(x)), normalized(x, axes) * w["weight"] + w["bias"])
    mean = 0.75 * w["running_mean"] + 0.25 * x.mean(axes)
    variance = 0.75 * w["running_var"] + 0.25 * x.var(axes, ddof=1)
    close(layer.running_mean, mean)
    close(layer.running_var, variance)
    close(layer.eval()(*arrays(x)), (x - mean) / np.sqrt(variance + 1e-5) * w["weight"] + w["bias"])


# ---- Convolutions and pooling ---------------------------------------------------------------------------------------


def windows(x, kernel, stride, padding=None, value=0.0, dilation=1):
    """(N, *counts, *kernel, C) of an input (N, *spatial, C)."""
    n = len(kernel)
    padding = padding or (0,) * n
    x = np.pad(x, [(0, 0), *((p, p) for p in padding), (0, 0)], constant_values=value)
    span = tuple((k - 1) * dilation + 1 for k in kernel)
    view = np.lib.stride_tricks.sliding_window_view(x, span, axis=tuple(range(1, n + 1)))
    view = view[(slice(None), *(slice(None, None, s) for s in stride), slice(None), *[slice(None, None, dilation)] * n)]
    return np.moveaxis(view, n + 1, -1)


@pytest.mark.parametrize(
    ("name", "spatial", "arguments"),
    [
        ("Conv1d", (9,), {"kernel_size": 3}),
        ("Conv1d", (9,), {"kernel_size": 3, "stride": 2, "padding": 2, "dilation": 2}),
        ("Conv2d", (7, 8), {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)}),
        ("Conv3d", (4, 5, 4), {"kernel_size": 2, "padding": 1}),
    ],
)
def test_convolutions(name, spatial, arguments):
    n = len(spatial)
    layer, w = with_weights(getattr(nn, name)(3, 4, **arguments))
    x = RNG.standard_normal((2, *spatial, 3))

    def expanded(key, default):
        value = arguments.get(key, default)
        return value if isinstance(value, tuple) else (value,) * n

    view = windows(
        x,
        expanded("kernel_size", 1),
        expanded("stride", 1),
        expanded("padding", 0),
        dilation=arguments.get("dilation", 1),
    )
    axes = tuple(range(n + 1, 2 * n + 2))
    close(layer(*arrays(x)), np.tensordot(view, w["weight"], (axes, tuple(range(1, n + 2)))) + w["bias"], 1e-4)


@pytest.mark.parametrize(("name", "spatial"), [("1d", (5,)), ("2d", (3, 4)), ("3d", (3, 2, 3))])
def test_transposed_convolutions_are_the_gradients_of_convolutions(name, spatial):
    options = {"kernel_size": 3, "stride": 2, "padding": 1}
    layer, _ = with_weights(getattr(nn, f"ConvTranspose{name}")(3, 4, bias=False, **options))
    y = arrays(RNG.standard_normal((2, *spatial, 3)))[0]
    x = layer(y)
    assert x.shape == (2, *((s - 1) * 2 + 1 for s in spatial), 4)
    forward = getattr(mx, f"conv{name}")
    weight = mx.swapaxes(layer.weight, 0, -1)
    _, (expected,) = mx.vjp(lambda x: forward(x, weight, 2, 1), [mx.zeros(x.shape)], [y])
    close(x, np.array(expected).astype(np.float64), 1e-4)


@pytest.mark.parametrize("kind", ["Max", "Avg"])
@pytest.mark.parametrize(
    ("spatial", "kernel", "stride", "padding"),
    [
        ((8,), (2,), (2,), (0,)),
        ((9,), (3,), (2,), (1,)),
        ((6, 7), (2, 2), (2, 2), (0, 0)),
        ((6, 7), (3, 2), (1, 3), (1, 0)),
        ((4, 5, 4), (2, 1, 3), (1, 2, 1), (1, 0, 1)),
        ((5, 4, 4), (3, 2, 2), (3, 2, 2), (0, 0, 0)),
    ],
)
def test_pooling(kind, spatial, kernel, stride, padding):
    n = len(spatial)
    x = RNG.standard_normal((2, *spatial, 3))
    view = windows(x, kernel, stride, padding, -np.inf if kind == "Max" else 0.0)
    axes = tuple(range(n + 1, 2 * n + 1))
    layer = getattr(nn, f"{kind}Pool{n}d")(kernel, stride, padding)
    close(layer(*arrays(x)), view.max(axes) if kind == "Max" else view.mean(axes))


def test_pooling_is_one_kernel_when_compiled(kernels):
    x = mx.random.normal((2, 8, 8, 3))
    for layer in (nn.MaxPool2d(2), nn.MaxPool2d(3, 2), nn.AvgPool2d(2), nn.AvgPool2d(3, 1)):
        compiled = mx.compile(lambda x, layer=layer: layer(x))
        mx.eval(x, compiled(x))
        kernels()
        mx.eval(compiled(x))
        assert kernels() == 1, layer


# ---- Positions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("traditional", [False, True])
def test_rope(traditional):
    x = RNG.standard_normal((2, 3, 5, 8))
    angles = (np.arange(5) + 2)[:, None] * 0.5 * 100.0 ** (-np.arange(3) / 3)
    c, s = np.cos(angles), np.sin(angles)
    expected = x.copy()
    a, b = (slice(0, 6, 2), slice(1, 6, 2)) if traditional else (slice(0, 3), slice(3, 6))
    expected[..., a] = x[..., a] * c - x[..., b] * s
    expected[..., b] = x[..., a] * s + x[..., b] * c
    close(nn.RoPE(6, traditional, base=100.0, scale=0.5)(*arrays(x), offset=2), expected)
    close(nn.RoPE(6, traditional, base=100.0, scale=0.5)(*arrays(x), offset=mx.array(2)), expected)


def test_sinusoidal():
    t = np.arange(5.0)
    frequencies = 0.01 ** (np.arange(4) / 3)
    angles = t[:, None] * frequencies
    expected = np.concatenate([np.sin(angles), np.cos(angles)], -1) * math.sqrt(2 / 8)
    close(nn.SinusoidalPositionalEncoding(8, min_freq=0.01)(*arrays(t)), expected, 1e-4)
    assert not nn.SinusoidalPositionalEncoding(8).parameters()
    assert np.isfinite(np.array(nn.SinusoidalPositionalEncoding(2)(*arrays(t)))).all()


@pytest.mark.parametrize(("heads", "slopes"), [(4, [0.25, 0.0625, 2**-6, 2**-8]), (3, [2**-4, 2**-8, 0.25])])
def test_alibi(heads, slopes):
    expected = -np.abs(np.arange(2, 5)[:, None] - np.arange(6)) * np.array(slopes)[:, None, None]
    scores = RNG.standard_normal((1, heads, 3, 6))
    mask = RNG.standard_normal((3, 6))
    close(nn.ALiBi()(*arrays(scores), 2, *arrays(mask)), scores + expected + mask)
    assert nn.ALiBi.create_alibi_matrix(5, 6, heads, offset=2).shape == (1, heads, 3, 6)


# ---- Recurrent ------------------------------------------------------------------------------------------------------

sigmoid = special.expit


@pytest.mark.parametrize("given", [False, True])
def test_rnn(given):
    layer, w = with_weights(nn.RNN(3, 4, nonlinearity=nn.relu))
    x = RNG.standard_normal((2, 5, 3))
    h = RNG.standard_normal((2, 4)) if given else np.zeros((2, 4))
    found = layer(*arrays(x), *(arrays(h) if given else ()))
    hs = []
    for t in range(5):
        h = np.maximum(x[:, t] @ w["Wxh"].T + h @ w["Whh"].T + w["bias"], 0)
        hs.append(h)
    close(found, np.stack(hs, 1), 1e-4)


@pytest.mark.parametrize("given", [False, True])
def test_lstm(given):
    layer, w = with_weights(nn.LSTM(3, 4))
    x = RNG.standard_normal((2, 5, 3))
    h, c = (RNG.standard_normal((2, 4)) for _ in range(2)) if given else (np.zeros((2, 4)), np.zeros((2, 4)))
    found = layer(*arrays(x), *(arrays(h, c) if given else ()))
    hs, cs = [], []
    for t in range(5):
        i, f, g, o = np.split(x[:, t] @ w["Wx"].T + h @ w["Wh"].T + w["bias"], 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
        cs.append(c)
    close(found[0], np.stack(hs, 1), 1e-4)
    close(found[1], np.stack(cs, 1), 1e-4)


@pytest.mark.parametrize("given", [False, True])
def test_gru(given):
    layer, w = with_weights(nn.GRU(3, 4))
    x = RNG.standard_normal((2, 5, 3))
    h = RNG.standard_normal((2, 4)) if given else np.zeros((2, 4))
    found = layer(*arrays(x), *(arrays(h) if given else ()))
    hs = []
    for t in range(5):
        r, z, n = np.split(x[:, t] @ w["Wx"].T + w["b"], 3, -1)
        r_h, z_h, n_h = np.split(h @ w["Wh"].T, 3, -1)
        z = sigmoid(z + z_h)
        h = (1 - z) * np.tanh(n + sigmoid(r + r_h) * (n_h + w["bhn"])) + z * h
        hs.append(h)
    close(found, np.stack(hs, 1), 1e-4)


# ---- Attention ------------------------------------------------------------------------------------------------------


def attention(w, prefix, q, k, v, heads, mask=None):
    def split(x):
        return x.reshape(*x.shape[:-1], heads, -1).swapaxes(1, 2)

    q, k, v = (split(x @ w[f"{prefix}{n}_proj.weight"].T) for x, n in ((q, "query"), (k, "key"), (v, "value")))
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + (0 if mask is None else mask)
    y = (special.softmax(scores, -1) @ v).swapaxes(1, 2)
    return y.reshape(*y.shape[:2], -1) @ w[f"{prefix}out_proj.weight"].T


def test_multi_head_attention():
    layer, w = with_weights(nn.MultiHeadAttention(8, 2))
    q, k = RNG.standard_normal((2, 5, 8)), RNG.standard_normal((2, 7, 8))
    close(layer(*arrays(q, k, k)), attention(w, "", q, k, k, 2), 1e-4)
    causal = np.triu(np.full((5, 5), -np.inf), 1)
    expected = attention(w, "", q, q, q, 2, causal)
    close(layer(*arrays(q, q, q), nn.MultiHeadAttention.create_additive_causal_mask(5)), expected, 1e-4)
    close(layer(*arrays(q, q, q), mx.array(causal == 0)), expected, 1e-4)
    close(layer(*arrays(q, q, q), "causal"), expected, 1e-4)


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer(norm_first):
    layer, w = with_weights(nn.TransformerEncoderLayer(8, 2, mlp_dims=12, norm_first=norm_first))
    x = RNG.standard_normal((2, 5, 8))

    def norm(x, name):
        return normalized(x, -1) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def mlp(x):
        h = np.maximum(x @ w["linear1.weight"].T + w["linear1.bias"], 0)
        return h @ w["linear2.weight"].T + w["linear2.bias"]

    if norm_first:
        y = norm(x, "ln1")
        y = x + attention(w, "attention.", y, y, y, 2)
        expected = y + mlp(norm(y, "ln2"))
    else:
        y = norm(x + attention(w, "attention.", x, x, x, 2), "ln1")
        expected = norm(y + mlp(y), "ln2")
    close(layer(*arrays(x), None), expected, 2e-4)


def test_causal_masks():
    for dtype in (mx.float32, mx.float16, mx.bfloat16):
        mask = nn.MultiHeadAttention.create_additive_causal_mask(4, dtype)
        assert mask.dtype == dtype
        values = np.array(mask.astype(mx.float32))
        assert (values[np.tril_indices(4)] == 0).all()
        assert np.isfinite(values).all() and (values[np.triu_indices(4, 1)] < -6e4).all()


# ---- Upsampling -----------------------------------------------------------------------------------------------------


def test_upsampling_of_one_axis():
    x = mx.array([[[0.0], [1.0], [3.0]]])

    def run(scale, mode, **options):
        return np.array(nn.Upsample(scale, mode, **options)(x)).ravel()

    np.testing.assert_allclose(run(2, "nearest"), [0, 0, 1, 1, 3, 3])
    np.testing.assert_allclose(run(2, "linear"), [0, 0.25, 0.75, 1.5, 2.5, 3])
    np.testing.assert_allclose(run(5 / 3, "linear", align_corners=True), [0, 0.5, 1, 2, 3], atol=1e-6)
    np.testing.assert_allclose(run(1, "cubic"), [0, 1, 3])
    np.testing.assert_allclose(run(5 / 3, "cubic", align_corners=True)[::2], [0, 1, 3], atol=1e-6)


def test_cubic_upsampling():
    x = RNG.standard_normal(12)
    found = np.array(nn.Upsample(2, "cubic")(*arrays(x.reshape(1, 12, 1)))).ravel()
    a, expected = -0.75, []
    for p in np.arange(24) / 2 - 0.25:
        j = np.arange(math.floor(p) - 1, math.floor(p) + 3)
        t = np.abs(p - j)
        w = np.where(t <= 1, (a + 2) * t**3 - (a + 3) * t**2 + 1, a * (t**3 - 5 * t**2 + 8 * t - 4))
        expected.append((w * x[np.clip(j, 0, 11)]).sum())
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_smooth_cubic_upsampling_reproduces_lines():
    found = np.array(nn.Upsample(2, "cubic", antialias=True)(*arrays(np.arange(12.0).reshape(1, 12, 1)))).ravel()
    np.testing.assert_allclose(found[4:-4], (np.arange(24) / 2 - 0.25)[4:-4], atol=1e-5)


def test_antialiasing_keeps_sums():
    x = RNG.random((1, 16, 1))
    halved = np.array(nn.Upsample(0.25, "linear", antialias=True)(*arrays(np.ones((1, 16, 1)))))
    np.testing.assert_allclose(halved, np.ones((1, 4, 1)), rtol=1e-6)
    smooth = np.array(nn.Upsample(0.25, "cubic", antialias=True)(*arrays(x)))
    assert abs(smooth.mean() - x.mean()) < 0.05


def test_upsampling_works_in_each_axis_alone():
    x = RNG.standard_normal((2, 3, 4, 2))
    both = nn.Upsample((2, 3), "linear")(*arrays(x))
    rows = nn.Upsample((2, 1), "linear")(*arrays(x))
    close(both, np.array(nn.Upsample((1, 3), "linear")(rows)).astype(np.float64))


# ---- Gradients of pooling -------------------------------------------------------------------------------------------


def test_equal_maxima_share_a_gradient():
    gradient = mx.grad(lambda x: nn.MaxPool2d(2)(x).sum())(mx.zeros((1, 4, 4, 1)))
    np.testing.assert_array_equal(np.array(gradient), np.full((1, 4, 4, 1), 0.25))
    gradient = mx.grad(lambda x: nn.MaxPool2d(5)(x).sum())(mx.zeros((1, 5, 6, 1)))
    assert np.array(gradient)[:, :, :5].sum() == pytest.approx(1) and not np.array(gradient)[:, :, 5:].any()


@pytest.mark.parametrize("layer", [nn.MaxPool2d(2), nn.MaxPool2d(5), nn.AvgPool2d(2), nn.MaxPool2d(3, 1)], ids=repr)
def test_gradients_of_gradients_of_pooling(layer):
    x = mx.array(RNG.standard_normal((1, 6, 6, 2)), dtype=mx.float64)
    v = mx.array(RNG.standard_normal((1, 6, 6, 2)), dtype=mx.float64)

    def slope(s):
        return mx.grad(lambda s: (layer(x + s * v) ** 3).sum())(s)

    step = 1e-6
    expected = (slope(mx.array(step, dtype=mx.float64)) - slope(mx.array(-step, dtype=mx.float64))) / (2 * step)
    found = mx.grad(slope)(mx.array(0.0, dtype=mx.float64))
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    each = mx.vmap(mx.grad(lambda x: (layer(x) ** 2).sum()))(mx.stack([x, v]))
    np.testing.assert_allclose(np.array(each[1]), np.array(mx.grad(lambda x: (layer(x) ** 2).sum())(v)))


def test_gradients_of_blocks_are_two_kernels(kernels):
    x = mx.random.normal((2, 8, 8, 3))
    for layer in (nn.MaxPool2d(2), nn.AvgPool2d(2)):
        compiled = mx.compile(mx.grad(lambda x, layer=layer: (layer(x) ** 2).sum()))
        mx.eval(x, compiled(x))
        kernels()
        mx.eval(compiled(x))
        assert kernels() <= 2, layer
