"""Optimizers: several steps of every rule and option against NumPy in double precision and against MLX's wheel, the
layout of the state, schedules, and that a step which raises changes nothing.
"""

import math

import numpy as np
import pytest

import cermet.core as mx
import cermet.optimizers as optim
from cermet.utils import tree_flatten, tree_map, tree_unflatten

SHAPES = {"embed": (5, 3), "layers": [{"w": (3, 4), "b": (4,)}, {"w": (4, 2), "conv": (2, 3, 2, 2)}], "scale": ()}


def numbers(seed):
    rng = np.random.default_rng(seed)
    return tree_map(
        lambda shape: rng.normal(size=shape).astype(np.float32), SHAPES, is_leaf=lambda x: isinstance(x, tuple)
    )


def arrays(tree, dtype=mx.float32):
    return tree_map(lambda x: mx.array(x).astype(dtype), tree)


def run(optimizer, steps=4, compiled=False):
    """The parameters after some steps, as a flat dict of NumPy arrays."""
    parameters = arrays(numbers(0))
    for i in range(steps):
        parameters = optimizer.apply_gradients(arrays(numbers(i + 1)), parameters)
    return {path: np.array(x) for path, x in tree_flatten(parameters)}


def reference(rule, steps=4):
    """The same in double precision: rule(w, g, state, step) for each array."""
    parameters = dict(tree_flatten(numbers(0)))
    parameters = {path: np.asarray(x, np.float64) for path, x in parameters.items()}
    states = {path: {} for path in parameters}
    for i in range(steps):
        for path, g in tree_flatten(numbers(i + 1)):
            parameters[path] = rule(parameters[path], np.asarray(g, np.float64), states[path], i + 1)
    return parameters


def assert_same(found, expected, tolerance=2e-5):
    assert found.keys() == expected.keys()
    for path in found:
        np.testing.assert_allclose(found[path], expected[path], rtol=tolerance, atol=tolerance, err_msg=path)


# ---- The rules in double precision ----------------------------------------------------------------------------------


def sgd(lr, momentum=0.0, weight_decay=0.0, dampening=0.0, nesterov=False):
    def rule(w, g, s, step):
        g = g + weight_decay * w
        if not momentum:
            return w - lr * g
        s["v"] = momentum * s.get("v", 0) + (1 - dampening) * g
        return w - lr * (g + momentum * s["v"] if nesterov else s["v"])

    return rule


def rmsprop(lr, alpha=0.99, eps=1e-8):
    def rule(w, g, s, step):
        s["v"] = alpha * s.get("v", 0) + (1 - alpha) * g * g
        return w - lr * g / (np.sqrt(s["v"]) + eps)

    return rule


def adagrad(lr, eps=1e-8):
    def rule(w, g, s, step):
        s["v"] = s.get("v", 0) + g * g
        return w - lr * g / (np.sqrt(s["v"]) + eps)

    return rule


def adadelta(lr, rho=0.9, eps=1e-6):
    def rule(w, g, s, step):
        s["v"] = rho * s.get("v", 0) + (1 - rho) * g * g
        d = np.sqrt(s.get("u", 0) + eps) / np.sqrt(s["v"] + eps) * g
        s["u"] = rho * s.get("u", 0) + (1 - rho) * d * d
        return w - lr * d

    return rule


def adam(lr, betas=(0.9, 0.999), eps=1e-8, bias_correction=False, weight_decay=0.0):
    def rule(w, g, s, step):
        b1, b2 = betas
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        m, v = s["m"], s["v"]
        if bias_correction:
            m, v = m / (1 - b1**step), v / (1 - b2**step)
        return w * (1 - lr * weight_decay) - lr * m / (np.sqrt(v) + eps)

    return rule


def adamax(lr, betas=(0.9, 0.999), eps=1e-8):
    def rule(w, g, s, step):
        s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
        s["v"] = np.maximum(betas[1] * s.get("v", 0), np.abs(g))
        return w - lr * s["m"] / (s["v"] + eps)

    return rule


def lion(lr, betas=(0.9, 0.99), weight_decay=0.0):
    def rule(w, g, s, step):
        c = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
        s["m"] = betas[1] * s.get("m", 0) + (1 - betas[1]) * g
        return w * (1 - lr * weight_decay) - lr * np.sign(c)

    return rule


