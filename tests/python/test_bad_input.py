"""Bad input, everywhere: an exception of the type that Python programs expect, whose message names the operation, no
change to any array, and an interpreter that lives on."""

import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest

import cermet.core as mx

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def x():
    return mx.array(X)


CALLS = [
    # what is no array
    (lambda: mx.array(None), TypeError, "array"),
    (lambda: mx.array({}), TypeError, "dict"),
    (lambda: mx.array("a"), TypeError, "str"),
    (lambda: mx.array(object()), TypeError, "object"),
    (lambda: mx.array(mx.float32), TypeError, "Dtype"),
    (lambda: mx.array({1, 2}), TypeError, "set"),
    (lambda: mx.array(i for i in range(3)), TypeError, "generator"),
    (lambda: mx.array([1, "a"]), TypeError, "str"),
    (lambda: mx.array([None]), TypeError, "NoneType"),
    (lambda: mx.exp("a"), TypeError, "exp"),
    (lambda: mx.add(x(), object()), TypeError, "add"),
    (lambda: mx.matmul(x(), None), TypeError, "matmul"),
    (lambda: x() + "a", TypeError, None),
    (lambda: x() @ None, TypeError, None),
    (lambda: x() < "a", TypeError, None),
    # ragged lists and numbers without a dtype
    (lambda: mx.array([[1, 2], [3]]), ValueError, "ragged"),
    (lambda: mx.array([1, [2]]), ValueError, "ragged"),
    (lambda: mx.array([[1], 2]), ValueError, "ragged"),
    (lambda: mx.array([[], [1]]), ValueError, "ragged"),
    (lambda: mx.array([mx.array([1]), mx.array([1, 2])]), ValueError, "one shape"),
    (lambda: mx.array(1 << 70), ValueError, "64 bits"),
    (lambda: mx.array([-(1 << 70)]), ValueError, "64 bits"),
    (lambda: x() + (1 << 70), ValueError, "64 bits"),
    (lambda: mx.array([[[[1, 2], [3]]]]), ValueError, "ragged"),
    # integers that no dtype holds together
    (lambda: mx.array([2**63, -1]), ValueError, r"\[array\] No integer dtype"),
    (lambda: mx.ones(3, dtype=mx.int8) < 300, ValueError, r"\[less\] the scalar 300 does not fit into int8"),
    # subscripts that are no ASCII
    (lambda: mx.einsum("é->é", mx.ones(1)), ValueError, "'é' is not allowed"),
    # dtypes
    (lambda: mx.array(1, "float32"), TypeError, "dtype"),
    (lambda: mx.array(1, 3), TypeError, "dtype"),
    (lambda: mx.zeros((2,), dtype="int8"), TypeError, "dtype"),
    (lambda: x().astype("int8"), TypeError, "astype|dtype"),
    (lambda: x() & x(), TypeError, "bitwise_and"),
    (lambda: x() << 1, TypeError, "left_shift"),
    (lambda: ~x(), TypeError, "bitwise_invert"),
    # sizes
    (lambda: mx.zeros((2, -1)), ValueError, "negative"),
    (lambda: mx.ones((-5,)), ValueError, "negative"),
    (lambda: mx.full((2, -1), 3), ValueError, "negative"),
    (lambda: mx.zeros((1 << 40, 1 << 40)), ValueError, "zeros|full"),
    (lambda: mx.zeros(1 << 80), ValueError, "zeros|full"),
    (lambda: mx.zeros(2.5), TypeError, "zeros"),
    (lambda: mx.zeros("ab"), TypeError, "zeros"),
    (lambda: mx.zeros((2, None)), TypeError, "zeros"),
    (lambda: mx.eye(-1), ValueError, "eye"),
    (lambda: mx.arange(0, 10, 0), ValueError, "arange"),
    (lambda: mx.arange(math.nan), ValueError, "arange"),
    (lambda: mx.arange(1e30), ValueError, "arange"),
    (lambda: mx.arange("a"), TypeError, "arange"),
    (lambda: mx.linspace(0, 1, -1), ValueError, "linspace"),
    (lambda: mx.random.normal((-1,)), ValueError, "normal|negative"),
    # shapes that do not fit
    (lambda: mx.add(x(), mx.ones((4,))), ValueError, r"\[add\].*\(2, 3\).*\(4,\)"),
    (lambda: x() * mx.ones((3, 2)), ValueError, "multiply"),
    (lambda: mx.where(x() > 1, x(), mx.ones((7,))), ValueError, "where"),
    (lambda: x().reshape(5), ValueError, "reshape"),
    (lambda: x().reshape(-1, -1), ValueError, "reshape"),
    (lambda: x().reshape(4, -1), ValueError, "reshape"),
    (lambda: mx.zeros((0, 3)).reshape(-1, 0), ValueError, "reshape"),
    (lambda: mx.matmul(x(), x()), ValueError, "matmul"),
    (lambda: mx.matmul(x(), 3), ValueError, "matmul"),
    (lambda: mx.broadcast_to(x(), (4, 3)), ValueError, "broadcast"),
    (lambda: mx.concatenate([x(), mx.ones((2, 4))], axis=0), ValueError, "concatenate"),
    (lambda: mx.stack([x(), mx.ones((2, 4))]), ValueError, "stack"),
    (lambda: mx.concatenate([]), ValueError, "concatenate"),
    (lambda: mx.stack([]), ValueError, "stack"),
    (lambda: mx.split(x(), 4), ValueError, "split"),
    (lambda: mx.split(x(), 0), ValueError, "split"),
    (lambda: mx.squeeze(x(), 0), ValueError, "squeeze"),
    (lambda: mx.unflatten(x(), 1, (2, 2)), ValueError, "unflatten"),
    (lambda: mx.argmax(mx.zeros((0,))), ValueError, "argmax"),
    (lambda: mx.max(mx.zeros((0, 3)), axis=0), ValueError, "max"),
    (lambda: mx.array(1.0).mT, ValueError, "mT"),
    # axes
    (lambda: mx.sum(x(), axis=2), IndexError, "sum"),
    (lambda: mx.sum(x(), axis=-3), IndexError, "sum"),
    (lambda: mx.sum(x(), axis=(0, 0)), ValueError, "sum"),
    (lambda: mx.sum(x(), axis="a"), TypeError, "sum"),
    (lambda: mx.sum(x(), axis=1.5), TypeError, "sum"),
    (lambda: mx.sum(x(), axis=1 << 40), (ValueError, IndexError), "sum"),
    (lambda: mx.transpose(x(), (0, 0)), ValueError, "transpose"),
    (lambda: mx.transpose(x(), (0, 5)), IndexError, "transpose"),
    (lambda: mx.transpose(x(), (0,)), ValueError, "transpose"),
    (lambda: mx.expand_dims(x(), 9), IndexError, "expand_dims"),
    (lambda: mx.swapaxes(x(), 0, 2), IndexError, "swapaxes"),
    (lambda: mx.moveaxis(x(), 5, 0), IndexError, "moveaxis"),
    (lambda: mx.flip(x(), 3), IndexError, "flip"),
    (lambda: mx.softmax(x(), axis=4), IndexError, "softmax"),
    (lambda: mx.concatenate([x(), x()], axis=7), IndexError, "concatenate"),
    # indices
    (lambda: x()[2], IndexError, None),
    (lambda: x()[0, 0, 0], IndexError, None),
    (lambda: x()["a"], (TypeError, ValueError, IndexError), None),
    (lambda: x()[2.5], (TypeError, ValueError, IndexError), None),
    (lambda: x()[::0], ValueError, None),
    (lambda: x().__setitem__(5, 1), IndexError, None),
    (lambda: x().__setitem__(0, mx.ones((5,))), ValueError, None),
    (lambda: x().__setitem__(0, "a"), TypeError, None),
    # values
    (lambda: x().item(), ValueError, "item"),
    (lambda: float(x()), ValueError, "one element"),
    (lambda: bool(x()), ValueError, "ambiguous"),
    (lambda: bool(mx.zeros((0,))), ValueError, "ambiguous"),
    (lambda: float(mx.array(1j)), TypeError, "complex"),
    (lambda: int(mx.array(math.inf)), OverflowError, None),
    (lambda: int(mx.array(math.nan)), ValueError, None),
    (lambda: len(mx.array(1)), TypeError, "0-d"),
    (lambda: iter(mx.array(1)), TypeError, "0-d"),
    (lambda: range(3)[mx.array(1.0)], TypeError, "index"),
    (lambda: [1, 2][mx.array([1, 2])], TypeError, "index"),
    # keywords and numbers of arguments
    (lambda: mx.exp(), TypeError, "exp"),
    (lambda: mx.exp(x(), x()), TypeError, "exp"),
    (lambda: mx.exp(x(), axis=1), TypeError, "exp"),
    (lambda: mx.sum(x(), keepdim=True), TypeError, "sum"),
    (lambda: mx.exp(x(), stream="cpu"), TypeError, "stream"),
    (lambda: mx.exp(x(), stream=mx.gpu), ValueError, "gpu"),
    # in place
    (lambda: x().__iadd__(mx.ones((2, 2, 3))), ValueError, "add"),
    (lambda: x().__imatmul__(mx.ones((3, 2))), ValueError, "matmul"),
]


