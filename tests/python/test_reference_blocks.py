"""Every code block of the reference (shared/seed), as it stands, and what its text says, or the better thing that the
design promises in its place. Tests bear the names of the sections; run the blocks' text as programs do."""

import math
import time
from functools import partial

import numpy as np
import pytest

import cermet.core as mx
import cermet.nn as nn
import cermet.optimizers as optim
from cermet.utils import tree_flatten


class Classifier(nn.Module):
    def __init__(self, width=32, dropout=0.1):
        super().__init__()
        self.first = nn.Linear(8, width)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(width, 4)

    def __call__(self, x):
        return self.last(self.dropout(nn.relu(self.first(x))))


def loss_fn(model, x, y):
    return nn.losses.cross_entropy(model(x), y, reduction="mean")


def make_batches(count, size=16):
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(8, 4))
    for _ in range(count):
        x = rng.normal(size=(size, 8)).astype(np.float32)
        yield mx.array(x), mx.array(np.argmax(x @ mixing, axis=1))


# ---- Basic Usage ----------------------------------------------------------------------------------------------------


def test_basic_usage(kernels):
    @mx.compile
    def gelu(x):
        return x * (1 + mx.erf(x / math.sqrt(2))) / 2

    # ~5x speedup on M1 Max

    x = mx.random.normal((256, 256))
    mx.eval(x, gelu(x))
    plain = gelu.__wrapped__(x)
    mx.eval(plain)
    kernels()
    y = gelu(x)
    mx.eval(y)
    assert kernels() == 1
    np.testing.assert_allclose(np.array(y), np.array(plain), rtol=1e-6, atol=1e-6)


# ---- Critical Gotchas -----------------------------------------------------------------------------------------------


def test_print_statements_crash_compiled_functions(capsys):
    @mx.compile
    def fn(x):
        print(x)  # CRASH - placeholder has no data during tracing
        return mx.exp(x)

    # Here it prints what is known.
    assert fn(mx.array(5.0)).item() == pytest.approx(math.exp(5), rel=1e-6)
    assert capsys.readouterr().out == "array(traced, shape=(), dtype=float32)\n"

    # Debug with:
    mx.disable_compile()
    try:
        fn(mx.array(5.0))
    finally:
        mx.enable_compile()
    assert capsys.readouterr().out == "array(5, dtype=float32)\n"


def test_random_state_must_be_captured():
    def noisy(x):
        return x + mx.random.normal(x.shape)

    x = mx.zeros(4)
    for state in (None, mx.random.state, [mx.random.state]):
        mx.random.seed(7)
        expected = [noisy(x).tolist() for _ in range(3)]
        f = mx.compile(noisy, inputs=state, outputs=state)
        mx.random.seed(7)
        drawn = [f(x).tolist() for _ in range(3)]
        assert drawn[0] != drawn[1] != drawn[2]
        np.testing.assert_allclose(drawn, expected, rtol=1e-6)
        assert f.stats()["traces"] == 1


def test_string_decoding_triggers_recompilation():
    some_bytes = b"classify"
    x, y = mx.ones(3), mx.zeros(3)

    @mx.compile
    def compiled_step(x, text, y):
        return mx.mean((x * len(text) - y) ** 2)

    # WRONG - recompiles every iteration, eventual OOM!
    for step in range(1000):
        text_decoded = some_bytes.decode("utf-8")
        loss = compiled_step(x, text_decoded, y)
    assert loss.item() == 64
    assert compiled_step.stats()["traces"] == 1

    # CORRECT - use literal or pre-decoded string
    text = some_bytes.decode("utf-8")
    for step in range(1000):
        loss = compiled_step(x, text, y)
    assert loss.item() == 64
    assert compiled_step.stats()["traces"] == 1


def test_shape_dependent_code_breaks_with_shapeless():
    # WRONG with shapeless=True
    def fn(x):
        return x.reshape(x.shape[0] * x.shape[1], -1)

    wrong, wrong_plain = mx.compile(fn, shapeless=True), fn

    # CORRECT - shape-agnostic
    def fn(x):
        return x.flatten(0, 1)

    correct, correct_plain = mx.compile(fn, shapeless=True), fn

    for shape in [(2, 3, 4), (5, 7, 4), (3, 2, 9), (11, 13, 2)]:
        x = mx.arange(math.prod(shape)).reshape(shape)
        assert wrong(x).shape == wrong_plain(x).shape
        assert mx.array_equal(wrong(x), wrong_plain(x)).item()
        assert mx.array_equal(correct(x), correct_plain(x)).item()
    assert wrong.stats()["traces"] == correct.stats()["traces"] == 1


