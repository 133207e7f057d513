"""mx.compile: the law, the cache, effects, errors, random state, threads, forks, memory."""

import collections
import dataclasses
import functools
import gc
import inspect
import math
import os
import resource
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import cermet.core as mx


def gelu(x):
    """Gaussian error linear unit."""
    return x * (1 + mx.erf(x / math.sqrt(2))) / 2


def layer_norm(x, w, b):
    mean = mx.mean(x, axis=-1, keepdims=True)
    variance = mx.var(x, axis=-1, keepdims=True)
    return (x - mean) * mx.rsqrt(variance + 1e-5) * w + b


def same(a, b, tolerance=0.0):
    a, b = np.array(a), np.array(b)
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    assert np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def test_gelu_is_one_trace_and_one_kernel(kernels):
    calls = []

    @mx.compile
    def f(x):
        calls.append(1)
        return gelu(x)

    x = mx.random.uniform(shape=(8, 100, 64))
    mx.eval(x)
    kernels()
    for _ in range(3):
        mx.eval(f(x))
    assert kernels() == 3
    assert len(calls) == 1
    assert f.stats()["traces"] == 1
    assert f.stats()["hits"] == 2
    same(f(x), gelu(x), 1e-6)


def test_softmax_and_layer_norm_are_one_kernel_each(kernels):
    x, w, b = mx.random.normal((64, 300)), mx.random.normal((300,)), mx.random.normal((300,))
    mx.eval(x, w, b)
    softmax = mx.compile(
        lambda x: (
            mx.exp(x - mx.max(x, -1, keepdims=True))
            / mx.sum(mx.exp(x - mx.max(x, -1, keepdims=True)), -1, keepdims=True)
        )
    )
    norm = mx.compile(layer_norm)
    composite = mx.compile(lambda x: mx.softmax(x, axis=-1))
    kernels()
    mx.eval(softmax(x))
    assert kernels() == 1
    mx.eval(composite(x))
    assert kernels() == 1
    mx.eval(norm(x, w, b))
    assert kernels() == 1
    mx.eval(mx.softmax(x, axis=-1))  # a composite is one kernel uncompiled, too
    assert kernels() == 1
    same(norm(x, w, b), layer_norm(x, w, b), 1e-5)
    same(composite(x), mx.softmax(x, axis=-1))