@pytest.mark.parametrize("call, error, text", CALLS, ids=range(len(CALLS)))
def test_bad_calls_raise(call, error, text):
    with pytest.raises(error, match=text):
        result = call()
        mx.eval(result)


def test_nothing_changes_when_a_call_fails():
    a = x()
    b = mx.array([1, 2, 3])
    names = [a, b]
    failures = [
        lambda: a.__iadd__(mx.ones((7,))),
        lambda: a.__imul__("a"),
        lambda: a.__setitem__((0, 9), 1),
        lambda: a.__setitem__(slice(0, 1), mx.ones((3, 3))),
        lambda: a.__setitem__("k", 1),
        lambda: b.__ilshift__(1.5),
        lambda: b.__imatmul__(b),
        lambda: mx.concatenate([a, b]),
        lambda: mx.compile(lambda v: v.__iadd__(mx.ones((9,))))(a),
        lambda: mx.compile(lambda v: v.item())(b),
    ]
    for failure in failures:
        try:
            failure()
        except (TypeError, ValueError, IndexError):
            continue
        # an operator method that doesn't know its operand answers NotImplemented
    assert names[0].tolist() == X
    assert names[1].tolist() == [1, 2, 3]


# ---- Every function with random wrong arguments ---------------------------------------------------------------------