# ---- Using shapeless=True -------------------------------------------------------------------------------------------


def test_using_shapeless():
    @partial(mx.compile, shapeless=True)
    def flexible_fn(x):
        return x.flatten(0, 1)  # Works with any batch size

    for batch in range(2, 102):
        assert flexible_fn(mx.ones((batch, 3, 2))).shape == (batch * 3, 2)
    assert flexible_fn.stats()["traces"] == 1


# ---- Mutable State Capture ------------------------------------------------------------------------------------------


def train(optimizer, steps, compiled, dropout=0.1, initialize=False):
    """The losses of the reference's step, its model and the step itself."""
    mx.random.seed(11)
    model = Classifier(dropout=dropout)
    mx.eval(model.parameters())
    if initialize:
        optimizer.init(model.trainable_parameters())

    state = [model.state, optimizer.state, mx.random.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def train_step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    losses = []
    for x, y in make_batches(steps):
        loss = (train_step if compiled else train_step.__wrapped__)(x, y)
        mx.eval(loss, state)
        losses.append(loss.item())
    return losses, model, train_step


OPTIMIZERS = {
    "SGD": lambda: optim.SGD(learning_rate=0.1, momentum=0.9),
    "plain SGD": lambda: optim.SGD(learning_rate=0.1),
    "Adam": lambda: optim.Adam(learning_rate=1e-2),
    "AdamW": lambda: optim.AdamW(learning_rate=1e-2),
    "schedule": lambda: optim.Adam(learning_rate=optim.cosine_decay(1e-2, 40)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_mutable_state_capture(name):
    losses, model, step = train(OPTIMIZERS[name](), 60, compiled=True)
    expected, plain_model, _ = train(OPTIMIZERS[name](), 60, compiled=False)
    np.testing.assert_allclose(losses, expected, rtol=2e-3, atol=2e-4)
    plain = tree_flatten(plain_model.parameters(), destination={})
    for path, value in tree_flatten(model.parameters()):
        np.testing.assert_allclose(np.array(value), np.array(plain[path]), rtol=1e-2, atol=2e-3, err_msg=path)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    assert step.stats()["traces"] == 1, step.stats()["retrace_reasons"]


def test_dropout_differs_at_every_step():
    model = Classifier(dropout=0.5)
    state = [model.state, mx.random.state]
    f = mx.compile(lambda x: model(x), inputs=state, outputs=state)
    x = mx.ones((4, 8))
    outputs = [f(x).tolist() for _ in range(4)]
    assert all(outputs[i] != outputs[j] for i in range(4) for j in range(i))
    assert f.stats()["traces"] == 1
    model.eval()  # seen: the mode is part of the module's state
    assert f(x).tolist() == f(x).tolist()
    np.testing.assert_allclose(f(x).tolist(), model(x).tolist(), rtol=1e-5)
    assert any("_training: True -> False" in reason for reason in f.stats()["retrace_reasons"])


def test_parameters_are_updated_in_place():
    mx.random.seed(0)
    model = nn.Linear(1024, 1024)
    optimizer = optim.Adam(learning_rate=1e-3)
    optimizer.init(model.trainable_parameters())
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        loss, grads = nn.value_and_grad(model, lambda m, x: mx.mean(m(x) ** 2))(model, x)
        optimizer.update(model, grads)
        return loss

    x = mx.random.normal((4, 1024))
    mx.eval(x, state)
    for _ in range(2):
        mx.eval(step(x), state)
    layer, weight = model.state, model.weight
    expected = np.array(weight)
    mx.eval(step(x), state)
    assert model.state is layer  # the same containers
    np.testing.assert_array_equal(np.array(weight), expected)  # what somebody holds keeps its value
    del weight
    mx.eval(step(x), state)
    mx.clear_cache()
    start = mx.get_active_memory()
    mx.reset_peak_memory()
    for _ in range(3):
        mx.eval(step(x), state)
    # Weight and both moments are 12 MiB; the gradient, 4 MiB, is the one temporary.
    assert mx.get_peak_memory() - start < 5 * 2**20


def test_the_learning_rate_is_set_without_a_retrace():
    optimizer = optim.SGD(learning_rate=0.1)
    model = nn.Linear(2, 1)
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        loss, grads = nn.value_and_grad(model, lambda m, x: mx.sum(m(x)))(model, x)
        optimizer.update(model, grads)
        return loss

    x = mx.ones((1, 2))
    for rate in (0.1, 0.0, 1.0):
        optimizer.learning_rate = rate
        before = np.array(model.bias)
        step(x)
        np.testing.assert_allclose(np.array(model.bias), before - rate, rtol=1e-5, atol=1e-6)
    assert step.stats()["traces"] == 1


def test_freezing_between_steps_is_seen():
    mx.random.seed(5)
    model = Classifier(dropout=0.0)
    optimizer = optim.SGD(learning_rate=0.1)
    state = [model.state, optimizer.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x, y):
        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)
        optimizer.update(model, grads)
        return loss

    (x, y), *_ = make_batches(1)
    for frozen in (False, True, False):
        model.first.freeze() if frozen else model.first.unfreeze()
        before = [np.array(model.first.weight), np.array(model.last.weight)]
        step(x, y)
        assert np.array_equal(model.first.weight, before[0]) == frozen
        assert not np.array_equal(model.last.weight, before[1])
    assert step.stats()["traces"] == 2
    assert "_no_grad" in step.stats()["retrace_reasons"][0]


# ---- Recompilation Triggers -----------------------------------------------------------------------------------------


def test_recompilation_triggers():
    @mx.compile
    def f(*arrays, text="a"):
        return sum(arrays[1:], arrays[0]) * len(text)

    f(mx.ones((2, 3)))
    f(mx.ones((4, 3)))  # Input shapes change: Batch size varies
    f(mx.ones((4, 3), mx.float16))  # Input dtypes change: float32 to float16
    f(mx.ones((4, 3), mx.float16), mx.ones((4, 3), mx.float16))  # Number of inputs changes: Optional arguments
    for _ in range(10):
        f(mx.ones((2, 3)), text=b"a".decode())  # New Python objects created inside: equal ones are equal here
    stats = f.stats()
    assert stats["traces"] == 5
    assert stats["retrace_reasons"][0] == "argument 0: shape (2, 3) -> (4, 3)"
    assert stats["retrace_reasons"][1] == "argument 0: dtype float32 -> float16"


def test_symptoms_of_excessive_recompilation():
    # "Slower than uncompiled, growing memory": the cache is bounded, and every reason is told.
    f = mx.compile(lambda x: x + 1)
    old = mx.set_compile_cache_limit(4)
    try:
        for n in range(1, 20):
            f(mx.ones(n))
        assert len(f.stats()["entries"]) == 4
        assert f.stats()["retrace_reasons"][-1] == "argument 0: shape (18,) -> (19,)"
    finally:
        mx.set_compile_cache_limit(old)


# ---- Decision Tree --------------------------------------------------------------------------------------------------


def test_decision_tree_called_more_than_once():
    f = mx.compile(lambda x: mx.sum(mx.tanh(x) ** 2))
    x = mx.ones((64, 64))
    start = time.perf_counter()
    mx.eval(f(x))
    first = time.perf_counter() - start
    later = []
    for _ in range(20):
        start = time.perf_counter()
        mx.eval(f(x))
        later.append(time.perf_counter() - start)
    assert min(later) < first


def test_decision_tree_data_dependent_control_flow():
    @mx.compile
    def branch(x):
        if x.sum() > 0:
            return x
        return -x

    with pytest.raises(mx.TraceError, match=r"mx\.where"):
        branch(mx.ones(3))
    restructured = mx.compile(lambda x: mx.where(x.sum() > 0, x, -x))
    assert restructured(-mx.ones(3)).tolist() == [1, 1, 1]


def test_decision_tree_varying_shapes():
    f = mx.compile(lambda x: mx.softmax(x, axis=-1) / x.shape[0], shapeless=True)
    for shape in [(2, 3), (5, 8), (7, 2)]:
        x = mx.random.normal(shape)
        np.testing.assert_allclose(np.array(f(x)), np.array(mx.softmax(x, axis=-1)) / shape[0], rtol=1e-5)
    assert f.stats()["traces"] == 1