def adafactor(
    lr=None, eps=(1e-30, 1e-3), clip=1.0, decay=-0.8, beta_1=None, wd=0.0, scale=True, relative=True, warm=False
):
    def rule(w, g, s, step):
        rate = min(1e-6 * step if warm else 1e-2, 1 / math.sqrt(step)) if relative else lr
        if scale:
            rate *= max(eps[1], np.sqrt(np.mean(w * w)))
        b2 = 1 - step**decay
        sq = g * g + eps[0]
        if g.ndim >= 2:
            s["r"] = b2 * s.get("r", 0) + (1 - b2) * sq.mean(-1)
            s["c"] = b2 * s.get("c", 0) + (1 - b2) * sq.mean(-2)
            row = s["r"] / s["r"].mean(-1, keepdims=True)
            u = g / np.sqrt(row[..., :, None] * s["c"][..., None, :])
        else:
            s["v"] = b2 * s.get("v", 0) + (1 - b2) * sq
            u = g / np.sqrt(s["v"])
        u = rate * u / max(1.0, np.sqrt(np.mean(u * u)) / clip)
        if beta_1:
            u = s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * u
        return w * (1 - wd * rate) - u

    return rule


def muon(lr, momentum=0.95, weight_decay=0.01, nesterov=True, ns_steps=5):
    def rule(w, g, s, step):
        g = g + weight_decay * w
        s["v"] = momentum * s.get("v", 0) + (1 - momentum) * g
        u = momentum * s["v"] + (1 - momentum) * g if nesterov else s["v"]
        if u.ndim < 2:
            return w - lr * u
        x = u.reshape(u.shape[0], -1)
        rows, columns = x.shape
        x = x.T if rows > columns else x
        x = x / (np.linalg.norm(x) + 1e-7)
        for _ in range(ns_steps):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        x = (x.T if rows > columns else x).reshape(u.shape)
        return w - lr * math.sqrt(max(1, rows / columns)) * x

    return rule


RULES = [
    ("SGD", {"learning_rate": 0.1}, sgd(0.1)),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.3}, sgd(0.1, weight_decay=0.3)),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}, sgd(0.1, 0.9)),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.2}, sgd(0.1, 0.9, 0, 0.2)),
    (
        "SGD",
        {"learning_rate": 0.1, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True},
        sgd(0.1, 0.8, 0.1, 0, True),
    ),
    ("RMSprop", {"learning_rate": 0.1}, rmsprop(0.1)),
    ("RMSprop", {"learning_rate": 0.1, "alpha": 0.5, "eps": 1e-2}, rmsprop(0.1, 0.5, 1e-2)),
    ("Adagrad", {"learning_rate": 0.1}, adagrad(0.1)),
    ("Adagrad", {"learning_rate": 0.1, "eps": 0.1}, adagrad(0.1, 0.1)),
    ("AdaDelta", {"learning_rate": 1.0}, adadelta(1.0)),
    ("AdaDelta", {"learning_rate": 0.5, "rho": 0.5, "eps": 1e-3}, adadelta(0.5, 0.5, 1e-3)),
    ("Adam", {"learning_rate": 0.1}, adam(0.1)),
    ("Adam", {"learning_rate": 0.1, "betas": [0.5, 0.7], "eps": 1e-3}, adam(0.1, (0.5, 0.7), 1e-3)),
    ("Adam", {"learning_rate": 0.1, "bias_correction": True}, adam(0.1, bias_correction=True)),
    ("AdamW", {"learning_rate": 0.1}, adam(0.1, weight_decay=0.01)),
    (
        "AdamW",
        {"learning_rate": 0.1, "weight_decay": 0.5, "bias_correction": True},
        adam(0.1, bias_correction=True, weight_decay=0.5),
    ),
    ("Adamax", {"learning_rate": 0.1}, adamax(0.1)),
    ("Adamax", {"learning_rate": 0.1, "betas": [0.5, 0.6], "eps": 0.1}, adamax(0.1, (0.5, 0.6), 0.1)),
    ("Lion", {"learning_rate": 0.01}, lion(0.01)),
    ("Lion", {"learning_rate": 0.01, "betas": [0.3, 0.6], "weight_decay": 0.4}, lion(0.01, (0.3, 0.6), 0.4)),
    ("Adafactor", {}, adafactor()),
    ("Adafactor", {"warmup_init": True}, adafactor(warm=True)),
    ("Adafactor", {"scale_parameter": False, "weight_decay": 0.2}, adafactor(scale=False, wd=0.2)),
    (
        "Adafactor",
        {"learning_rate": 0.1, "relative_step": False, "beta_1": 0.9, "clip_threshold": 0.5},
        adafactor(0.1, relative=False, beta_1=0.9, clip=0.5),
    ),
    ("Adafactor", {"decay_rate": -0.5, "eps": (1e-3, 10.0)}, adafactor(eps=(1e-3, 10.0), decay=-0.5)),
    ("Muon", {"learning_rate": 0.1}, muon(0.1)),
    ("Muon", {"learning_rate": 0.1, "nesterov": False, "ns_steps": 2}, muon(0.1, nesterov=False, ns_steps=2)),
    ("Muon", {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.0}, muon(0.1, 0.5, 0.0)),
]
NAMES = [f"{name}-{'-'.join(map(str, options))}" for name, options, _ in RULES]


