"""Layers against MLX's (same weights, same seeds), compiled against uncompiled, gradients against differences, and bad
input. What they compute is compared with NumPy in test_layer_formulas.py, which needs no MLX."""

import numpy as np
import pytest
from layer_samples import activations, deterministic, every, name_of, random_layers

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten, tree_map


def flat(outputs):
    """The arrays of one result or several."""
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def numpy(tree):
    return {name: np.array(value) for name, value in tree_flatten(tree)}


def randomized(layer, seed=1):
    """The layer with random values in all its parameters (variances positive)."""
    rng = np.random.default_rng(seed)

    def draw(name, p):
        values = rng.standard_normal(p.shape) * 0.5
        if name.endswith("running_var"):
            values = np.abs(values) + 0.5
        return name, mx.array(values, dtype=p.dtype)

    weights = [draw(name, p) for name, p in tree_flatten(layer.parameters())]
    return layer.load_weights(weights), weights


def samples(which):
    return pytest.mark.parametrize("sample", which, ids=name_of)


# ---- Against MLX ----------------------------------------------------------------------------------------------------


@pytest.fixture
def mlx():
    return pytest.importorskip("mlx.core")


@pytest.fixture
def mlx_nn(mlx):
    return pytest.importorskip("mlx.nn")


@samples(every)
def test_parameters_are_mlx_ones(sample, mlx, mlx_nn):
    mx.random.seed(7)
    mlx.random.seed(7)
    ours, theirs = sample.make(nn), sample.make(mlx_nn)
    names = dict(tree_flatten(theirs.parameters()))
    assert [name for name, _ in tree_flatten(ours.parameters())] == list(names)
    for name, value in tree_flatten(ours.parameters()):
        expected = np.array(names[name])
        np.testing.assert_allclose(np.array(value), expected, rtol=2e-6, atol=1e-7, err_msg=name)
        assert str(value.dtype).split(".")[-1] == str(names[name].dtype).split(".")[-1]
    ours_trained, theirs_trained = ours.trainable_parameters(), theirs.trainable_parameters()
    assert [n for n, _ in tree_flatten(ours_trained)] == [n for n, _ in tree_flatten(theirs_trained)]


@samples(deterministic)
@pytest.mark.parametrize("training", [True, False])
def test_outputs_are_mlx_ones(sample, training, mlx, mlx_nn):
    ours, weights = randomized(sample.make(nn))
    theirs = sample.make(mlx_nn)
    theirs.load_weights([(name, mlx.array(np.array(value))) for name, value in weights])
    ours.train(training)
    theirs.train(training)
    inputs = sample.inputs()
    expected = flat(theirs(*map(mlx.array, inputs), **sample.keywords))
    found = flat(ours(*map(mx.array, inputs), **sample.keywords))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert a.shape == b.shape
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=2e-4, atol=2e-5)
        assert str(a.dtype).split(".")[-1] == str(b.dtype).split(".")[-1]
    buffers = numpy(ours.parameters())  # running statistics, after a call in training mode
    for name, value in tree_flatten(theirs.parameters()):
        np.testing.assert_allclose(buffers[name], np.array(value), rtol=1e-4, atol=1e-5, err_msg=name)


@samples(activations)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_dtypes_of_activations_are_mlx_ones(sample, dtype, mlx, mlx_nn):
    inputs = sample.inputs()
    ours = flat(sample.make(nn)(*(mx.array(x).astype(getattr(mx, dtype)) for x in inputs)))[0]
    theirs = flat(sample.make(mlx_nn)(*(mlx.array(x).astype(getattr(mlx, dtype)) for x in inputs)))[0]
    assert str(ours.dtype).split(".")[-1] == str(theirs.dtype).split(".")[-1]
    found, expected = np.array(ours.astype(mx.float32)), np.array(theirs.astype(mlx.float32))
    np.testing.assert_allclose(found, expected, rtol=0.03, atol=0.03)


@samples(random_layers)
def test_same_draws_as_mlx(sample, mlx, mlx_nn):
    mx.random.seed(3)
    mlx.random.seed(3)
    x = sample.inputs()[0]
    found, expected = sample.make(nn)(mx.array(x)), sample.make(mlx_nn)(mlx.array(x))
    np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-6)
    np.testing.assert_array_equal(np.array(sample.make(nn).eval()(mx.array(x))), x)


@samples(every)
def test_printed_as_mlx_does(sample, mlx_nn):
    if sample.name.startswith("RNN"):
        pytest.skip("prints the address of its function")
    assert repr(sample.make(nn)) == repr(sample.make(mlx_nn))


# ---- Compiled -------------------------------------------------------------------------------------------------------


@samples(deterministic)
def test_compiled_as_uncompiled(sample):
    layer, _ = randomized(sample.make(nn))
    layer.eval()
    inputs = [mx.array(x) for x in sample.inputs()]
    expected = flat(layer(*inputs, **sample.keywords))
    parameters = layer.parameters()

    def captured(*inputs):
        return layer(*inputs, **sample.keywords)

    def passed(parameters, *inputs):
        layer.update(parameters)
        return layer(*inputs, **sample.keywords)

    for found in (mx.compile(captured)(*inputs), mx.compile(passed)(parameters, *inputs)):
        for a, b in zip(flat(found), expected):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-5)
    layer.update(parameters)


