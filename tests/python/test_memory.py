"""Memory: figures, limits, what is given back, and running out of it without losing anything."""

import gc

import numpy as np
import pytest

import cermet.core as mx

MIB = 1 << 20


@pytest.fixture
def limit():
    old = mx.get_memory_limit()
    yield lambda extra: mx.set_memory_limit(mx.get_active_memory() + extra)
    mx.set_memory_limit(old)


def test_figures():
    gc.collect()
    start = mx.get_active_memory()
    mx.reset_peak_memory()
    assert mx.get_peak_memory() == start
    x = mx.zeros((MIB,)) + 1
    mx.eval(x)
    assert 4 * MIB <= mx.get_active_memory() - start <= 5 * MIB
    assert mx.get_peak_memory() >= mx.get_active_memory()
    del x
    assert mx.get_active_memory() - start < MIB
    assert mx.get_cache_memory() >= 4 * MIB
    mx.clear_cache()
    assert mx.get_cache_memory() < MIB  # threads that live on keep a few small buffers


def test_limits_are_returned_and_checked():
    old = mx.get_memory_limit()
    assert mx.set_memory_limit(1 << 30) == old
    assert mx.set_memory_limit(old) == 1 << 30
    assert mx.get_memory_limit() == old
    cache = mx.set_cache_limit(MIB)
    big = mx.ones((8 * MIB,)) + 1
    mx.eval(big)
    del big
    assert mx.get_cache_memory() <= MIB
    assert mx.set_cache_limit(cache) == MIB
    wired = mx.set_wired_limit(10)
    assert mx.set_wired_limit(wired) == 10
    for call in (mx.set_memory_limit, mx.set_cache_limit, mx.set_wired_limit):
        with pytest.raises(TypeError, match=call.__name__):
            call("much")
        with pytest.raises(TypeError, match=call.__name__):
            call(1.5)
        with pytest.raises(ValueError, match=call.__name__):
            call(-1)
        with pytest.raises(ValueError, match=call.__name__):
            call(1 << 80)
    assert mx.get_memory_limit() == old


def test_array_buffer_size():
    x = mx.ones((1000,)) + 1
    with pytest.raises(ValueError, match="eval"):
        mx.get_array_buffer_size(x)
    mx.eval(x)
    one = mx.get_array_buffer_size(x)
    assert 4000 <= one <= 5000
    view = x[10:]
    mx.eval(view)
    assert mx.get_array_buffer_size([x, {"v": view}], 3) == one
    assert mx.get_array_buffer_size() == 0


def test_foreign_memory_is_not_counted():
    a = np.zeros(4 * MIB, np.float32)
    before = mx.get_active_memory()
    x = mx.asarray(a)
    assert mx.get_active_memory() - before < 4096
    del x


def test_out_of_memory_loses_nothing_eager(limit):
    x = mx.random.normal((MIB,))
    mx.eval(x)
    values = np.array(x)
    y = mx.exp(x)
    z = y * 2 + x
    total = z.sum()
    limit(2 * MIB)
    for read in (lambda: mx.eval(total), lambda: z.tolist(), lambda: np.asarray(y), lambda: mx.array(values)):
        with pytest.raises(MemoryError, match="limit"):
            read()
    assert x[0].item() == values[0]
    mx.set_memory_limit(1 << 34)
    assert np.allclose(np.array(z), np.exp(values) * 2 + values, rtol=1e-5, atol=1e-5)
    assert np.isclose(total.item(), (np.exp(values) * 2 + values).sum(), rtol=1e-4)


def test_out_of_memory_loses_nothing_compiled(limit):
    x = mx.random.normal((MIB,))
    mx.eval(x)
    values = np.array(x)
    f = mx.compile(lambda v: (mx.exp(v).sum(), v * 2))
    limit(MIB)
    outputs = f(x)
    with pytest.raises(MemoryError, match="limit"):
        mx.eval(outputs)
    mx.set_memory_limit(1 << 34)
    assert np.isclose(outputs[0].item(), np.exp(values).sum(), rtol=1e-4)
    assert np.allclose(np.array(outputs[1]), values * 2)


def test_out_of_memory_loses_nothing_in_place(limit):
    x = mx.zeros((MIB,)) + 3
    mx.eval(x)
    kept = x + 0
    mx.eval(kept)
    limit(MIB)
    x += kept
    x[0] = 1
    with pytest.raises(MemoryError, match="limit"):
        y = x * kept + mx.ones((MIB,))
        keep = (x, y)
        mx.eval(keep)
    assert kept[0].item() == 3
    mx.set_memory_limit(1 << 34)
    assert x[:2].tolist() == [1, 6]
    assert (x + kept)[:2].tolist() == [4, 9]


def test_sizes_that_no_machine_has():
    for shape in [(1 << 40,), (1 << 30, 1 << 29), (1 << 59,)]:
        with pytest.raises((MemoryError, ValueError)):
            mx.eval(mx.ones(shape) + 1)
    with pytest.raises((MemoryError, ValueError)):
        mx.array(np.broadcast_to(np.float32(1), (1 << 45,)))


@pytest.mark.parametrize(
    "work",
    [
        lambda i: mx.exp(mx.zeros((1000,)) + i).sum().item(),
        lambda i: np.asarray(mx.arange(1000) + i).sum(),
        lambda i: mx.asarray(np.full(1000, i)).sum().item(),
        lambda i: mx.from_dlpack(mx.arange(1000).__dlpack__(max_version=(1, 0))).sum().item(),
        lambda i: mx.array([[1, 2], [3, i]]).tolist(),
        lambda i: mx.async_eval(mx.ones((1000,)) * i),
        lambda i: repr(mx.ones((50, 50)) * i),
        lambda i: mx.zeros((1000,)),
    ],
    ids=["eager", "export", "adopt", "dlpack", "lists", "async", "print", "never evaluated"],
)
def test_nothing_grows(work):
    for i in range(50):
        work(i)
    mx.synchronize()
    gc.collect()
    before, objects = mx.get_active_memory(), len(gc.get_objects())
    for i in range(500):
        work(i)
    mx.synchronize()
    gc.collect()
    assert mx.get_active_memory() - before <= 1 << 13
    assert len(gc.get_objects()) - objects < 50


def test_memory_returns_after_many_arrays():
    gc.collect()
    before = mx.get_active_memory()
    arrays = [mx.ones((100,)) + i for i in range(2000)]
    mx.eval(arrays)
    assert mx.get_active_memory() - before >= 2000 * 400
    views = [a[::2] for a in arrays]
    mx.eval(views)
    del arrays
    assert mx.get_active_memory() - before >= 2000 * 400
    del views
    gc.collect()
    assert mx.get_active_memory() - before < 1 << 13


def test_eval_takes_trees_and_ignores_the_rest():
    x, y = mx.ones((2,)) + 1, mx.ones((2,)) + 2
    before = mx.kernels_launched()
    mx.eval([x, {"a": (y, None)}], 3, "text")
    assert mx.kernels_launched() > before
    launched = mx.kernels_launched()
    assert x.tolist() + y.tolist() == [2, 2, 3, 3]
    assert mx.kernels_launched() == launched
