"""State that a compiled function declares (inputs=, outputs=): read at every call, filled in place, as the plain
function would."""

import collections
import copy
import gc
import sys
import threading
import weakref
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx
from cermet import _core

MB = 1 << 20


def values(tree):
    """The tree with arrays as nested lists with their dtypes."""
    if isinstance(tree, mx.array):
        return (str(tree.dtype), tree.tolist())
    if isinstance(tree, dict):
        return {key: values(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(values(value) for value in tree)
    return tree


def compiled(state, fun, **options):
    return mx.compile(fun, inputs=state, outputs=state, **options)


# ---- Reading and filling --------------------------------------------------------------------------------------------


def test_a_step_changes_its_state_at_every_call_with_one_trace():
    first = mx.array([1.0, 2.0])
    state = {"w": first, "n": [mx.array(0)]}

    @partial(mx.compile, inputs=state, outputs=state)
    def step(x):
        state["w"] = state["w"] - 0.5 * x
        state["n"][0] = state["n"][0] + 1
        return mx.sum(state["w"])

    assert [step(mx.ones(2)).item() for _ in range(3)] == [2.0, 1.0, 0.0]
    assert state["w"].tolist() == [-0.5, 0.5] and state["n"][0].item() == 3
    assert first.tolist() == [1.0, 2.0]  # somebody else's reference keeps the old value
    assert step.stats()["traces"] == 1


def test_what_is_assigned_between_calls_is_seen():
    state = {"w": mx.array([1.0, 2.0])}
    read = compiled(state, lambda x: state["w"] * x)
    assert read(mx.array(2.0)).tolist() == [2.0, 4.0]
    state["w"] = mx.array([10.0, 20.0])
    assert read(mx.array(2.0)).tolist() == [20.0, 40.0]
    state["w"] += 1
    assert read(mx.array(2.0)).tolist() == [22.0, 42.0]
    state.update(w=mx.zeros(2))
    assert read(mx.array(2.0)).tolist() == [0.0, 0.0]
    assert read.stats()["traces"] == 1


@pytest.mark.parametrize("names", [{"inputs"}, {"outputs"}, {"inputs", "outputs"}])
def test_either_name_declares_reading_and_writing(names):
    state = [mx.array(1.0)]

    def fun(x):
        state[0] = state[0] + x
        return state[0] * 2

    f = mx.compile(fun, **dict.fromkeys(names, state))
    assert [f(mx.array(1.0)).item(), f(mx.array(1.0)).item()] == [4.0, 6.0]
    state[0] = mx.array(10.0)
    assert f(mx.array(1.0)).item() == 22.0
    assert f.stats()["traces"] == 1


def test_the_positional_order_is_that_of_mlx():
    state = [mx.array(1.0)]

    def fun(x):
        state[0] = state[0] + x
        return x

    f = mx.compile(fun, state, state, False)
    f(mx.array(1.0)), f(mx.array(1.0))
    assert state[0].item() == 3.0


def test_arrays_themselves_can_be_declared():
    w = mx.array([1.0, 2.0])

    def fun(x):
        w.__iadd__(x)
        return w * 1

    f = mx.compile(fun, inputs=w, outputs=w)
    alias = w
    assert f(mx.array(1.0)).tolist() == [2.0, 3.0]
    assert f(mx.array(1.0)).tolist() == [3.0, 4.0]
    assert alias.tolist() == [3.0, 4.0]
    assert f.stats()["traces"] == 1


def test_in_place_changes_are_seen_by_every_name():
    state = {"a": mx.zeros(3)}
    alias = state["a"]

    def fun(x):
        state["a"] += x
        state["a"][0] = 7.0

    f = compiled(state, lambda x: fun(x))
    f(mx.ones(3))
    f(mx.ones(3))
    assert state["a"] is alias
    assert alias.tolist() == [7.0, 2.0, 2.0]


def test_keys_that_appear_and_vanish():
    state = {"a": mx.array(1.0), "gone": mx.array(0.0)}

    def fun(x):
        state.pop("gone", None)
        if "count" not in state:
            state["count"] = mx.array(0.0)
            state["nested"] = {"list": [x, {"deep": x * 2}], "tuple": (x + 1, "text", 3)}
        state["count"] = state["count"] + 1
        return state["count"]

    f = compiled(state, fun)
    plain = copy.copy(state)
    assert f(mx.array(1.0)).item() == 1.0
    assert list(state) == ["a", "count", "nested"]
    assert state["nested"]["list"][1]["deep"].item() == 2.0
    assert state["nested"]["tuple"][1:] == ("text", 3)
    assert state["nested"]["tuple"][0].item() == 2.0
    assert f(mx.array(1.0)).item() == 2.0
    assert f(mx.array(1.0)).item() == 3.0
    stats = f.stats()
    assert stats["traces"] == 2
    assert "inputs['count'] appeared" in stats["retrace_reasons"][0]
    assert "inputs['gone'] vanished" in stats["retrace_reasons"][0]
    assert set(plain) == {"a", "gone"}


def test_a_list_that_grows_at_every_call():
    state, expected = [], []
    f = mx.compile(lambda x: state.append(x * 2) or mx.exp(x), outputs=state)
    for i in range(5):
        f(mx.array(float(i)))
        expected.append(2.0 * i)
        assert [s.item() for s in state] == expected
    assert "inputs" in f.stats()["retrace_reasons"][0] or "outputs" in f.stats()["retrace_reasons"][0]


def test_a_list_that_is_cleared_and_filled_is_one_trace():
    state = [mx.array(0.0)]

    def fun(x):
        last = state[-1]
        state.clear()
        state.extend([last + x])
        return last

    f = compiled(state, fun)
    assert [f(mx.array(1.0)).item() for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert f.stats()["traces"] == 1


def test_plain_values_are_constants_of_the_key_and_their_changes_are_effects():
    state = {"mode": "double", "calls": 0, "x": mx.array(1.0), "none": None, "rate": 0.5}

    def fun():
        state["calls"] += 1
        return state["x"] * (2 if state["mode"] == "double" else 3) * state["rate"]

    f = compiled(state, fun)
    assert f().item() == 1.0
    state["mode"] = "".join(["tri", "ple"])
    assert f().item() == 1.5
    assert state["calls"] == 2
    assert "inputs['mode']: 'double' -> 'triple'" in f.stats()["retrace_reasons"][0]
    g = compiled(state, lambda: state["x"] * state["rate"])
    g(), g()
    state["rate"] = float("0.5")  # an equal value
    g()
    assert g.stats()["traces"] == 1


def test_retraces_name_the_place():
    state = [{"layers": [{"w": mx.zeros(2)}, {"weight": mx.zeros(3)}]}]
    f = compiled(state, lambda: state[0]["layers"][1]["weight"] + 1)
    f()
    state[0]["layers"][1]["weight"] = mx.zeros(4)
    f()
    state[0]["layers"][1]["weight"] = mx.zeros(4, mx.float16)
    f()
    state[0]["layers"].append({})
    f()
    reasons = f.stats()["retrace_reasons"]
    assert reasons[0] == "inputs[0]['layers'][1]['weight']: shape (3,) -> (4,)"
    assert reasons[1] == "inputs[0]['layers'][1]['weight']: dtype float32 -> float16"
    assert reasons[2] == "inputs[0]['layers'][2] appeared"
    state[0]["layers"].pop()
    f()
    assert f.stats()["traces"] == 4  # known again


def test_moves_and_swaps_keep_the_objects():
    state = {"a": mx.array(1.0), "b": mx.array(2.0), "c": {"x": mx.array(3.0)}}
    a, b, c = state["a"], state["b"], state["c"]

    def fun():
        state["a"], state["b"] = state["b"], state["a"]
        state["d"] = state.pop("c")

    f = compiled(state, fun)
    f()
    assert state["a"] is b and state["b"] is a and state["d"] is c
    state["c"] = state.pop("d")
    f()
    assert state["a"] is a and state["b"] is b and state["d"] is c


def test_a_container_that_is_changed_and_then_dropped():
    state = {"a": mx.array(5.0), "l": [mx.array(1.0), mx.array(2.0)]}

    def fun(x):
        state["a"], state["l"][-1] = state["l"][-1], state["a"]
        state["l"] = [x * 2, state["l"][0]]

    f = compiled(state, fun)
    for i, expected in enumerate([(2.0, 0.0, 1.0), (1.0, 20.0, 0.0), (0.0, 40.0, 20.0), (20.0, 60.0, 40.0)]):
        old = state["l"]
        last = old[-1]
        if i % 2:
            del old
        f(mx.array(10.0 * i))
        assert state["a"] is last
        assert (state["a"].item(), *(v.item() for v in state["l"])) == expected
    assert f.stats()["traces"] == 1


def test_arguments_may_become_state():
    state = {}
    f = compiled(state, lambda x, y: state.update(last=x, sum=x + y))
    x, y = mx.array(1.0), mx.array(2.0)
    f(x, y)
    assert state["last"] is x and state["sum"].item() == 3.0
    f(y, y)
    assert state["last"] is y and state["sum"].item() == 4.0
    f(x, y)
    assert state["last"] is x and f.stats()["traces"] <= 3


@pytest.mark.parametrize(
    "make",
    [dict, collections.OrderedDict, lambda items: collections.defaultdict(list, items), type("Own", (dict,), {})],
)
def test_all_kinds_of_dicts(make):
    state = make({"a": mx.array(1.0), "b": mx.array(2.0), "c": mx.array(3.0)})

    def fun(x):
        first = next(iter(state))
        value = state.pop(first)
        state[first] = value + x  # goes to the end
        state["made"] = make({"x": x * 2})
        return value

    f = compiled(state, fun)
    twin = make({key: value.item() for key, value in state.items()})
    for i in range(7):
        first = next(iter(twin))
        value = twin.pop(first)
        value = value["x"] if isinstance(value, dict) else value
        if isinstance(state[first], dict):
            break
        assert f(mx.array(float(i))).item() == value
        twin[first] = value + i
        twin["made"] = make({"x": i * 2.0})
        assert list(state) == list(twin) and len(state) == len(twin)
        assert state["made"]["x"].item() == 2.0 * i and type(state["made"]) is type(state)
        assert state[first].item() == value + i
    assert i == 4


# ---- One object in several places -----------------------------------------------------------------------------------


def test_a_container_captured_twice():
    inner = {"w": mx.array(1.0)}
    state = [inner, inner, {"again": inner}]

    def fun(x):
        state[1]["w"] = state[0]["w"] + x
        return state[2]["again"]["w"]

    f = mx.compile(fun, inputs=[state, inner], outputs=state)
    assert [f(mx.array(1.0)).item() for _ in range(3)] == [2.0, 3.0, 4.0]
    assert f.stats()["traces"] == 1
    state[1] = {"w": mx.array(100.0)}  # now two
    assert f(mx.array(1.0)).item() == 4.0
    assert state[1]["w"].item() == 5.0 and f.stats()["traces"] == 2
    assert "inputs[0][1]" in f.stats()["retrace_reasons"][0]


def test_an_array_in_two_places():
    w = mx.array([1.0])
    state = {"a": w, "b": w}

    def fun():
        state["a"] += 1
        return state["b"] * 1

    f = compiled(state, fun)
    assert f().item() == 2.0
    assert f().item() == 3.0
    assert state["a"] is state["b"]
    state["b"] = mx.array([10.0])
    assert f().item() == 10.0
    assert state["a"].item() == 4.0
    assert f.stats()["traces"] == 2


def test_arrays_shared_between_state_and_arguments():
    state = {"w": mx.array([1.0])}

    def fun(x):
        x += 1
        return state["w"] * 1

    f = compiled(state, fun)
    other = mx.array([5.0])
    assert f(other).item() == 1.0 and other.item() == 6.0
    assert f(state["w"]).item() == 2.0
    assert f(state["w"]).item() == 3.0
    assert f(other).item() == 3.0 and other.item() == 7.0
    assert f.stats()["traces"] == 2


def test_containers_shared_between_state_and_arguments():
    state = {"w": mx.array([1.0])}

    def fun(tree, x):
        tree["w"] = tree["w"] + x
        return state["w"] * 1

    f = compiled(state, fun)
    assert f(state, mx.array(1.0)).item() == 2.0
    assert f(state, mx.array(1.0)).item() == 3.0
    assert f.stats()["traces"] == 1


def test_two_arrays_with_one_value():
    w = mx.arange(4.0)
    state = {"a": w, "b": mx.array(w)}

    def fun():
        state["a"] = state["a"] + 1
        state["b"] = state["b"] * 2
        return state["a"] + state["b"]

    f = compiled(state, fun)
    assert f().tolist() == [1.0, 4.0, 7.0, 10.0]
    assert f().tolist() == [2.0, 7.0, 12.0, 17.0]


# ---- Random state ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [lambda: mx.random.state, lambda: [{}, mx.random.state], lambda: None])
def test_random_state_may_be_declared_and_changes_nothing(declared):
    state = declared()

    def fun():
        return mx.random.uniform(shape=(3,))

    mx.random.seed(3)
    expected = [fun().tolist() for _ in range(3)]
    f = mx.compile(fun, inputs=state, outputs=state)
    mx.random.seed(3)
    assert [f().tolist() for _ in range(3)] == expected
    assert f.stats()["traces"] == 1


# ---- Transactions ---------------------------------------------------------------------------------------------------


def snapshot(tree):
    """Containers with the identities and values of what is in them."""
    if isinstance(tree, mx.array):
        return (id(tree), tree.tolist())
    if isinstance(tree, dict):
        return (id(tree), [(key, snapshot(value)) for key, value in tree.items()])
    if isinstance(tree, (list, tuple)):
        return (id(tree), [snapshot(value) for value in tree])
    return tree


class Fault(Exception):
    pass


@pytest.mark.parametrize("depth", range(6))
def test_a_failing_trace_restores_everything(depth):
    state = {"a": mx.array(1.0), "l": [mx.array(2.0), {"x": mx.array(3.0)}], "n": 1, "s": {1, 2}, "t": (mx.array(4.0),)}
    before = snapshot({k: v for k, v in state.items() if k != "s"})[1]

    def fun():
        changes = [
            lambda: state["a"].__iadd__(1),
            lambda: state.update(a=state["a"] + 1, new=[1]),
            lambda: state["l"].insert(0, state["a"]),
            lambda: state["l"][-1].clear(),
            lambda: (state.pop("l"), state.update(n=2), state["s"].add(5)),
            lambda: state.update(bad=object()),
        ]
        for change in changes[: depth + 1]:
            change()
        if depth < 5:
            raise Fault

    f = compiled(state, fun)
    with pytest.raises(Fault if depth < 5 else TypeError):
        f()
    assert snapshot({k: v for k, v in state.items() if k != "s"})[1] == before
    assert state["s"] == {1, 2}
    assert f.stats()["traces"] == 0
    assert (state["a"] + state["l"][0]).item() == 3.0


def test_reading_a_value_restores_the_state():
    state = [mx.array(1.0)]

    def fun():
        state[0] = state[0] + 1
        return state[0].item()

    f = compiled(state, fun)
    with pytest.raises(mx.TraceError):
        f()
    assert state[0].item() == 1.0


def test_the_function_sees_its_own_containers():
    state = {"w": mx.array(1.0)}
    seen = []

    def fun():
        seen.append((id(state["w"]), repr(state["w"])))
        return state["w"] * 1

    f = compiled(state, fun)
    f(), f()
    assert seen == [(id(state["w"]), "array(traced, shape=(), dtype=float32)")]


def test_a_request_to_initialize_is_made_outside_of_the_trace():
    state, runs = {}, []

    def fun(x):
        runs.append(1)
        if "m" not in state:
            assert not _core._initialize_state({}, len)
            _core._initialize_state(state, lambda: state.update(m=mx.zeros(3)))
        state["m"] = state["m"] + x
        return state["m"] * 1

    f = compiled(state, fun)
    assert f(mx.array(1.0)).tolist() == [1.0, 1.0, 1.0]
    assert f(mx.array(1.0)).tolist() == [2.0, 2.0, 2.0]
    assert f.stats()["traces"] == 1 and len(runs) == 2


# ---- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [3, "text", object(), np.zeros(3)])
def test_only_containers_and_arrays_can_be_declared(bad):
    with pytest.raises(TypeError, match="`inputs` must be arrays or lists"):
        mx.compile(lambda: None, inputs=bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [(object(), r"inputs\['a'\]\[1\] is a object"), (np.zeros(3), r"inputs\['a'\]\[1\] is a .*ndarray.*mx.array\(x\)")],
)
def test_what_is_no_array_is_named(bad, message):
    state = {"a": [mx.array(1.0), bad]}
    f = compiled(state, lambda: state["a"][0] + 1)
    with pytest.raises(TypeError, match=message):
        f()
    state["a"][1] = mx.array(1.0)
    assert f().item() == 2.0


def test_unknown_captures():
    with pytest.raises(ValueError, match="not implemented yet"):
        mx.compile(lambda: None, capture="guard")
    with pytest.raises(ValueError, match="must be"):
        mx.compile(lambda: None, capture="everything")


scale = mx.array([2.0, 3.0])


def test_captured_arrays_can_be_refused():
    weights = {"w": [mx.array([1.0, 2.0])]}
    factor = mx.array(2.0)

    def fun(x):
        return x * weights["w"][0] * factor + scale + mx.array([1.0, 2.0]) + 1

    f = mx.compile(fun, capture="error")
    with pytest.raises(mx.TraceError) as error:
        f(mx.ones(2))
    text = str(error.value)
    assert "`weights['w'][0]`" in text and "`scale`" in text and "`factor`" in text
    assert "test_state.py" in text and text.count("array of shape") == 3
    g = mx.compile(fun, inputs=[weights, scale, factor], capture="error")
    assert g(mx.ones(2)).tolist() == [6.0, 10.0]
    weights["w"][0] = mx.array([2.0, 2.0])
    assert g(mx.ones(2)).tolist() == [8.0, 10.0]
    frozen = mx.compile(fun)
    assert frozen(mx.ones(2)).tolist() == [8.0, 10.0]


# ---- With everything else -------------------------------------------------------------------------------------------


def test_disabled_and_inside_others_it_runs_plainly():
    state = [mx.array(1.0)]

    def fun(x):
        state[0] = state[0] + x
        return mx.sum(state[0] * x)

    f = compiled(state, fun)
    mx.disable_compile()
    try:
        assert f(mx.array(1.0)).item() == 2.0
    finally:
        mx.enable_compile()
    assert f.stats()["traces"] == 0
    outer = compiled(state, lambda x: f(x) + f(x))
    assert outer(mx.array(1.0)).item() == 7.0
    assert outer(mx.array(1.0)).item() == 11.0
    assert state[0].item() == 6.0
    assert mx.grad(lambda x: f(x))(mx.array(1.0)).item() == 8.0
    assert f.stats()["traces"] == 0


def test_methods_and_gradients():
    class Model:
        def __init__(self):
            self.state = {"w": mx.array([1.0, 2.0])}
            self.step = mx.compile(self.step, inputs=self.state, outputs=self.state)

        def loss(self, w, x):
            return mx.sum((w * x) ** 2)

        def step(self, x):
            value, gradient = mx.value_and_grad(self.loss)(self.state["w"], x)
            self.state["w"] = self.state["w"] - 0.25 * gradient
            return value

    model = Model()
    assert [model.step(mx.ones(2)).item() for _ in range(3)] == [5.0, 1.25, 0.3125]
    assert model.step.stats()["traces"] == 1


def test_threads_share_the_state():
    state = {"n": mx.array(0), "w": mx.zeros(10)}

    def fun(x):
        state["n"] = state["n"] + 1
        state["w"] = state["w"] + x
        return state["n"]

    f = compiled(state, fun)
    errors = []

    def work():
        try:
            for _ in range(50):
                f(mx.ones(10))
        except Exception as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(6)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    finally:
        sys.setswitchinterval(interval)
    assert not errors
    assert state["n"].item() == 300 and state["w"].tolist() == [300.0] * 10


def test_other_threads_never_read_a_traced_array():
    state = {"w": mx.array(1.0)}
    traced, go_on = threading.Event(), threading.Event()

    def slow():
        state["w"] = state["w"] + 1
        traced.set()
        go_on.wait(5)
        return state["w"] * 1

    f, g = compiled(state, slow), compiled(state, lambda: state["w"] * 10)
    results = []
    first = threading.Thread(target=lambda: results.append(f().item()))
    first.start()
    assert traced.wait(5)
    second = threading.Thread(target=lambda: results.append(g().item()))
    second.start()
    second.join(0.05)
    go_on.set()
    first.join(), second.join()
    assert sorted(results) == [2.0, 20.0]


def test_state_of_shapeless_functions():
    state = {"w": mx.array([[1.0], [2.0]]), "cache": [mx.zeros((1, 2, 2))]}

    def step(x):
        state["cache"][0] = mx.concatenate(
            [state["cache"][0], (x @ state["w"].T).reshape(-1, 2, 1) * mx.ones((1, 1, 2))]
        )
        return mx.sum(state["cache"][0]) / state["cache"][0].shape[0]

    f = compiled(state, step, shapeless=True)
    twin = mx.array(state["cache"][0])
    for rows in [2, 3, 5, 4, 7, 2, 6]:
        x = mx.full((rows, 1), float(rows))
        expected = mx.concatenate([twin, (x @ state["w"].T).reshape(-1, 2, 1) * mx.ones((1, 1, 2))])
        result = f(x)
        twin = expected
        assert mx.array_equal(state["cache"][0], expected).item()
        assert result.item() == pytest.approx((mx.sum(expected) / expected.shape[0]).item(), rel=1e-6)
    reasons = f.stats()["retrace_reasons"]
    assert f.stats()["traces"] <= 3, reasons  # extent 1, then a fixed extent, then a symbol
    assert all(reason.startswith("inputs['cache'][0]: shape") for reason in reasons)


def test_an_extent_left_in_the_state_of_a_shapeless_function_is_a_number():
    state = {"rows": 0, "x": mx.array(0.0)}

    def fun(x):
        state["rows"] = x.shape[0]
        state["x"] = mx.sum(x) / x.shape[0]

    f = compiled(state, fun, shapeless=True)
    for rows in (3, 4, 4, 3):
        f(mx.full((rows, 2), 2.0))
        assert type(state["rows"]) is int and state["rows"] == rows and state["x"].item() == 4.0


# ---- Memory ---------------------------------------------------------------------------------------------------------


def test_state_is_updated_in_its_own_memory():
    size = 8 * MB // 4
    state = {f"w{i}": mx.ones(size) for i in range(4)}

    def fun(x):
        for key in state:
            state[key] = state[key] * 0.5 + x

    f = compiled(state, fun)
    x = mx.array(1.0)
    for _ in range(2):
        f(x)
        mx.eval(state)
    mx.clear_cache()
    start = mx.get_active_memory()
    mx.reset_peak_memory()
    for _ in range(3):
        f(x)
        mx.eval(state)
    assert mx.get_peak_memory() - start < 2 * MB
    mx.reset_peak_memory()
    for _ in range(3):
        f(x)  # a chain of calls that nobody has evaluated
    mx.eval(state)
    assert mx.get_peak_memory() - start < 2 * MB
    assert state["w0"][0].item() == pytest.approx(2 - 2**-8)


def test_what_somebody_holds_is_never_overwritten():
    state = {"w": mx.arange(1000.0)}

    def fun():
        state["w"] = state["w"] + 1

    f = compiled(state, fun)
    kept, views, exported = [], [], []
    for i in range(5):
        kept.append(state["w"])
        views.append(state["w"][10:20])
        exported.append(np.array(state["w"], copy=False))
        f()
        mx.eval(state)
    for i in range(5):
        assert kept[i].tolist() == [i + k for k in range(1000)]
        assert views[i].tolist() == [i + k for k in range(10, 20)]
        assert exported[i][3] == i + 3
    assert state["w"][0].item() == 5


def test_steps_do_not_grow_memory():
    state = {"layers": [{"w": mx.ones((8, 8)), "b": mx.zeros(8)} for _ in range(4)], "step": mx.array(0)}

    def fun(x):
        for layer in state["layers"]:
            x = mx.tanh(x @ layer["w"] + layer["b"])
            layer["w"] = layer["w"] * 0.99
            layer["b"] = layer["b"] + 0.01
        state["step"] = state["step"] + 1
        return mx.sum(x)

    f = compiled(state, fun)
    x = mx.ones((2, 8))
    for _ in range(20):
        mx.eval(f(x), state)
    gc.collect()
    memory, objects, blocks = mx.get_active_memory(), len(gc.get_objects()), sys.getallocatedblocks()
    for _ in range(2000):
        mx.eval(f(x), state)
    gc.collect()
    assert mx.get_active_memory() <= memory
    assert len(gc.get_objects()) <= objects + 20
    assert sys.getallocatedblocks() <= blocks + 200
    assert state["step"].item() == 2020
    assert f.stats()["traces"] == 1


def test_compiled_functions_and_their_state_are_garbage():
    class Holder(dict):
        pass

    def make():
        state = Holder(w=mx.array(1.0))
        mx.compile(lambda x: state["w"] + x, inputs=state)(mx.array(1.0))
        state.cycle = mx.compile(lambda x: x + 1, inputs=[state])
        state.cycle(mx.array(1.0))
        return weakref.ref(state)

    holder = make()
    gc.collect()
    assert holder() is None


# ---- Against the plain function -------------------------------------------------------------------------------------


def actions():
    """What a function may do to a state {"a": array, "l": [arrays], "d": {name: array}, "n": int} with an array x."""

    def append(s, x):
        s["l"].append(x + len(s["l"]))

    def pop(s, x):
        if s["l"]:
            s["l"].pop(0)

    def rebind(s, x):
        s["a"] = s["a"] * 0.5 + x

    def in_place(s, x):
        s["a"] += x

    def into_dict(s, x):
        s["d"][f"k{len(s['d']) % 3}"] = x - 1

    def from_dict(s, x):
        if s["d"]:
            s["d"].pop(sorted(s["d"])[0])

    def swap(s, x):
        if s["l"]:
            s["a"], s["l"][-1] = s["l"][-1], s["a"]

    def share(s, x):
        s["d"]["shared"] = s["a"]

    def count(s, x):
        s["n"] += 1

    def replace(s, x):
        s["l"] = [x * 2, *s["l"][:2]]

    def store(s, x):
        s["d"]["x"] = x

    def nothing(s, x):
        pass

    return [append, pop, rebind, in_place, into_dict, from_dict, swap, share, count, replace, store, nothing]


def total(state):
    leaves = [state["a"], *state["l"], *state["d"].values()]
    result = mx.array(float(state["n"]))
    for leaf in leaves:
        result = result + mx.sum(leaf)
    return result


def duplicate(tree, memo):
    if id(tree) in memo:
        return memo[id(tree)]
    if isinstance(tree, mx.array):
        out = mx.array(tree)
    elif isinstance(tree, dict):
        out = {key: duplicate(value, memo) for key, value in tree.items()}
    elif isinstance(tree, list):
        out = [duplicate(value, memo) for value in tree]
    else:
        return tree
    memo[id(tree)] = out
    return out


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(actions()), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(["call", "plain", "mutate"]), st.sampled_from(actions())), max_size=8),
)
def test_random_sequences_do_what_the_plain_function_does(inside, sequence):
    state = {"a": mx.array([1.0, 2.0]), "l": [mx.array([3.0])], "d": {}, "n": 0}
    twin = duplicate(state, {})

    def run(s, x):
        for action in inside:
            action(s, x)
        return total(s)

    f = compiled(state, lambda x: run(state, x))
    for i, (what, action) in enumerate([("call", inside[0]), *sequence, ("call", inside[0])]):
        x, y = mx.array([float(i)]), mx.array([float(i)])
        if what == "mutate":
            action(state, x), action(twin, y)
        else:
            result = f(x) if what == "call" else run(state, x)
            assert result.item() == pytest.approx(run(twin, y).item(), rel=1e-6)
        assert values(state) == values(twin)
        assert (state["d"].get("shared") is state["a"]) == (twin["d"].get("shared") is twin["a"])