# ---- Gradients ------------------------------------------------------------------------------------------------------


def weighted(outputs):
    total = 0
    for y in flat(outputs):
        total = total + mx.sum(y * mx.cos(mx.arange(y.size, dtype=y.dtype)).reshape(y.shape))
    return total


@samples([s for s in deterministic if s.smooth])
def test_gradient_is_that_of_differences(sample):
    layer, _ = randomized(sample.make(nn))
    layer.set_dtype(mx.float64)
    if "_sigmas" in layer:
        layer._sigmas = layer._sigmas.astype(mx.float64)
    inputs = [mx.array(x, dtype=mx.int32 if sample.integers else mx.float64) for x in sample.inputs(dtype=np.float64)]
    start = layer.parameters()
    point = {"p": layer.trainable_parameters(), "x": [] if sample.integers else inputs}

    def loss(point):
        layer.update(start)  # buffers too
        layer.update(point["p"])
        return weighted(layer(*(point["x"] or inputs), **sample.keywords))

    gradient = mx.grad(loss)(point)
    rng = np.random.default_rng(2)
    direction = tree_map(lambda value: mx.array(rng.standard_normal(value.shape), dtype=mx.float64), point)

    def along(h):
        return loss(tree_map(lambda value, d: value + h * d, point, direction)).item()

    step = 1e-6
    expected = (along(step) - along(-step)) / (2 * step)
    products = tree_map(lambda g, d: mx.sum(g * d).item(), gradient, direction)
    found = sum(value for _, value in tree_flatten(products))
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


@samples(activations)
def test_gradients_of_activations_stay_finite(sample):
    layer = sample.make(nn)
    x = mx.array(np.tile([-200.0, -90.0, 0.0, 90.0, 200.0, 1e-30], (1, 2, 1)).astype(np.float32))
    assert np.isfinite(np.array(layer(x))).all()
    assert np.isfinite(np.array(mx.grad(lambda x: weighted(layer(x)).astype(mx.float32))(x))).all()


def test_batch_norm_trains_what_it_should():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm(4))
    x = mx.array(np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32))
    _, grads = nn.value_and_grad(model, lambda x: model(x).square().sum())(x)
    assert set(dict(tree_flatten(grads))) == {
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    }  # fmt: skip
    moved = np.array(model.layers[1].running_mean)
    assert np.abs(moved).max() > 0
    model.eval()
    model(x)
    np.testing.assert_array_equal(np.array(model.layers[1].running_mean), moved)


def test_unfreezing_leaves_running_statistics_frozen():
    model = nn.Sequential(nn.BatchNorm(4)).freeze().unfreeze()
    assert [name for name, _ in tree_flatten(model.trainable_parameters())] == ["layers.0.weight", "layers.0.bias"]
    model.unfreeze(keys=["running_mean"])
    assert [name for name, _ in tree_flatten(model.trainable_parameters())] == ["layers.0.weight", "layers.0.bias"]


# ---- Dropout --------------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_draws_anew():
    layer = nn.Dropout(0.3)
    x = mx.ones((200, 200))
    first, second = np.array(layer(x)), np.array(layer(x))
    assert set(np.unique(first)) == {0.0, np.float32(1 / 0.7)}
    assert first.mean() == pytest.approx(1, abs=0.02)
    assert (first != second).any()


@pytest.mark.parametrize(("layer", "shape"), [("Dropout2d", (2, 5, 5, 8)), ("Dropout3d", (2, 3, 4, 3, 8))])
def test_channels_drop_as_a_whole(layer, shape):
    y = np.array(getattr(nn, layer)(0.5)(mx.ones(shape)))
    per_channel = y.reshape(shape[0], -1, shape[-1])
    assert (per_channel == per_channel[:, :1]).all()
    assert set(np.unique(y)) == {0.0, 2.0}


def test_dropout_drops_nothing_beyond_finite_numbers():
    y = np.array(nn.Dropout(0.5)(mx.full((1000,), np.inf)))
    assert not np.isnan(y).any()