@pytest.mark.parametrize("name, options, rule", RULES, ids=NAMES)
def test_rule_against_double_precision(name, options, rule):
    assert_same(run(getattr(optim, name)(**options)), reference(rule), 2e-4 if name == "Muon" else 2e-5)


@pytest.mark.parametrize("name, options, rule", RULES, ids=NAMES)
def test_rule_and_state_against_mlx(name, options, rule):
    theirs = pytest.importorskip("mlx.optimizers")
    mlx = pytest.importorskip("mlx.core")
    ours, peer = getattr(optim, name)(**options), getattr(theirs, name)(**options)
    expected = tree_map(mlx.array, numbers(0))
    for i in range(4):
        expected = peer.apply_gradients(tree_map(mlx.array, numbers(i + 1)), expected)
    tolerance = 2e-4 if name == "Muon" else 2e-5
    assert_same(run(ours), {path: np.array(x) for path, x in tree_flatten(expected)}, tolerance)
    mine = {path: np.array(x) for path, x in tree_flatten(ours.state)}
    assert_same(mine, {path: np.array(x) for path, x in tree_flatten(peer.state)}, tolerance)
    for path, x in tree_flatten(peer.state):
        assert mine[path].dtype == np.array(x).dtype, path


@pytest.mark.parametrize("name, options, rule", RULES, ids=NAMES)
def test_compiled_step(name, options, rule):
    """A step as a compiled function of the state and back gives what the plain step gives."""
    optimizer = getattr(optim, name)(**options)
    parameters = arrays(numbers(0))
    optimizer.init(parameters)
    traces = 0

    def step(state, gradients, parameters):
        nonlocal traces
        traces += 1
        optimizer.state = tree_map(lambda x: x, state)
        new = optimizer.apply_gradients(gradients, parameters)
        return tree_map(lambda x: x, optimizer.state), new

    compiled = mx.compile(step)
    state = tree_map(lambda x: x, optimizer.state)
    for i in range(4):
        state, parameters = compiled(state, arrays(numbers(i + 1)), parameters)
    assert traces == 1
    found = {path: np.array(x) for path, x in tree_flatten(parameters)}
    assert_same(found, run(getattr(optim, name)(**options)), 1e-4 if name == "Muon" else 1e-5)


@pytest.mark.parametrize("name, options, rule", RULES, ids=NAMES)
def test_step_that_captures_its_state(name, options, rule):
    """The state declared to mx.compile moves on in place, with one trace and the plain step's values."""
    optimizer = getattr(optim, name)(**options)
    parameters = arrays(numbers(0))
    optimizer.init(parameters)
    state = [parameters, optimizer.state]
    traces = 0

    def step(gradients):
        nonlocal traces
        traces += 1
        optimizer.update(parameters, gradients)

    compiled = mx.compile(step, inputs=state, outputs=state)
    for i in range(4):
        compiled(arrays(numbers(i + 1)))
    assert traces == 1 and optimizer.step.item() == 4
    found = {path: np.array(x) for path, x in tree_flatten(parameters)}
    assert_same(found, run(getattr(optim, name)(**options)), 1e-4 if name == "Muon" else 1e-5)


def test_setting_the_learning_rate_between_compiled_steps():
    optimizer = optim.SGD(0.1)
    parameters = {"w": mx.zeros(3)}
    optimizer.init(parameters)
    state = [parameters, optimizer.state]
    traces = 0

    def step(gradients):
        nonlocal traces
        traces += 1
        optimizer.update(parameters, gradients)

    compiled = mx.compile(step, inputs=state, outputs=state)
    expected = 0.0
    for rate in (0.5, 1, np.float32(0.25), mx.array(2.0), mx.array(3), 0.125):
        optimizer.learning_rate = rate
        compiled({"w": mx.ones(3)})
        expected -= rate.item() if isinstance(rate, mx.array) else float(rate)
        assert parameters["w"].tolist() == [expected] * 3
        assert optimizer.learning_rate.item() == rate
    assert traces == 1