def test_the_references_first_example():
    code = """
import math
import cermet.core as mx

@mx.compile
def gelu(x):
    return x * (1 + mx.erf(x / math.sqrt(2))) / 2

print(gelu(mx.random.uniform(shape=(32, 1000, 4096))))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("array([[[")
    assert "dtype=float32)" in out


def test_retraces_say_why():
    f = mx.compile(lambda x, k=3: x * k)
    f(mx.zeros((2, 3)))
    f(mx.zeros((4, 3)))
    f(mx.zeros((4, 3), mx.bfloat16))
    f(mx.zeros((4, 3), mx.bfloat16), k=2)
    stats = f.stats()
    assert stats["traces"] == 4
    reasons = stats["retrace_reasons"]
    assert "(2, 3)" in reasons[0]
    assert "(4, 3)" in reasons[0]
    assert "float32" in reasons[1]
    assert "bfloat16" in reasons[1]
    assert len(reasons) == 3
    assert stats["entries"][0]["kernels"] == 1


def test_constants_compare_by_type_and_value():
    seen = []
    f = mx.compile(lambda x, c: (seen.append(c), x)[1])
    x = mx.array(1.0)
    for c in [1, 1.0, True, "1", 0.0, -0.0, math.nan, math.nan, 1, "1", None, b"1"]:
        f(x, c)
    assert [repr(c) for c in seen] == ["1", "1.0", "True", "'1'", "0.0", "-0.0", "nan", "None", "b'1'"]


def test_equal_strings_do_not_retrace():
    f = mx.compile(lambda x, text: x + len(text))
    for _ in range(100):
        f(mx.array(1), b"some text".decode("utf-8"))
    assert f.stats()["traces"] == 1


Pair = collections.namedtuple("Pair", ["left", "right"])


@dataclasses.dataclass
class Batch:
    x: mx.array
    name: str


def test_trees_in_and_out():
    @mx.compile
    def f(items, pair, *, options, batch):
        a, (b, none) = items
        assert none is None
        return {
            "sum": a + b,
            "pair": Pair(pair.right, pair.left),
            "list": [options["scale"], options["y"] * options["scale"], None],
            "batch": Batch(batch.x * 2, batch.name),
            "empty": (),
        }

    one, two = mx.array(1.0), mx.array(2.0)
    for _ in range(2):
        out = f([one, (two, None)], Pair(one, two), options={"y": two, "scale": 3}, batch=Batch(one, "b"))
        assert out["sum"].item() == 3
        assert isinstance(out["pair"], Pair)
        assert out["pair"].left.item() == 2
        assert out["list"][0] == 3
        assert out["list"][1].item() == 6
        assert out["list"][2] is None
        assert isinstance(out["batch"], Batch)
        assert out["batch"].name == "b"
        assert out["empty"] == ()
    assert f.stats()["traces"] == 1


def test_outputs_that_are_inputs_constants_and_duplicates():
    x = mx.array([1.0, 2.0])
    f = mx.compile(lambda x: (x, x, mx.zeros((2,)), 5, x + 1, [x + 1]))
    for _ in range(2):
        a, b, c, d, e, (g,) = f(x)
        assert a.tolist() == b.tolist() == [1, 2]
        assert c.tolist() == [0, 0]
        assert d == 5
        assert e.tolist() == g.tolist() == [2, 3]


def test_results_are_the_objects_that_the_function_returns():
    """An argument, or one array twice: a change in place is seen by all its names, as uncompiled."""
    given = mx.zeros(2)
    result = mx.compile(lambda x: x)(given)
    assert result is given
    first, second = mx.compile(lambda x: [x * 2] * 2)(given)
    assert first is second

    @mx.compile
    def add_one(x):
        x += 1
        return {"same": x, "other": x * 2, "again": (x,)}

    for count in (1, 2, 3):
        out = add_one(given)
        assert out["same"] is given
        assert out["again"][0] is given
        assert out["other"] is not given
        assert given.tolist() == [count, count]
    converted = mx.compile(lambda x: x)(np.ones(2, np.float32))
    assert converted.tolist() == [1, 1]
    keywords = mx.compile(lambda *, x, y: [y, x])(x=given, y=first)
    assert keywords[0] is first
    assert keywords[1] is given


def test_changing_number_of_outputs():
    f = mx.compile(lambda x, n: [x * i for i in range(n)])
    x = mx.array(2.0)
    assert [len(f(x, n)) for n in (1, 3, 2, 3, 0)] == [1, 3, 2, 3, 0]


def test_nested_compiled_functions_are_inlined(kernels):
    inner = mx.compile(gelu)
    outer = mx.compile(lambda x: inner(x) * 2 + inner(x + 1))
    x = mx.random.normal((1000,))
    mx.eval(x)
    kernels()
    y = outer(x)
    mx.eval(y)
    assert kernels() == 1
    assert inner.stats()["traces"] == 0
    same(y, gelu(x) * 2 + gelu(x + 1), 1e-6)


def test_disable_and_enable_act_on_functions_compiled_before():
    calls = []
    f = mx.compile(lambda x: (calls.append(1), x + 1)[1])
    x = mx.array(1.0)
    f(x)
    mx.disable_compile()
    try:
        f(x)
        f(x)
    finally:
        mx.enable_compile()
    f(x)
    assert len(calls) == 3
    code = "import cermet.core as mx\nf = mx.compile(lambda x: (print('run'), x)[1])\nf(mx.array(1)); f(mx.array(1))"
    environment = dict(os.environ, CERMET_DISABLE_COMPILE="1")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert out.stdout == "run\nrun\n"


def test_keeps_name_doc_signature_and_works_as_decorator_on_methods_and_partials():
    f = mx.compile(gelu)
    assert f.__name__ == "gelu"
    assert f.__doc__ == "Gaussian error linear unit."
    assert f.__wrapped__ is gelu
    assert str(inspect.signature(f)) == "(x)"

    class Scale:
        def __init__(self, k):
            self.k = k

        @functools.partial(mx.compile, shapeless=False)
        def by_constant(x):
            return x * 2

        def apply(self, x):
            return x * self.k

    assert mx.compile(Scale(3).apply)(mx.array(2)).item() == 6
    assert Scale.by_constant(mx.array(2)).item() == 4
    add = functools.partial(lambda a, b: a + b, 10)
    assert mx.compile(add)(mx.array(1)).item() == 11
    with pytest.raises(TypeError, match="function"):
        mx.compile(3)


def test_unsupported_arguments_are_named():
    f = mx.compile(lambda x, o: x)
    with pytest.raises(TypeError, match="argument 1.*object"):
        f(mx.array(1), object())
    with pytest.raises(TypeError, match="set"):
        f(mx.array(1), {1, 2})
    with pytest.raises(TypeError, match="returned"):
        mx.compile(lambda x: object())(mx.array(1))


def test_numpy_arguments_are_inputs():
    f = mx.compile(lambda x: x * 2)
    assert f(np.array([1, 2], np.float32)).tolist() == [2, 4]
    assert f(np.array([3, 4], np.float32)).tolist() == [6, 8]
    assert f.stats()["traces"] == 1


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.item(),
        lambda x: x.tolist(),
        lambda x: bool(x > 0),
        lambda x: float(x),
        lambda x: int(x),
        lambda x: np.array(x),
        lambda x: mx.eval(x),
        lambda x: 1 if x > 0 else 2,
    ],
)
def test_reading_a_traced_value_names_function_line_and_way_out(read):
    def reader(x):
        read(x)
        return x

    f = mx.compile(reader)
    with pytest.raises(mx.TraceError) as info:
        f(mx.array(1.0))
    message = str(info.value)
    assert isinstance(info.value, ValueError)
    assert "reader" in message
    assert "test_compile.py:" in message
    assert "mx.where" in message
    assert f.stats()["traces"] == 0


def test_repr_of_a_traced_array_never_fails():
    texts = []

    def f(x):
        texts.extend([repr(x), str(x), f"{x}", f"{x:.2f}"])
        return x

    mx.compile(f)(mx.zeros((2, 3)))
    assert set(texts) == {"array(traced, shape=(2, 3), dtype=float32)"}


def test_a_failing_trace_leaves_nothing_behind():
    state = {"fail": True}

    def f(x):
        y = x + 1
        x += 5
        if state["fail"]:
            raise RuntimeError("on purpose")
        return y

    g = mx.compile(f)
    x = mx.array(1.0)
    with pytest.raises(RuntimeError, match="on purpose"):
        g(x)
    assert x.item() == 1
    assert g.stats()["traces"] == 0
    state["fail"] = False
    assert g(x).item() == 2


def test_writes_to_arguments_are_effects_of_the_compiled_function():
    def f(x, y):
        x += y
        return x * 2

    g = mx.compile(f)
    for h in (f, g, g):
        x, y = mx.array([1.0]), mx.array([2.0])
        assert h(x, y).tolist() == [6]
        assert x.tolist() == [3]
        assert y.tolist() == [2]


def test_one_array_given_twice_and_changed_in_place_is_refused():
    def f(x, y):
        x += 1
        return y * 2

    g = mx.compile(f)
    x = mx.array([1.0])
    for _ in range(2):
        with pytest.raises(ValueError, match="one array object"):
            g(x, x)
        assert x.tolist() == [1]
    assert g(x, mx.array([1.0])).tolist() == [2]
    assert x.tolist() == [2]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(a=d["a"] + 1),
        lambda d: d.update(new=1),
        lambda d: d["list"].append(3),
        lambda d: d["list"].clear(),
        lambda d: setattr(d["batch"], "x", d["a"]),
    ],
)
def test_a_change_of_a_container_argument_is_refused_and_not_made(change):
    def f(d):
        change(d)
        return d["a"]

    g = mx.compile(f)
    argument = {"a": mx.array(1.0), "list": [1, 2], "batch": Batch(mx.array(2.0), "b")}
    with pytest.raises(ValueError, match="changed a"):
        g(argument)
    assert list(argument) == ["a", "list", "batch"]
    assert argument["list"] == [1, 2]
    assert argument["a"].item() == 1
    assert argument["batch"].x.item() == 2
    assert g.stats()["traces"] == 0


def test_an_escaped_traced_array_raises_when_used():
    kept = []
    f = mx.compile(lambda x: (kept.append(x + 1), x)[1])
    f(mx.array(1.0))
    with pytest.raises(mx.TraceError):
        kept[0].item()
    with pytest.raises(mx.TraceError):
        mx.eval(kept[0] + 1)
    assert "traced" in repr(kept[0])


def test_random_state_advances_at_every_call_as_uncompiled():
    def f(x):
        return x + mx.random.uniform(shape=(4,))

    g = mx.compile(f)
    x = mx.zeros((4,))
    mx.random.seed(7)
    plain = [f(x).tolist() for _ in range(4)]
    mx.random.seed(7)
    compiled = [g(x).tolist() for _ in range(4)]
    assert plain == compiled
    assert len({tuple(c) for c in compiled}) == 4
    assert g.stats()["traces"] == 1
    mx.random.seed(7)
    mixed = [f(x).tolist(), g(x).tolist(), f(x).tolist(), g(x).tolist()]
    assert mixed == plain


def test_captured_arrays_are_constants_of_the_trace():
    w = mx.array([1.0, 2.0])
    f = mx.compile(lambda x: x * w)
    assert f(mx.array([1.0, 1.0])).tolist() == [1, 2]
    assert f(mx.array([2.0, 2.0])).tolist() == [2, 4]


def test_a_captured_array_of_ones_costs_no_kernel_of_its_own(kernels):
    for evaluated in (False, True):
        weight, bias = mx.ones(512), mx.zeros(512)
        if evaluated:
            mx.eval(weight, bias)
        f = mx.compile(lambda x: (x * weight + bias).sum(axis=-1))
        x = mx.random.normal((64, 512))
        same(f(x), x.sum(axis=-1))
        kernels()
        mx.eval(f(x))
        assert kernels() == 1


@pytest.mark.parametrize("length", [1_000, 10_000])
def test_long_chains(length):
    def chain(x):
        for i in range(length):
            x = x * 0.5 + (1.0 if i % 2 else 2.0)
        return x

    f = mx.compile(chain)
    x = mx.random.normal((50,))
    same(f(x), chain(x), 1e-5)


def test_eight_threads_trace_once():
    traces = []

    def f(x):
        traces.append(1)
        return gelu(x)

    g = mx.compile(f)
    x = mx.random.normal((1000,))
    mx.eval(x)
    expected = np.array(gelu(x))
    failures = []

    def work():
        for _ in range(50):
            if not np.allclose(np.array(g(x)), expected, atol=1e-6):
                failures.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    assert len(traces) == 1


def test_works_in_a_forked_child():
    f = mx.compile(gelu)
    x = mx.random.normal((1 << 20,))
    expected = np.array(f(x))
    pid = os.fork()
    if pid == 0:
        ok = np.array_equal(np.array(f(x)), expected)
        ok = ok and mx.compile(lambda x: x * 3 + 1)(mx.array(2.0)).item() == 7
        os._exit(0 if ok else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_equal_bits_with_any_number_of_threads():
    x = mx.random.normal((257, 10001))
    w = mx.random.normal((10001, 33))
    f = mx.compile(lambda x: (mx.softmax(x, axis=-1), mx.sum(x), mx.sum(x, 0), mx.mean(x, 1), x @ w))
    results = []
    before = mx.get_num_threads()
    try:
        for n in (1, 2, 7):
            mx.set_num_threads(n)
            results.append([np.array(y).tobytes() for y in f(x)])
    finally:
        mx.set_num_threads(before)
    assert results[0] == results[1] == results[2]


def resident_kilobytes():
    gc.collect()
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() // 1024


def test_memory_is_flat_over_calls():
    f = mx.compile(lambda x: mx.softmax(gelu(x), axis=-1))
    x = mx.random.normal((64, 64))
    for _ in range(500):
        mx.eval(f(x))
    before = resident_kilobytes()
    for _ in range(10_000):
        mx.eval(f(x))
    assert resident_kilobytes() - before < 4096


def test_memory_is_flat_over_fresh_closures():
    x = mx.random.normal((16,))

    def once(k):
        f = mx.compile(lambda x: x * k + 1)
        mx.eval(f(x))
        return weakref.ref(f)

    for k in range(200):
        once(2.0)
    before = resident_kilobytes()
    refs = [once(2.0) for _ in range(1_000)]
    gc.collect()
    assert all(r() is None for r in refs)
    assert resident_kilobytes() - before < 8192


def test_the_cache_is_bounded():
    f = mx.compile(lambda x, k: x + k)
    old = mx.set_compile_cache_limit(4)
    try:
        for k in range(10):
            f(mx.array(1), k)
        assert len(f.stats()["entries"]) <= 4
        assert f.stats()["evictions"] == 6
        assert f(mx.array(1), 9).item() == 10
        assert f.stats()["traces"] == 10
    finally:
        mx.set_compile_cache_limit(old)


def test_dumps_show_every_stage():
    f = mx.compile(gelu)
    mx.eval(f(mx.random.normal((100,))))
    for stage, text in [
        ("graph", "erf"),
        ("fused", "region 0: elementwise"),
        ("kernel", "parallel"),
        ("legal", "grid"),
        ("llvm", "define"),
        ("asm", "ret"),
    ]:
        assert text in f.dump(stage), stage
    with pytest.raises(TypeError, match=r"takes the name of a stage .* not .*array"):
        f.dump(mx.ones(2))


def test_zero_sized_and_scalar_arrays():
    f = mx.compile(lambda x: (gelu(x), mx.sum(x), mx.softmax(x, axis=-1)))
    for shape in [(0,), (3, 0), (0, 3), (1,), (1, 1)]:
        x = mx.zeros(shape)
        for a, b in zip(f(x), (gelu(x), mx.sum(x), mx.softmax(x, axis=-1))):
            same(a, b)
    g = mx.compile(gelu)
    assert g(mx.array(0.0)).item() == 0


def test_a_value_that_turns_out_constant_is_kept_for_a_row():
    def f(x):
        y = mx.log2(x)
        z = mx.imag(y)  # of a real array: zeros
        return z, mx.max(mx.maximum(y, z))

    x = mx.arange(1.0, 9.0)
    assert [r.tolist() for r in mx.compile(f)(x)] == [r.tolist() for r in f(x)]


def test_trees_that_hold_themselves_are_refused():
    tree = [mx.ones(2)]
    tree.append(tree)
    for use in (lambda: mx.compile(lambda t: t[0])(tree), mx.compile(lambda: tree), lambda: mx.eval(tree)):
        with pytest.raises(RecursionError, match="holds itself"):
            use()
