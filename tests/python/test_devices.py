"""Devices, streams, evaluation in the background."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import cermet.core as mx


def test_devices():
    assert mx.default_device() == mx.cpu
    assert mx.Device(mx.cpu) == mx.Device(mx.cpu, 0) == mx.DeviceType.cpu
    assert mx.Device(mx.cpu) != mx.Device(mx.gpu)
    assert mx.Device(mx.cpu).type == mx.cpu
    assert repr(mx.Device(mx.cpu, 0)) == "Device(cpu, 0)"
    assert len({mx.Device(mx.cpu), mx.default_device()}) == 1
    assert mx.device_count(mx.cpu) == 1
    assert mx.device_count(mx.gpu) == 0
    assert mx.is_available(mx.cpu)
    assert not mx.is_available(mx.gpu)
    assert not mx.is_available(mx.Device(mx.cpu, 1))
    info = mx.device_info()
    assert info["memory_size"] > 0
    assert info["device_name"]
    assert mx.device_info(mx.cpu) == info
    mx.set_default_device(mx.cpu)
    assert not mx.metal.is_available()
    assert not mx.cuda.is_available()
    assert mx.metal.device_info() == {}
    for call in (lambda: mx.metal.start_capture("a.gputrace"), mx.metal.stop_capture):
        with pytest.raises(ValueError, match="Metal"):
            call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: mx.set_default_device(mx.gpu),
        lambda: mx.default_stream(mx.gpu),
        lambda: mx.new_stream(mx.gpu),
        lambda: mx.new_thread_local_stream(mx.gpu),
        lambda: mx.stream(mx.gpu),
        lambda: mx.device_info(mx.gpu),
        lambda: mx.synchronize(mx.gpu),
        lambda: mx.add(1, 2, stream=mx.gpu),
        lambda: mx.zeros((2,), stream=mx.Device(mx.gpu)),
        lambda: mx.random.normal((2,), stream=mx.gpu),
    ],
)
def test_there_is_no_gpu(call):
    with pytest.raises(ValueError, match="gpu.*no GPU"):
        call()


def test_wrong_types_are_named():
    for call in (mx.set_default_device, mx.default_stream, mx.new_stream, mx.device_count, mx.is_available):
        for bad in (None, "cpu", 0):
            with pytest.raises(TypeError, match=call.__name__):
                call(bad)
    for bad in (None, "cpu"):
        with pytest.raises(TypeError, match="stream"):
            mx.stream(bad)
        with pytest.raises(TypeError, match="set_default_stream"):
            mx.set_default_stream(bad)


def test_streams():
    s, t = mx.new_stream(mx.cpu), mx.new_stream(mx.cpu)
    assert s != t
    assert s == s
    assert s.device == mx.cpu
    assert repr(s) == f"Stream(Device(cpu, 0), {s.index})"
    x = mx.add(mx.array(1.0), 2, stream=s)
    y = mx.multiply(x, 3, stream=t)
    z = mx.subtract(y, x, stream=mx.cpu) + mx.exp(mx.array(0.0), stream=mx.default_device())
    assert z.item() == 7
    before = mx.default_stream(mx.cpu)
    with mx.stream(s) as nothing:
        assert nothing is None
        assert mx.default_stream(mx.cpu) == s
        with mx.stream(t):
            assert mx.default_stream(mx.cpu) == t
            assert (mx.array(1) + 1).item() == 2
        assert mx.default_stream(mx.cpu) == s
        with mx.stream(mx.cpu):
            assert mx.default_stream(mx.cpu) == s
    assert mx.default_stream(mx.cpu) == before
    with pytest.raises(RuntimeError, match="inside"), mx.stream(s):
        raise RuntimeError("inside")
    assert mx.default_stream(mx.cpu) == before
    mx.set_default_stream(t)
    assert mx.default_stream(mx.cpu) == t
    mx.clear_streams()
    assert mx.default_stream(mx.cpu) == before
    mx.synchronize()
    mx.synchronize(s)


def test_default_streams_belong_to_threads():
    s = mx.new_stream(mx.cpu)
    local = mx.new_thread_local_stream(mx.cpu)
    seen = {}

    def work(name):
        seen[name] = mx.default_stream(mx.cpu)
        with mx.stream(local):
            seen[name + " local"] = mx.default_stream(mx.cpu)
        with mx.stream(local):
            assert seen[name + " local"] == mx.default_stream(mx.cpu)
        assert (mx.array(1) + mx.array(2)).item() == 3

    with mx.stream(s):
        threads = [threading.Thread(target=work, args=(str(i),)) for i in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    work("main")
    assert seen["0"] == seen["1"] == seen["main"] == mx.default_stream(mx.cpu)
    assert len({seen["0 local"].index, seen["1 local"].index, seen["main local"].index}) == 3
    assert "ThreadLocalStream" in repr(local)
    assert mx.exp(mx.array(0.0), stream=local).item() == 1


def test_arrays_of_one_thread_are_read_in_others():
    x = mx.random.normal((100,))
    results = []
    threads = [threading.Thread(target=lambda: results.append((x * 2).sum().item())) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(results)) == 1


def test_compiled_functions_run_on_any_stream():
    f = mx.compile(lambda v: mx.exp(v, stream=mx.cpu) + 1)
    with mx.stream(mx.new_stream(mx.cpu)):
        assert f(mx.array(0.0)).item() == 2
    assert f(mx.array(0.0)).item() == 2


def test_async_eval():
    x = mx.random.normal((1000,))
    expected = np.exp(np.array(x)) + 1
    y = mx.exp(x)
    z = y + 1
    mx.async_eval([y], {"z": z}, 3)
    w = z * 2
    assert np.allclose(np.array(w), 2 * expected, rtol=1e-5)
    mx.synchronize()
    assert np.allclose(np.array(z), expected, rtol=1e-5)
    mx.async_eval()
    mx.async_eval(z, z)
    many = [x + i for i in range(200)]
    for m in many:
        mx.async_eval(m)
    assert np.allclose(np.array(many[199]), np.array(x) + 199)
    mx.synchronize()


def test_errors_of_async_eval_surface_at_the_read():
    x = mx.ones((1 << 20,)) + 1
    old = mx.set_memory_limit(mx.get_active_memory() + (1 << 16))
    try:
        mx.async_eval(x)
        mx.synchronize()
        with pytest.raises(MemoryError, match="limit"):
            x[0].item()
    finally:
        mx.set_memory_limit(old)
    assert x[0].item() == 2


def test_threads_that_read_what_is_evaluated_in_the_background():
    for _ in range(20):
        x = mx.random.normal((64, 64))
        y = x @ x + 1
        mx.async_eval(y)
        results = []
        threads = [threading.Thread(target=lambda y=y, r=results: r.append((y.sum()).item())) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(set(results)) == 1


def test_a_forked_child_evaluates_in_the_background():
    for i in range(50):
        mx.async_eval(mx.random.normal((100, 100)) + i)
    x = mx.ones((10,)) + 1
    child = os.fork()
    if child == 0:
        y = x + 1
        mx.async_eval(y)
        os._exit(0 if y[3].item() == 3 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert x[0].item() == 2


def test_a_program_may_end_while_work_waits():
    code = """
import cermet.core as mx
import numpy as np
for i in range(100):
    mx.async_eval(mx.random.normal((300, 300)) @ mx.asarray(np.ones((300, 300), np.float32)))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