def test_schedules_move_on_in_compiled_steps():
    schedule = optim.join_schedules([optim.linear_schedule(0.0, 1.0, 2), optim.step_decay(1.0, 0.5, 1)], [2])
    optimizer = optim.SGD(schedule)
    parameters = {"w": mx.zeros(1)}
    state = [parameters, optimizer.state]
    step = mx.compile(lambda g: optimizer.update(parameters, g), inputs=state, outputs=state)
    total = 0.0
    for rate in (0.0, 0.5, 1.0, 0.5, 0.25):
        step({"w": mx.ones(1)})
        total -= rate
        assert parameters["w"].item() == total and optimizer.learning_rate.item() == rate


def test_a_compiled_step_may_make_the_state():
    """Without init the state appears in the first call; the second is traced again, later ones are not."""
    optimizer = optim.Adam(0.1)
    parameters = {"layers": [{"w": mx.ones(2)}]}
    state = [parameters, optimizer.state]
    traces = 0

    def step(gradients):
        nonlocal traces
        traces += 1
        optimizer.update(parameters, gradients)

    compiled = mx.compile(step, inputs=state, outputs=state)
    for _ in range(4):
        compiled({"layers": [{"w": mx.ones(2)}]})
    plain, expected = optim.Adam(0.1), {"layers": [{"w": mx.ones(2)}]}
    for _ in range(4):
        plain.update(expected, {"layers": [{"w": mx.ones(2)}]})
    assert traces == 2
    np.testing.assert_allclose(np.array(parameters["layers"][0]["w"]), np.array(expected["layers"][0]["w"]), rtol=1e-6)
    assert_same(dict(tree_flatten(optimizer.state)), dict(tree_flatten(plain.state)), 1e-6)


def test_loading_the_state_between_compiled_steps():
    """Assigning to `state` fills the dict that the compiled step holds."""
    optimizer = optim.SGD(1.0, momentum=0.5)
    parameters = {"w": mx.zeros(1)}
    optimizer.init(parameters)
    state = [parameters, optimizer.state]
    step = mx.compile(lambda g: optimizer.update(parameters, g), inputs=state, outputs=state)
    step({"w": mx.ones(1)})
    optimizer.state = {"step": mx.array(7, mx.uint64), "learning_rate": mx.array(2.0), "w": {"v": mx.array([4.0])}}
    step({"w": mx.ones(1)})
    assert parameters["w"].item() == -1 - 2 * (0.5 * 4 + 1) and optimizer.step.item() == 8


def test_a_compiled_step_that_raises_changes_nothing():
    optimizer = optim.Adam(0.1)
    parameters = {"w": mx.ones(2)}
    optimizer.init(parameters)
    state = [parameters, optimizer.state]
    step = mx.compile(lambda g: optimizer.update(parameters, g), inputs=state, outputs=state)
    step({"w": mx.ones(2)})
    before = [(path, np.array(x).tolist()) for path, x in tree_flatten(state)]
    with pytest.raises(ValueError, match="'w': .3,. for .2,."):
        step({"w": mx.ones(3)})
    assert [(path, np.array(x).tolist()) for path, x in tree_flatten(state)] == before


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16])
@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "AdaDelta", "Adam", "AdamW", "Adamax", "Lion", "Muon"])
def test_parameters_and_state_keep_half_precision(name, dtype):
    optimizer = getattr(optim, name)(0.1)
    parameters = arrays(numbers(0), dtype)
    for i in range(2):
        parameters = optimizer.apply_gradients(arrays(numbers(i + 1), dtype), parameters)
    assert {x.dtype for _, x in tree_flatten(parameters)} == {dtype}
    assert all(x.dtype == dtype for path, x in tree_flatten(optimizer.state) if path not in ("step", "learning_rate"))


def test_bias_correction_in_half_precision():
    """1 - 0.999 rounds to 0 in bfloat16; the correction must not divide by it."""
    for dtype in (mx.float16, mx.bfloat16):
        optimizer = optim.Adam(0.1, bias_correction=True, eps=1e-4)
        new = optimizer.apply_gradients({"w": mx.ones(2, dtype)}, {"w": mx.zeros(2, dtype)})
        np.testing.assert_allclose(np.array(new["w"].astype(mx.float32)), -0.1, rtol=0.02)


# ---- State ----------------------------------------------------------------------------------------------------------


def test_state_before_and_after():
    optimizer = optim.Adam(0.1)
    assert list(optimizer.state) == ["step", "learning_rate"]
    assert optimizer.state["step"].dtype == mx.uint64 and optimizer.state["learning_rate"].dtype == mx.float32
    optimizer.init({"a": mx.ones(2), "l": [{"b": mx.ones(3)}]})
    assert [path for path, _ in tree_flatten(optimizer.state)] == [
        "step",
        "learning_rate",
        "a.m",
        "a.v",
        "l.0.b.m",
        "l.0.b.v",
    ]
    assert optimizer.step.item() == 0


