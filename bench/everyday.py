"""Rows of everyday array work, each against NumPy, JAX and MLX: gathers, sorts, einsum, random numbers, products, and
small-array scientific code.

A row makes its NumPy inputs and holds its function in up to three spellings: `mlx` (Cermet and MLX), `jax` and `numpy`;
a spelling takes the framework's namespace and the inputs. Where one spelling serves all, it is given once."""

import math
from dataclasses import dataclass
from typing import Callable

ROWS = {}


@dataclass(frozen=True)
class Row:
    name: str
    inputs: Callable  # of a NumPy generator: the tuple of input arrays
    spellings: dict
    compiled: bool = True  # whether the function is also measured compiled

    def function(self, framework, namespace):
        spelling = self.spellings.get({"cermet": "mlx"}.get(framework, framework), self.spellings.get("all"))
        return None if spelling is None else lambda *inputs: spelling(namespace, *inputs)


def row(name, inputs, compiled=True, **spellings):
    ROWS[name] = Row(name, inputs, spellings, compiled)


def floats(*shape):
    return lambda rng: (rng.standard_normal(shape, dtype="float32"),)


def pairs(first, second):
    return lambda rng: (rng.standard_normal(first, dtype="float32"), rng.standard_normal(second, dtype="float32"))


def with_indices(table, count):
    return lambda rng: (rng.standard_normal(table, dtype="float32"), rng.integers(0, table[0], count).astype("int32"))


# ---- One operation --------------------------------------------------------------------------------------------------

for n in (16, 4096, 1 << 20):
    row(f"exp, {n}", floats(n), all=lambda m, x: m.exp(x))
    row(f"add, {n}", pairs((n,), (n,)), all=lambda m, x, y: x + y)
row("sum of rows, 1024 x 1024", floats(1024, 1024), all=lambda m, x: m.sum(x, axis=1))
row("sum of columns, 1024 x 1024", floats(1024, 1024), all=lambda m, x: m.sum(x, axis=0))
row("cumsum, 1 Mi", floats(1 << 20), all=lambda m, x: m.cumsum(x, axis=0))
row("cumsum of rows, 1024 x 1024", floats(1024, 1024), all=lambda m, x: m.cumsum(x, axis=1))

# ---- Convolutions and Fourier transforms --------------------------------------------------------------------------


def convolution(stride, padding, groups):
    """conv2d in MLX's spelling and in JAX's, channels last."""

    def mlx(m, x, w):
        return m.conv2d(x, w, stride, padding, groups=groups)

    def jax(m, x, w):
        return m.jax.lax.conv_general_dilated(
            x,
            w,
            (stride, stride),
            [(padding, padding)] * 2,
            dimension_numbers=("NHWC", "OHWI", "NHWC"),
            feature_group_count=groups,
        )

    return mlx, jax


def convolution_rows(name, x, w, stride=1, padding=1, groups=1, gradient=False):
    mlx, jax = convolution(stride, padding, groups)
    row(f"conv2d {name}", pairs(x, w), mlx=mlx, jax=jax)
    if gradient:
        row(
            f"conv2d {name}, gradients",
            pairs(x, w),
            mlx=lambda m, x, w: size(m, m.grad(lambda x, w: m.square(mlx(m, x, w)).sum(), argnums=(0, 1))(x, w)),
            jax=lambda m, x, w: size(m, m.jax.grad(lambda x, w: m.square(jax(m, x, w)).sum(), argnums=(0, 1))(x, w)),
        )


def size(m, arrays):
    return sum(m.abs(x).sum() for x in arrays)


convolution_rows("16x32x32x32 -> 64, 3x3", (16, 32, 32, 32), (64, 3, 3, 32), gradient=True)
convolution_rows("1x224x224x3 -> 64, 7x7 by 2", (1, 224, 224, 3), (64, 7, 7, 3), stride=2, padding=3)
convolution_rows("8x56x56x64, depthwise 3x3", (8, 56, 56, 64), (64, 3, 3, 1), groups=64)
convolution_rows("1x7x7x512 -> 512, 3x3", (1, 7, 7, 512), (512, 3, 3, 512))
row("fft, 64 x 1024", floats(64, 1024), all=lambda m, x: m.fft.fft(x))
row("rfft, 256 x 1000", floats(256, 1000), all=lambda m, x: m.fft.rfft(x))

# ---- Random numbers -------------------------------------------------------------------------------------------------

row(
    "random uniform, 1 Mi",
    lambda rng: (),
    mlx=lambda m: m.random.uniform(shape=(1 << 20,), key=m.random.key(3)),
    jax=lambda m: m.jax.random.uniform(m.jax.random.key(3), (1 << 20,)),
    numpy=lambda m: m.generator.random(1 << 20, dtype=m.float32),
)
row(
    "random normal, 1 Mi",
    lambda rng: (),
    mlx=lambda m: m.random.normal((1 << 20,), key=m.random.key(3)),
    jax=lambda m: m.jax.random.normal(m.jax.random.key(3), (1 << 20,)),
    numpy=lambda m: m.generator.standard_normal(1 << 20, dtype=m.float32),
)

# ---- Gathers and scatters -------------------------------------------------------------------------------------------

row("take 4096 rows of 256", with_indices((50_000, 256), 4096), all=lambda m, x, i: m.take(x, i, axis=0))
row("take 1 Mi elements", with_indices((1 << 20,), 1 << 20), all=lambda m, x, i: m.take(x, i, axis=0))
row(
    "take_along_axis, 1024 x 1024",
    lambda rng: (
        rng.standard_normal((1024, 1024), dtype="float32"),
        rng.integers(0, 1024, (1024, 1024)).astype("int32"),
    ),
    all=lambda m, x, i: m.take_along_axis(x, i, axis=1),
)