# ---- Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Linear(3, 4)(mx.ones((2, 5))), r"\[Linear\].*\(2, 5\).*3 features"),
        (lambda: nn.Linear(0, 4), "at least one input feature"),
        (lambda: nn.Conv2d(0, 4, 3), "at least one input feature"),
        (lambda: nn.LSTM(3, 4)(mx.ones((2, 5, 4))), r"\(2, 5, 4\).*3 features"),
        (lambda: nn.GroupNorm(2, 4)(mx.ones((2, 3, 5))), r"\(N, \.\.\., 4\)"),
        (lambda: nn.BatchNorm(3)(mx.ones((4, 5))), r"\(4, 5\).*must be 3"),
        (lambda: nn.Dropout(1.0), r"\[Dropout\].*1\.0.*\[0, 1\)"),
        (lambda: nn.Dropout(-0.1), r"\[0, 1\)"),
        (lambda: nn.Dropout2d()(mx.ones((2, 2))), r"\(2, 2\).*4 dimensions"),
        (lambda: nn.GELU("x"), "'none'"),
        (lambda: nn.Conv1d(3, 4, 2, groups=2), "3 input and 4 output"),
        (lambda: nn.Conv2d(3, 4, (2, 2, 2)), "kernel_size"),
        (lambda: nn.MaxPool2d((3, 2, 2)), "kernel_size.*tuple of 2"),
        (lambda: nn.MaxPool2d(0), "positive"),
        (lambda: nn.MaxPool2d(2)(mx.ones((4, 4, 1))), r"4 dimensions.*\(4, 4, 1\)"),
        (lambda: nn.MaxPool2d(5)(mx.ones((1, 4, 4, 1))), "no window"),
        (lambda: nn.GroupNorm(4, 6), "6 channels"),
        (lambda: nn.BatchNorm(2)(mx.ones((2,))), "2 to 4 dimensions"),
        (lambda: nn.BatchNorm(2)(mx.ones((1, 2))), "more than one value"),
        (lambda: nn.InstanceNorm(2)(mx.ones((3, 2))), "axis between"),
        (lambda: nn.MultiHeadAttention(7, 2), "7 features"),
        (lambda: nn.MultiHeadAttention(8, 2, value_dims=5), "5 values"),
        (lambda: nn.RNN(2, 3, nonlinearity=4), "callable"),
        (lambda: nn.LSTM(2, 3)(mx.ones((2,))), r"\(\.\.\., T, 2\)"),
        (lambda: nn.GRU(2, 3)(mx.ones((1, 0, 2))), "no steps"),
        (lambda: nn.Upsample(2, mode="x"), "'nearest', 'linear' and 'cubic'"),
        (lambda: nn.Upsample(2, antialias=True), "nearest"),
        (lambda: nn.Upsample(2, "linear", True, True), "align_corners"),
        (lambda: nn.Upsample((2, 3))(mx.ones((1, 4, 2))), "2 numbers"),
        (lambda: nn.Upsample(2)(mx.ones((4, 2))), "at least 3"),
        (lambda: nn.Upsample(0.1)(mx.ones((1, 4, 2))), "nothing of axis 1"),
        (lambda: nn.SinusoidalPositionalEncoding(1), "at least 2"),
        (lambda: nn.layers.distributed.shard_linear(nn.Linear(2, 2), "x"), "all-to-sharded"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["QuantizedLinear", "QuantizedEmbedding", "QQLinear", "QuantizedAllToShardedLinear"])
def test_quantized_layers_say_that_they_are_not_there(name):
    assert not isinstance(nn.Linear(2, 2), getattr(nn, name))
    with pytest.raises(NotImplementedError, match=rf"nn\.{name}.*quantised"):
        getattr(nn, name)(64, 64)


def test_quantize_says_that_it_is_not_there():
    with pytest.raises(NotImplementedError, match="quantise"):
        nn.quantize(nn.Linear(64, 64))


# ---- Split over one process -----------------------------------------------------------------------------------------


def test_shards_of_one_process_are_the_whole():
    from cermet.nn.layers.distributed import shard_inplace, shard_linear, sum_gradients

    layer = nn.Linear(4, 3)
    x = mx.random.normal((2, 4))
    for sharding in ("all-to-sharded", "sharded-to-all"):
        np.testing.assert_array_equal(np.array(shard_linear(layer, sharding)(x)), np.array(layer(x)))
    before = numpy(layer.parameters())
    shard_inplace(layer, "all-to-sharded", segments=2)
    assert all((before[name] == value).all() for name, value in numpy(layer.parameters()).items())
    assert sum_gradients(None)(x) is x
    grads = {"a": x}
    assert nn.average_gradients(grads) is grads
    assert nn.fully_shard(layer) is layer


def test_a_compute_dtype_lasts_for_the_call():
    layer = nn.Linear(4, 3)
    original = layer.weight
    wrapped = nn.fully_shard(layer, compute_dtype=mx.float16)
    assert wrapped(mx.ones((1, 4), dtype=mx.float16)).dtype == mx.float16
    assert layer.weight is original
    _, grads = nn.value_and_grad(wrapped, lambda x: wrapped(x).sum())(mx.ones((1, 4), dtype=mx.float16))
    assert grads["module"]["weight"].dtype == mx.float32


# ---- Dtypes of whole layers -----------------------------------------------------------------------------------------


@samples([s for s in deterministic if not s.integers and not s.name.startswith(("Step", "Sinusoidal"))])
def test_narrow_layers_keep_their_dtype(sample):
    layer, _ = randomized(sample.make(nn))
    layer.set_dtype(mx.float16)
    wide, _ = randomized(sample.make(nn))
    inputs = sample.inputs()
    found = flat(layer(*(mx.array(x).astype(mx.float16) for x in inputs), **sample.keywords))
    expected = flat(wide(*(mx.array(x) for x in inputs), **sample.keywords))
    for a, b in zip(found, expected):
        assert a.dtype == mx.float16
        np.testing.assert_allclose(np.array(a.astype(mx.float32)), np.array(b), rtol=0.05, atol=0.1)