def test_init_keeps_what_is_there():
    optimizer = optim.Adam(0.1)
    optimizer.apply_gradients({"a": mx.ones(2)}, {"a": mx.ones(2)})
    optimizer.init({"a": mx.ones(2), "b": mx.ones(1)})
    assert optimizer.state["a"]["m"].tolist() == pytest.approx([0.1, 0.1])
    assert optimizer.state["b"]["m"].tolist() == [0.0]


def test_dicts_of_the_state_stay_the_same_objects():
    optimizer = optim.Adam(0.1)
    optimizer.init({"a": mx.ones(2)})
    state, entry = optimizer.state, optimizer.state["a"]
    optimizer.apply_gradients({"a": mx.ones(2)}, {"a": mx.ones(2)})
    assert optimizer.state is state and state["a"] is entry and entry["m"].tolist() == pytest.approx([0.1, 0.1])
    optimizer.state = {"step": mx.array(3, mx.uint64)}
    assert optimizer.state is state and list(state) == ["step", "learning_rate"] and optimizer.step.item() == 3


def test_parameters_may_appear_later():
    optimizer = optim.Adam(0.1)
    parameters = {"l": [{"a": mx.ones(2)}, {"a": mx.ones(2)}]}
    optimizer.apply_gradients({"l": [{}, {"a": mx.ones(2)}]}, parameters)
    assert optimizer.state["l"][0] == {}
    optimizer.apply_gradients({"l": [{"a": mx.ones(2)}]}, parameters)
    assert optimizer.state["l"][0]["a"]["m"].tolist() == pytest.approx([0.1, 0.1])


def test_state_goes_through_a_flat_dict():
    """What saving and loading does to it."""
    gradients = [arrays(numbers(i)) for i in range(1, 4)]
    a, b = optim.Adam(0.1, bias_correction=True), optim.Adam(0.7, bias_correction=True)
    parameters = a.apply_gradients(gradients[0], arrays(numbers(0)))
    b.state = tree_unflatten(tree_flatten(a.state, destination={}))
    for g in gradients[1:]:
        first, second = a.apply_gradients(g, parameters), b.apply_gradients(g, parameters)
    assert_same(dict(tree_flatten(first)), dict(tree_flatten(second)), 0)


def test_state_of_another_optimizer_is_refused():
    optimizer = optim.Adam(0.1)
    optimizer.state = {"step": mx.array(1, mx.uint64), "a": {"v": mx.ones(2)}}
    with pytest.raises(ValueError, match=r"state of 'a' holds \['v'\].*\['m', 'v'\]"):
        optimizer.apply_gradients({"a": mx.ones(2)}, {"a": mx.ones(2)})
    optimizer.state = {"a": {"v": mx.ones(3), "m": mx.ones(3)}}
    with pytest.raises(ValueError, match=r"'m' of shape \(3,\); the parameter needs \(2,\)"):
        optimizer.init({"a": mx.ones(2)})
    with pytest.raises(TypeError, match="dict"):
        optimizer.state = [1]


def test_update_of_nested_dicts():
    model = {"a": {"w": mx.ones(2), "frozen": mx.ones(1)}, "l": [{"w": mx.ones(1)}, {"w": mx.ones(1)}]}
    inner = model["a"]
    optim.SGD(1.0).update(model, {"a": {"w": mx.ones(2)}, "l": [{"w": mx.array([3.0])}]})
    assert model["a"] is inner and inner["w"].tolist() == [0, 0] and inner["frozen"].tolist() == [1]
    assert model["l"][0]["w"].item() == -2 and model["l"][1]["w"].item() == 1
    optim.SGD(1.0).update({}, {})


def test_empty_and_scalar_parameters():
    new = optim.Adam(0.1).apply_gradients(
        {"e": mx.zeros((0, 3)), "s": mx.array(1.0)}, {"e": mx.zeros((0, 3)), "s": mx.array(1.0)}
    )
    assert new["e"].shape == (0, 3) and new["s"].shape == ()


# ---- Learning rates and schedules -----------------------------------------------------------------------------------


