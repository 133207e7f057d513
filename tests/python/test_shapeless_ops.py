"""Every function of mx._function_table() in a shapeless trace, at several shapes, against the uncompiled one."""

import numpy as np
import pytest

import cermet.core as mx


def definite(x):
    return x @ x.T + 5 * mx.eye(x.shape[0])


def integers(x):
    return (mx.abs(x) * 10).astype(mx.int32)


def places(x):
    return mx.zeros(x.shape, mx.int32)


KEY = np.array([0, 1], dtype=np.uint32)

# How functions are called that take more than arrays of one shape.
CALLS = {
    "segmented_mm": lambda f, x: f(x, x, mx.array([[0, 2], [2, 3]], dtype=mx.uint32)),
    "hadamard_transform": lambda f, x: f(x[:, :2]),
    "addmm": lambda f, x: f(x, x, x),
    "arange": lambda f, x: f(x.shape[0]),
    "argpartition": lambda f, x: mx.take_along_axis(x, f(x, 1, axis=0), axis=0)[1:2],
    "as_strided": lambda f, x: f(x, (2, 2), (1, 1), 0),
    "astype": lambda f, x: f(x, mx.float16),
    "bartlett": lambda f, x: f(x.shape[0]),
    "bitwise_and": lambda f, x: f(integers(x), 3),
    "bitwise_invert": lambda f, x: f(integers(x)),
    "bitwise_or": lambda f, x: f(integers(x), 3),
    "bitwise_xor": lambda f, x: f(integers(x), 3),
    "blackman": lambda f, x: f(x.shape[0]),
    "broadcast_shapes": lambda f, x: mx.zeros(f(x.shape, (1,))),
    "broadcast_to": lambda f, x: f(x, (2, *x.shape)),
    "clip": lambda f, x: f(x, -1, 1),
    "concatenate": lambda f, x: f([x, x]),
    "conv1d": lambda f, x: f(x[None], mx.ones((2, 2, x.shape[1]))),
    "conv2d": lambda f, x: f(x[None, :, :, None], mx.ones((2, 2, 2, 1))),
    "conv3d": lambda f, x: f(x[None, :, :, None, None], mx.ones((2, 2, 2, 1, 1))),
    "conv_general": lambda f, x: f(x[None, :, :, None], mx.ones((2, 2, 2, 1))),
    "conv_transpose1d": lambda f, x: f(x[None], mx.ones((2, 2, x.shape[1]))),
    "conv_transpose2d": lambda f, x: f(x[None, :, :, None], mx.ones((2, 2, 2, 1))),
    "conv_transpose3d": lambda f, x: f(x[None, :, :, None, None], mx.ones((2, 2, 2, 1, 1))),
    "convolve": lambda f, x: f(x[0], x[1]),
    "depends": lambda f, x: f(x, [x]),
    "einsum": lambda f, x: f("ij,jk->ik", x, x),
    "expand_dims": lambda f, x: f(x, 0),
    "eye": lambda f, x: f(x.shape[0]),
    "fast.cross_entropy": lambda f, x: f(x, mx.zeros((x.shape[0],), mx.int32)),
    "fast.layer_norm": lambda f, x: f(x, None, None, 1e-5),
    "fast.rms_norm": lambda f, x: f(x, None, 1e-5),
    "fast.rope": lambda f, x: f(x[None, :, :2], 2, traditional=False, base=10000.0, scale=1.0, offset=0),
    "fast.scaled_dot_product_attention": lambda f, x: f(x[None, None], x[None, None], x[None, None], scale=0.5),
    "fft.fftfreq": lambda f, x: f(x.shape[0]),
    "fft.rfftfreq": lambda f, x: f(x.shape[0]),
    "full": lambda f, x: f((x.shape[0], 2), x[0, 0]),
    "full_like": lambda f, x: f(x, 2.0),
    "hamming": lambda f, x: f(x.shape[0]),
    "hanning": lambda f, x: f(x.shape[0]),
    "identity": lambda f, x: f(x.shape[0]),
    "left_shift": lambda f, x: f(integers(x), 1),
    "linalg.cholesky": lambda f, x: f(definite(x)),
    "linalg.cholesky_inv": lambda f, x: f(mx.linalg.cholesky(definite(x))),
    "linalg.cross": lambda f, x: f(x[:, :3], x[:, :3]),
    "linalg.det": lambda f, x: f(definite(x)),
    "linalg.eig": lambda f, x: mx.abs(f(definite(x))[0]).sum(),
    "linalg.eigh": lambda f, x: f(definite(x))[0],
    "linalg.eigvals": lambda f, x: mx.abs(f(definite(x))).sum(),
    "linalg.eigvalsh": lambda f, x: f(definite(x)),
    "linalg.inv": lambda f, x: f(definite(x)),
    "linalg.lu": lambda f, x: f(definite(x)),
    "linalg.lu_factor": lambda f, x: f(definite(x)),
    "linalg.matrix_power": lambda f, x: f(x, 2),
    "linalg.pinv": lambda f, x: f(definite(x)),
    "linalg.qr": lambda f, x: f(definite(x)),
    "linalg.slogdet": lambda f, x: f(definite(x)),
    "linalg.solve": lambda f, x: f(definite(x), x),
    "linalg.solve_triangular": lambda f, x: f(mx.tril(definite(x)), x),
    "linalg.svd": lambda f, x: f(x)[1],
    "linalg.tri_inv": lambda f, x: f(mx.tril(definite(x))),
    "linspace": lambda f, x: f(0, 1, x.shape[0]),
    "masked_scatter": lambda f, x: f(x, x > 0, x),
    "moveaxis": lambda f, x: f(x, 0, 1),
    "ones": lambda f, x: f(x.shape),
    "pad": lambda f, x: f(x, 1),
    "partition": lambda f, x: mx.sort(f(x, 1, axis=0)[:1], axis=0),
    "put_along_axis": lambda f, x: f(x, places(x)[:1], x[:1], axis=0),
    "random.bernoulli": lambda f, x: f(0.5, x.shape, key=mx.array(KEY)),
    "random.bits": lambda f, x: f(x.shape, key=mx.array(KEY)),
    "random.categorical": lambda f, x: f(x, key=mx.array(KEY)),
    "random.gumbel": lambda f, x: f(x.shape, key=mx.array(KEY)),
    "random.key": lambda f, x: f(3),
    "random.laplace": lambda f, x: f(x.shape, key=mx.array(KEY)),
    "random.multivariate_normal": lambda f, x: f(x[0], mx.eye(x.shape[0]), key=mx.array(KEY)),
    "random.normal": lambda f, x: f(x.shape, key=mx.array(KEY)),
    "random.permutation": lambda f, x: f(x, key=mx.array(KEY)),
    "random.randint": lambda f, x: f(0, 9, x.shape, key=mx.array(KEY)),
    "random.split": lambda f, x: f(mx.array(KEY)),
    "random.truncated_normal": lambda f, x: f(-1.0, 1.0, x.shape, key=mx.array(KEY)),
    "random.uniform": lambda f, x: f(shape=x.shape, key=mx.array(KEY)),
    "repeat": lambda f, x: f(x, 2, axis=0),
    "reshape": lambda f, x: f(x, (x.shape[1], x.shape[0])),
    "right_shift": lambda f, x: f(integers(x), 1),
    "roll": lambda f, x: f(x, 1, axis=0),
    "round": lambda f, x: f(x, 1),
    "scatter_add_axis": lambda f, x: f(x, places(x)[:1], x[:1], axis=0),
    "searchsorted": lambda f, x: f(mx.sort(x[0]), x),
    "slice": lambda f, x: f(x, mx.array([1]), axes=(0,), slice_size=(2, x.shape[1])),
    "slice_update": lambda f, x: f(x, x[:1], mx.array([1]), axes=(0,)),
    "split": lambda f, x: f(x, [1]),
    "stack": lambda f, x: f([x, x]),
    "swapaxes": lambda f, x: f(x, 0, 1),
    "take": lambda f, x: f(x, mx.array([0, 1]), axis=0),
    "take_along_axis": lambda f, x: f(x, places(x), axis=0),
    "tensordot": lambda f, x: f(x, x, 1),
    "tile": lambda f, x: f(x, (2, 1)),
    "topk": lambda f, x: mx.sort(f(x, 2, axis=0), axis=0),
    "tri": lambda f, x: f(x.shape[0]),
    "unflatten": lambda f, x: f(x, 0, (x.shape[0], 1)),
    "view": lambda f, x: f(x, mx.int32),
    "where": lambda f, x: f(x > 0, x, x),
    "zeros": lambda f, x: f(x.shape),
}

