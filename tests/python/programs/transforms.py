"""Function transforms as MLX documents them: grad of grad, vmap, jvp, custom functions, shapeless compile."""

from functools import partial

import mlx.core as mx
import mlx.nn as nn


def pendulum(state, dt=0.05):
    angle, speed = state
    speed = speed - dt * mx.sin(angle)
    return angle + dt * speed, speed


def simulate(angle, steps=40):
    state = angle, mx.zeros_like(angle)
    for _ in range(steps):
        state = pendulum(state)
    return state[0]


angles = mx.linspace(0.1, 1.0, 10)
ends = mx.vmap(simulate)(angles)
slopes = mx.vmap(mx.grad(simulate))(angles)
_, tangents = mx.jvp(simulate, [angles], [mx.ones_like(angles)])
assert mx.allclose(ends, simulate(angles), atol=1e-5)
assert mx.allclose(slopes, tangents[0], atol=1e-5)

second = mx.grad(mx.grad(lambda x: mx.exp(x) * mx.sin(x)))
assert mx.allclose(second(mx.array(0.5)), 2 * mx.exp(mx.array(0.5)) * mx.cos(mx.array(0.5)), rtol=1e-5)


@mx.custom_function
def clipped(x):
    return x


@clipped.vjp
def clipped_vjp(primals, cotangents, outputs):
    x = primals[0] if isinstance(primals, (tuple, list)) else primals
    c = cotangents[0] if isinstance(cotangents, (tuple, list)) else cotangents
    return mx.where(mx.abs(x) < 1, c, 0.0)


assert mx.grad(lambda x: (clipped(x) ** 2).sum())(mx.array([0.5, 2.0])).tolist() == [1.0, 0.0]


@partial(mx.compile, shapeless=True)
def standardise(x):
    return (x - x.mean(axis=-1, keepdims=True)) * mx.rsqrt(x.var(axis=-1, keepdims=True) + 1e-5)


norm = nn.LayerNorm(8, affine=False)
for rows in (1, 2, 5, 9):
    x = mx.random.normal((rows, 8))
    assert mx.allclose(standardise(x), norm(x), atol=1e-4)

outputs, gradients = mx.vjp(lambda a, b: a @ b, [mx.ones((2, 3)), mx.ones((3, 2))], [mx.ones((2, 2))])
assert outputs[0].tolist() == [[3, 3], [3, 3]] and gradients[0].shape == (2, 3)

with mx.stream(mx.cpu):
    total = mx.sum(mx.arange(10) * 2, stream=mx.cpu)
mx.async_eval(total)
mx.synchronize()
print("ends", [round(v, 3) for v in ends.tolist()], "total", total.item())