def test_learning_rate_is_an_array_of_one_dtype():
    optimizer = optim.SGD(0.1)
    for rate in (1, 0.5, np.float64(0.25), mx.array([0.5]), mx.array(2), mx.array(0.5, mx.bfloat16)):
        optimizer.learning_rate = rate
        found = optimizer.state["learning_rate"]
        assert isinstance(found, mx.array) and found.dtype == mx.float32 and found.shape == ()
        assert found.item() == float(np.asarray(rate.astype(mx.float32) if isinstance(rate, mx.array) else rate).item())
    for bad, error in (("x", TypeError), (True, TypeError), (mx.ones(2), ValueError), (None, TypeError)):
        with pytest.raises(error, match="learning_rate"):
            optimizer.learning_rate = bad
        assert optimizer.learning_rate.item() == 0.5


def test_setting_a_schedule_and_a_number():
    optimizer = optim.SGD(optim.linear_schedule(0.0, 1.0, 10))
    assert optimizer.learning_rate.item() == 0
    optimizer.update({}, {})
    optimizer.update({}, {})
    assert optimizer.learning_rate.item() == pytest.approx(0.1)
    optimizer.learning_rate = 7.0
    optimizer.update({}, {})
    assert optimizer.learning_rate.item() == 7
    optimizer.learning_rate = optim.exponential_decay(1.0, 0.5)
    assert optimizer.learning_rate.item() == 0.125  # three steps are done