# Tried one after the other for all others.
USUAL = [
    lambda f, x: f(x),
    lambda f, x: f(x, x),
    lambda f, x: f([x, x]),
    lambda f, x: f(integers(x)),
    lambda f, x: f(integers(x), integers(x)),
    lambda f, x: f(x[0]),
    lambda f, x: f(x[0], x[0]),
]

# Their results cannot carry a symbol (a number of results, a step, coefficients); another extent is another trace.
SPECIALISE = {
    "as_strided",
    "bartlett",
    "blackman",
    "fft.fftfreq",
    "fft.istft",
    "fft.rfftfreq",
    "hamming",
    "hanning",
    "linalg.eig",
    "linalg.eigh",
    "linalg.pinv",
    "linspace",
    "median",
    "unstack",
}

# No arrays come out, or as many elements as the values say.
NO_ARRAYS = {"einsum_path", "random.seed", "unique"}


def names():
    full = {f"{row['module']}.{row['name']}".removeprefix("cermet.core.") for row in mx._function_table()}
    return sorted(full - NO_ARRAYS)


def function_of(name):
    found = mx
    for part in name.split("."):
        found = getattr(found, part)
    return found


def matrix(extent, seed):
    return mx.array(np.random.default_rng(seed).normal(size=(extent, extent)).astype(np.float32))


def leaves(tree):
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def call_of(name, function):
    """The first call that works uncompiled."""
    for call in [CALLS[name]] if name in CALLS else USUAL:
        try:
            results = leaves(call(function, matrix(4, 0)))
            mx.eval(results)
        except (ValueError, TypeError, IndexError):
            continue
        if results and all(isinstance(r, mx.array) for r in results):
            return call
    return None


def numbers(x):
    return np.array(x.astype(mx.complex64 if x.dtype == mx.complex64 else mx.float32))


@pytest.mark.parametrize("name", names())
def test_function_is_right_for_every_shape(name):
    function = function_of(name)
    call = call_of(name, function)
    if call is None:
        pytest.skip(f"CALLS does not say how {name} is called")
    compiled = mx.compile(lambda x: call(function, x), shapeless=True)
    for seed, extent in enumerate((4, 6, 3, 9)):
        x = matrix(extent, seed)
        ours, wanted = leaves(compiled(x)), leaves(call(function, x))
        assert len(ours) == len(wanted)
        for a, b in zip(ours, wanted):
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            assert np.allclose(numbers(a), numbers(b), rtol=3e-3, atol=3e-3, equal_nan=True)
    if name not in SPECIALISE:
        assert compiled.stats()["traces"] == 1, compiled.stats()["retrace_reasons"]