def numpy_scatter_add(m, x, i, updates):
    out = x.copy()
    m.add.at(out, i, updates)
    return out


row(
    "add 4096 rows of 256 at indices",
    lambda rng: (*with_indices((1024, 256), 4096)(rng), rng.standard_normal((4096, 256), dtype="float32")),
    mlx=lambda m, x, i, u: x.at[i].add(u),
    jax=lambda m, x, i, u: x.at[i].add(u),
    numpy=numpy_scatter_add,
)

# ---- Sorting --------------------------------------------------------------------------------------------------------

row("sort, 1 Mi", floats(1 << 20), all=lambda m, x: m.sort(x, axis=0))
row("sort rows, 1000 x 1000", floats(1000, 1000), all=lambda m, x: m.sort(x, axis=1))
row("argsort, 1 Mi", floats(1 << 20), all=lambda m, x: m.argsort(x, axis=0))

# ---- Products -------------------------------------------------------------------------------------------------------

for n in (32, 128, 512, 1024):
    row(f"matmul, {n} x {n}", pairs((n, n), (n, n)), all=lambda m, x, y: m.matmul(x, y))
for batch, n in ((64, 32), (64, 128), (8, 512)):
    row(f"matmul, {batch} of {n} x {n}", pairs((batch, n, n), (batch, n, n)), all=lambda m, x, y: m.matmul(x, y))
row("vector x matrix, 1024", pairs((1, 1024), (1024, 1024)), all=lambda m, x, y: m.matmul(x, y))
row(
    "relu(matmul + bias), 512 x 512",
    lambda rng: (*pairs((512, 512), (512, 512))(rng), rng.standard_normal(512, dtype="float32")),
    all=lambda m, x, y, b: m.maximum(m.matmul(x, y) + b, 0.0),
)
row(
    "einsum bhqd,bhkd->bhqk, 4 x 8 x 128 x 64",
    pairs((4, 8, 128, 64), (4, 8, 128, 64)),
    all=lambda m, q, k: m.einsum("bhqd,bhkd->bhqk", q, k),
)
row(
    "einsum ij,jk,kl->il, 20 x 500 x 500 x 20",
    lambda rng: (*pairs((20, 500), (500, 500))(rng), rng.standard_normal((500, 20), dtype="float32")),
    mlx=lambda m, a, b, c: m.einsum("ij,jk,kl->il", a, b, c),
    jax=lambda m, a, b, c: m.einsum("ij,jk,kl->il", a, b, c),
    numpy=lambda m, a, b, c: m.einsum("ij,jk,kl->il", a, b, c, optimize=True),
)

# ---- Small-array scientific code ------------------------------------------------------------------------------------


def lorenz(m, state):
    x, y, z = state[0], state[1], state[2]
    return m.stack([10.0 * (y - x), x * (28.0 - z) - y, x * y - (8.0 / 3.0) * z])


def rk4(m, state):
    """One step of the classical Runge-Kutta method on the Lorenz system."""
    h = 0.01
    k1 = lorenz(m, state)
    k2 = lorenz(m, state + (h / 2) * k1)
    k3 = lorenz(m, state + (h / 2) * k2)
    k4 = lorenz(m, state + h * k3)
    return state + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4)


def n_body(m, position, velocity):
    """One leapfrog step of bodies of equal mass; answers positions and velocities side by side."""
    offset = position[None, :, :] - position[:, None, :]
    distance = m.sum(offset * offset, axis=-1) + 1e-3
    pull = offset * (1.0 / (distance * m.sqrt(distance)))[:, :, None]
    velocity = velocity + 0.01 * m.sum(pull, axis=1)
    return m.concatenate([position + 0.01 * velocity, velocity], axis=1)


def price(m, normal):
    """A European call by Monte Carlo: the mean discounted payoff of one geometric Brownian step."""
    end = 100.0 * m.exp((0.05 - 0.5 * 0.2 * 0.2) + 0.2 * normal)
    return m.mean(m.maximum(end - 105.0, 0.0)) * math.exp(-0.05)


row("RK4 step, Lorenz", lambda rng: (rng.standard_normal(3, dtype="float32"),), all=rk4)
row("N-body step, 256 bodies", pairs((256, 3), (256, 3)), all=n_body)
row("Monte Carlo pricing, 1 Mi paths", floats(1 << 20), all=price)
row(
    "Monte Carlo pricing with its draws, 1 Mi paths",
    lambda rng: (),
    mlx=lambda m: price(m, m.random.normal((1 << 20,), key=m.random.key(3))),
    jax=lambda m: price(m, m.jax.random.normal(m.jax.random.key(3), (1 << 20,))),
    numpy=lambda m: price(m, m.generator.standard_normal(1 << 20, dtype=m.float32)),
)


# ---- Writes in place ------------------------------------------------------------------------------------------------


def grow(m, new):
    """A cache that gains a row at a time: 64 slice assignments into one array."""
    cache = m.zeros((64, 4, 256))
    for i in range(64):
        cache[i : i + 1] = new
    return cache


def grow_jax(m, new):
    cache = m.zeros((64, 4, 256))
    for i in range(64):
        cache = m.jax.lax.dynamic_update_slice(cache, new, (i, 0, 0))
    return cache


row("64 slice assignments", floats(1, 4, 256), mlx=grow, jax=grow_jax, numpy=grow)