SCHEDULES = {
    "exponential": (lambda o: o.exponential_decay(0.1, 0.9), lambda t: 0.1 * 0.9**t),
    "step": (lambda o: o.step_decay(0.1, 0.5, 3), lambda t: 0.1 * 0.5 ** (t // 3)),
    "cosine": (
        lambda o: o.cosine_decay(0.1, 8, 0.02),
        lambda t: 0.02 + 0.08 * 0.5 * (1 + math.cos(math.pi * min(t, 8) / 8)),
    ),
    "linear": (lambda o: o.linear_schedule(0.5, 0.1, 6), lambda t: 0.5 - 0.4 * min(t, 6) / 6),
    "join": (
        lambda o: o.join_schedules(
            [o.linear_schedule(0.0, 0.1, 4), o.cosine_decay(0.1, 5), o.exponential_decay(1.0, 0.5)], [4, 9]
        ),
        lambda t: 0.1 * t / 4 if t < 4 else 0.05 * (1 + math.cos(math.pi * (t - 4) / 5)) if t < 9 else 0.5 ** (t - 9),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(name):
    make, expected = SCHEDULES[name]
    schedule = make(optim)
    optimizer = optim.SGD(schedule)
    for t in range(14):
        assert float(schedule(t)) == pytest.approx(expected(t), abs=1e-6)
        assert schedule(mx.array(t, mx.uint64)).item() == pytest.approx(expected(t), abs=1e-6)
        optimizer.update({}, {})
        assert optimizer.learning_rate.item() == pytest.approx(expected(t), abs=1e-6)
    assert optimizer.learning_rate.dtype == mx.float32


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_against_mlx(name):
    theirs = pytest.importorskip("mlx.optimizers")
    ours, peer = SCHEDULES[name][0](optim), SCHEDULES[name][0](theirs)
    mlx = pytest.importorskip("mlx.core")
    for t in range(14):
        assert ours(mx.array(t, mx.uint64)).item() == pytest.approx(
            peer(mlx.array(t, mlx.uint64)).item(), rel=1e-5, abs=1e-7
        )


def test_schedule_inside_a_compiled_step():
    optimizer = optim.SGD(optim.cosine_decay(1.0, 4))
    step = mx.compile(lambda count: optimizer._schedulers["learning_rate"](count))
    assert [step(mx.array(t, mx.uint64)).item() for t in range(6)] == pytest.approx(
        [0.5 * (1 + math.cos(math.pi * min(t, 4) / 4)) for t in range(6)], abs=1e-6
    )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: optim.step_decay(0.1, 0.1, 0), "step_size"),
        (lambda: optim.cosine_decay(0.1, 0), "decay_steps"),
        (lambda: optim.linear_schedule(0.1, 1, -1), "steps"),
        (lambda: optim.join_schedules([], []), "empty"),
        (lambda: optim.join_schedules([lambda t: t], [3]), "boundaries"),
        (lambda: optim.join_schedules([lambda t: t] * 3, [5, 3]), "decrease"),
    ],
)
def test_bad_schedules(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---- Several optimizers ---------------------------------------------------------------------------------------------


def multi(o):
    return o.MultiOptimizer([o.SGD(0.1, momentum=0.9), o.Adam(0.2)], [lambda path, w: path.endswith("w")])


def test_multi_optimizer():
    optimizer = multi(optim)
    found = run(optimizer)
    plain, other = run(optim.SGD(0.1, momentum=0.9)), run(optim.Adam(0.2))
    assert_same(found, {path: plain[path] if path.endswith("w") else other[path] for path in found}, 0)
    assert optimizer.step.item() == 4 and optimizer.learning_rate.item() == np.float32(0.1)
    first, second = optimizer.state["states"]
    assert set(first) == {"step", "learning_rate", "layers"} and first["layers"][0].keys() == {"w"}
    assert set(second) == {"step", "learning_rate", "embed", "layers", "scale"}
    optimizer.learning_rate = 0.5
    assert [o.learning_rate.item() for o in optimizer.optimizers] == [0.5, 0.5]


def test_multi_optimizer_against_mlx():
    theirs, mlx = pytest.importorskip("mlx.optimizers"), pytest.importorskip("mlx.core")
    ours, peer = multi(optim), multi(theirs)
    expected = tree_map(mlx.array, numbers(0))
    peer.init(expected)
    ours.init(arrays(numbers(0)))
    assert [p for p, _ in tree_flatten(ours.state)] == [p for p, _ in tree_flatten(peer.state)]
    for i in range(4):
        expected = peer.apply_gradients(tree_map(mlx.array, numbers(i + 1)), expected)
    assert_same(run(ours), {path: np.array(x) for path, x in tree_flatten(expected)})


def test_multi_optimizer_state_and_errors():
    a, b = multi(optim), multi(optim)
    parameters = a.apply_gradients(arrays(numbers(1)), arrays(numbers(0)))
    b.state = tree_unflatten(tree_flatten(a.state))
    first, second = (o.apply_gradients(arrays(numbers(2)), parameters) for o in (a, b))
    assert_same(dict(tree_flatten(first)), dict(tree_flatten(second)), 0)
    for bad in ([], {"states": [{}]}, {}):
        with pytest.raises(ValueError, match="2 optimizers"):
            a.state = bad
    for args in (([],), ([optim.SGD(0.1)], [lambda p, w: True])):
        with pytest.raises(ValueError, match="needs a filter"):
            optim.MultiOptimizer(*args)


# ---- Nothing half updated -------------------------------------------------------------------------------------------


def snapshot(tree):
    return [(path, id(x)) for path, x in tree_flatten(tree)]


@pytest.mark.parametrize(
    "gradients, error, message",
    [
        ({"a": mx.ones(2), "z": {"y": mx.ones(1)}}, ValueError, r"\['z.y'\] have no parameter.*\['a', 'b.c'\]"),
        ({"a": mx.ones(3)}, ValueError, r"'a': \(3,\) for \(2,\)"),
        ({"a": mx.ones(2), "b": {"c": None}}, TypeError, "'b.c' is NoneType"),
        ({"a": mx.array([1, 2])}, TypeError, "'a' is mlx.core.int32|'a' is .*int32"),
        ([mx.ones(2)], TypeError, "must be a dict"),
        ({"b": mx.ones(1)}, ValueError, r"\['b'\] have no parameter"),
    ],
)
def test_trees_that_do_not_match(gradients, error, message):
    for optimizer in (optim.Adam(0.1), optim.MultiOptimizer([optim.Adam(0.1)])):
        parameters = {"a": mx.ones(2), "b": {"c": mx.ones(1)}}
        optimizer.init(parameters)
        before = snapshot(optimizer.state)
        with pytest.raises(error, match=message):
            optimizer.update(parameters, gradients)
        assert snapshot(optimizer.state) == before and parameters["a"].tolist() == [1, 1]


def test_a_rule_that_raises_changes_nothing():
    class Breaks(optim.SGD):
        def apply_single(self, gradient, parameter, state):
            if parameter.shape == (3,):
                raise RuntimeError("broken")
            return super().apply_single(gradient, parameter, state)

    parameters = {"a": mx.ones(2), "b": mx.ones(3)}
    for optimizer in (
        Breaks(optim.linear_schedule(0, 1, 5), momentum=0.9),
        optim.MultiOptimizer([optim.Adam(0.1), Breaks(0.1)], [lambda path, w: path == "a"]),
    ):
        optimizer.init(parameters)
        before = snapshot(optimizer.state)
        with pytest.raises(RuntimeError, match="broken"):
            optimizer.apply_gradients(parameters, parameters)
        assert snapshot(optimizer.state) == before


def test_own_optimizer():
    class SignDescent(optim.Optimizer):
        def __init__(self, learning_rate):
            super().__init__()
            self._maybe_schedule("learning_rate", learning_rate)

        def init_single(self, parameter, state):
            pass

        def apply_single(self, gradient, parameter, state):
            return parameter - self.learning_rate.astype(gradient.dtype) * mx.sign(gradient)

    assert SignDescent(0.5).apply_gradients({"a": mx.array([3.0, -2.0])}, {"a": mx.zeros(2)})["a"].tolist() == [
        -0.5,
        0.5,
    ]
    with pytest.raises(NotImplementedError, match="apply_single|init_single"):
        optim.Optimizer().apply_gradients({"a": mx.ones(1)}, {"a": mx.ones(1)})
    with pytest.raises(ValueError, match="'step'"):
        optim.SGD(0.1).init({"step": mx.ones(1)})
    with pytest.raises(ValueError, match="no learning rate"):
        optim.Adafactor(relative_step=False).apply_gradients({"a": mx.ones(1)}, {"a": mx.ones(1)})


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: optim.SGD("x"), TypeError, "learning_rate"),
        (lambda: optim.SGD(0.1, nesterov=True), ValueError, "nesterov"),
        (lambda: optim.SGD(0.1, momentum=0.9, dampening=0.1, nesterov=True), ValueError, "nesterov"),
        (lambda: optim.SGD(0.1, momentum="x"), TypeError, "momentum"),
        (lambda: optim.RMSprop(0.1, alpha=-1), ValueError, "alpha"),
        (lambda: optim.RMSprop(0.1, eps=-1), ValueError, "eps"),
        (lambda: optim.Adagrad(0.1, eps=-1), ValueError, "eps"),
        (lambda: optim.AdaDelta(0.1, rho=-1), ValueError, "rho"),
        (lambda: optim.AdaDelta(0.1, eps=-1), ValueError, "eps"),
        (lambda: optim.Adam(0.1, betas=[0.9]), ValueError, "betas"),
        (lambda: optim.Adam(0.1, betas=[0.9, 1.0]), ValueError, r"betas\[1\]"),
        (lambda: optim.AdamW(0.1, weight_decay=None), TypeError, "weight_decay"),
        (lambda: optim.Adamax(0.1, eps=-1), ValueError, "Adamax"),
        (lambda: optim.Lion(0.1, betas=(2, 3)), ValueError, r"betas\[0\]"),
        (lambda: optim.Adafactor(clip_threshold=0), ValueError, "clip_threshold"),
        (lambda: optim.Adafactor(beta_1=1.5), ValueError, "beta_1"),
        (lambda: optim.Muon(0.1, ns_steps=-1), ValueError, "ns_steps"),
        (lambda: optim.Muon(0.1, ns_steps=2.5), TypeError, "ns_steps"),
    ],
)
def test_bad_options(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ---- Clipping -------------------------------------------------------------------------------------------------------


def test_clip_grad_norm():
    grads = {"a": mx.array([3.0, 0.0]), "l": [mx.array([[4.0]])]}
    clipped, norm = optim.clip_grad_norm(grads, 1.0)
    assert norm.item() == 5 and norm.dtype == mx.float32
    np.testing.assert_allclose(np.array(clipped["a"]), [0.6, 0], rtol=1e-5)
    np.testing.assert_allclose(np.array(clipped["l"][0]), [[0.8]], rtol=1e-5)
    kept, _ = optim.clip_grad_norm(grads, 10.0)
    assert kept["a"].tolist() == [3, 0]
    empty, norm = optim.clip_grad_norm({}, 1.0)
    assert empty == {} and norm.item() == 0


def test_clip_grad_norm_of_halves():
    clipped, norm = optim.clip_grad_norm({"a": mx.array([300.0, 400.0], mx.float16)}, 1.0)
    assert norm.item() == 500 and clipped["a"].dtype == mx.float16
    np.testing.assert_allclose(np.array(clipped["a"]), [0.6, 0.8], rtol=1e-3)
    assert optim.clip_grad_norm({"a": mx.array([2, 3])}, 2.0)[0]["a"].dtype == mx.float32
    with pytest.raises(ValueError, match="max_norm"):
        optim.clip_grad_norm({}, -1.0)
    with pytest.raises(TypeError, match="'a'"):
        optim.clip_grad_norm({"a": 3.0}, 1.0)


def test_names_are_mlxs():
    theirs = pytest.importorskip("mlx.optimizers")
    own = {n for n in dir(theirs) if getattr(getattr(theirs, n), "__module__", "").startswith("mlx.optimizers")}
    assert "Adam" in own and own <= set(dir(optim))
    for name in own:
        assert hasattr(optim.optimizers, name) or hasattr(optim.schedulers, name)
