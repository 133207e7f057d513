"""The functions that the benchmarks and the demo run, written once over a namespace `m` of any framework."""

import math
from types import SimpleNamespace


def gelu(m, x):
    """The reference's definition."""
    return x * (1 + m.erf(x / math.sqrt(2))) / 2


def softmax(m, x):
    return m.softmax(x)


def layer_norm(m, x):
    """Written out, as a user writes it."""
    centred = x - m.mean(x)
    return centred * m.rsqrt(m.var(x) + 1e-5)


def sum_of_squares(m, x):
    return m.sum(x * x)


def chain(m, x):
    """Twenty element-wise operations with a few transcendental ones among them."""
    y = x * 0.5 + 0.25
    y = m.maximum(y, y * 0.1)
    y = y * y - y * 3.0 + 2.0
    y = m.sqrt(m.abs(y) + 1.0)
    y = y / (y + 1.0)
    y = m.tanh(y) * 2.0 - m.exp(-(y * y))
    return m.minimum(y * x, 4.0)


def matmul(m, x):
    """A square matrix with itself: a library call, here to show that the road to the library costs nothing."""
    return m.matmul(x, x)


GENERATED = (gelu, softmax, layer_norm, sum_of_squares, chain)
WORKLOADS = {f.__name__: f for f in (*GENERATED, matmul)}
DTYPES = ("float32", "bfloat16")
SIZES = (16, 256, 4096, 65_536, 1 << 20, 1 << 24, 32 * 1000 * 4096)
MATMUL_SIZES = (64**2, 256**2, 1024**2, 2048**2)


def sizes_of(workload):
    return MATMUL_SIZES if workload == "matmul" else SIZES


def shape_of(workload, elements):
    """Rows of at most 4,096, since the row functions work on the last axis; a square for matmul."""
    columns = math.isqrt(elements) if workload == "matmul" else min(elements, 4096)
    return (elements // columns, columns)


def mlx_like(mx):
    """The namespace for a framework of MLX's API: Cermet and MLX."""
    return SimpleNamespace(
        erf=mx.erf,
        softmax=lambda x: mx.softmax(x, axis=-1),
        mean=lambda x: mx.mean(x, axis=-1, keepdims=True),
        var=lambda x: mx.var(x, axis=-1, keepdims=True),
        rsqrt=mx.rsqrt,
        sum=mx.sum,
        maximum=mx.maximum,
        minimum=mx.minimum,
        sqrt=mx.sqrt,
        abs=mx.abs,
        tanh=mx.tanh,
        exp=mx.exp,
        matmul=mx.matmul,
    )


def jax_like():
    import jax
    import jax.numpy as jnp

    return SimpleNamespace(
        erf=jax.scipy.special.erf,
        softmax=lambda x: jax.nn.softmax(x, axis=-1),
        mean=lambda x: jnp.mean(x, axis=-1, keepdims=True),
        var=lambda x: jnp.var(x, axis=-1, keepdims=True),
        rsqrt=jax.lax.rsqrt,
        sum=jnp.sum,
        maximum=jnp.maximum,
        minimum=jnp.minimum,
        sqrt=jnp.sqrt,
        abs=jnp.abs,
        tanh=jnp.tanh,
        exp=jnp.exp,
        matmul=jnp.matmul,
    )


def numpy_like():
    import numpy as np
    from scipy.special import erf

    def stable_softmax(x):
        shifted = np.exp(x - x.max(axis=-1, keepdims=True))
        return shifted / shifted.sum(axis=-1, keepdims=True)

    return SimpleNamespace(
        erf=erf,
        softmax=stable_softmax,
        mean=lambda x: x.mean(axis=-1, keepdims=True),
        var=lambda x: x.var(axis=-1, keepdims=True),
        rsqrt=lambda x: 1 / np.sqrt(x),
        sum=np.sum,
        maximum=np.maximum,
        minimum=np.minimum,
        sqrt=np.sqrt,
        abs=np.abs,
        tanh=np.tanh,
        exp=np.exp,
        matmul=np.matmul,
    )