# What may block, end the process, write files, or change how others work.
SKIPPED = {
    "clear_kernel_cache",
    "set_cache_limit",
    "set_compile_cache_limit",
    "set_default_device",
    "set_default_stream",
    "set_memory_limit",
    "set_num_threads",
    "set_printoptions",
    "set_setting",
    "disable_compile",
    "enable_compile",
    "save",
    "savez",
    "savez_compressed",
    "save_safetensors",
    "save_gguf",
    "load",
    "export_to_dot",
}
ALLOWED = (TypeError, ValueError, IndexError, MemoryError, OverflowError, KeyError, BufferError, NotImplementedError)


def odd_values(rng):
    arrays = [
        lambda: mx.array(X),
        lambda: mx.array(1.5),
        lambda: mx.zeros((0, 3)),
        lambda: mx.array([1, 2, 3]),
        lambda: mx.array([True, False, True]),
        lambda: mx.array([1j, 2]),
        lambda: mx.array([[1.0, math.nan], [math.inf, -1]]).T,
        lambda: mx.array([-5, 300, 1 << 40]),
        lambda: mx.zeros((2, 3, 4), mx.float16)[:, ::-2],
        lambda: mx.zeros((1, 1), mx.bfloat16),
        lambda: mx.array([7], mx.uint8),
        lambda: np.array(X),
        lambda: np.array(["a"]),
        lambda: mx.array.__new__(mx.array),
    ]
    plain = [
        None, True, 0, 1, -1, 2, 3, -7, 1 << 31, -(1 << 31), 1 << 40, 1 << 62, 1 << 70, 0.5, -2.5, math.nan, math.inf,
        1j, "", "axis", "reflect", "ij", "ij,jk->ik", b"ab", [], (), [1, 2], [1, [2]], (0, 1), (1, 0), (-1,), (2, -1),
        (0, 0), (1 << 40, 1 << 40), [None], {}, {"a": 1}, object(), mx.float32, mx.int8, mx.bool_, np.float32, float,
        mx.cpu, mx.gpu, slice(0, 2), slice(None, None, 0), ..., len, range(3), {1, 2},
    ]  # fmt: skip
    choice = rng.random()
    if choice < 0.45:
        return rng.choice(arrays)()
    if choice < 0.55:
        return [rng.choice(arrays)() for _ in range(rng.randrange(4))]
    return rng.choice(plain)


def sweep(seed, rounds):
    """Prints what went wrong: "name(arguments): error"."""
    rng = random.Random(seed)
    functions = {}
    for module in (mx, mx.random, *(getattr(mx, n) for n in ("linalg", "fft", "fast") if hasattr(mx, n))):
        for name in dir(module):
            function = getattr(module, name)
            if name.startswith("_") or name in SKIPPED or not callable(function) or isinstance(function, type):
                continue
            functions[f"{module.__name__}.{name}"] = function
    machinery = {"class", "init_subclass", "subclasshook", "new", "init", "setstate"}
    machinery |= {"reduce", "dir", "setattr", "delattr", "getattribute"}
    for name in dir(mx.array):
        function = getattr(mx.array, name)
        if name.strip("_") not in machinery and callable(function) and not isinstance(function, type):
            functions[f"array.{name}"] = function
    mx.set_memory_limit(1 << 28)
    for name, function in sorted(functions.items()):
        print("at", name, flush=True)
        for _ in range(rounds):
            arguments = [odd_values(rng) for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 4]))]
            if name.startswith("array."):
                arguments.insert(0, mx.array(X) if rng.random() < 0.6 else mx.array([1, 2, 3]))
            try:
                result = function(*arguments)
                mx.eval(result)
            except ALLOWED as error:
                if "internal error" in str(error):
                    print(f"WRONG {name}{arguments!r:.300}: {error}", flush=True)
            except Exception as error:
                print(f"WRONG {name}{arguments!r:.300}: {type(error).__name__}: {error}", flush=True)
    print("done", flush=True)


@pytest.mark.parametrize("seed", [int(os.environ.get("CERMET_SWEEP_SEED", "1"))])
def test_random_arguments_of_every_function(seed):
    rounds = int(os.environ.get("CERMET_SWEEP_ROUNDS", "6"))
    here = os.path.dirname(__file__)
    code = f"import sys; sys.path.insert(0, {here!r})\nimport test_bad_input as t\nt.sweep({seed}, {rounds})"
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code], capture_output=True, text=True, timeout=600
    )
    lines = run.stdout.splitlines()
    assert run.returncode == 0, f"died at: {lines[-1:]}\n{run.stderr[-3000:]}"
    assert lines[-1] == "done"
    wrong = [line for line in lines if line.startswith("WRONG")]
    assert not wrong, "\n".join(wrong)
