"""Convolutions against sums written out in NumPy (double precision), against MLX and JAX, their derivatives, and the
errors for what does not fit."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cermet.core as mx

TOLERANCE = {mx.float64: 1e-12, mx.float32: 2e-5, mx.float16: 4e-3, mx.bfloat16: 3e-2}


def reference(x, w, stride, low, high, kernel_dilation, input_dilation, groups, flip):
    """The definition: a sum over the kernel's elements, one product of matrices each."""
    spatial = x.ndim - 2
    dilated = np.zeros(
        (
            x.shape[0],
            *(max(0, (n - 1) * d + 1) for n, d in zip(x.shape[1:-1], input_dilation, strict=True)),
            x.shape[-1],
        )
    )
    dilated[(slice(None), *(slice(None, None, d) for d in input_dilation))] = x
    padded = np.pad(dilated, [(0, 0), *((max(a, 0), max(b, 0)) for a, b in zip(low, high, strict=True)), (0, 0)])
    cut = [slice(max(-a, 0), n - max(-b, 0)) for a, b, n in zip(low, high, padded.shape[1:-1], strict=True)]
    padded = padded[(slice(None), *cut)]
    kernel = w.shape[1:-1]
    out = [
        (n - d * (k - 1) - 1) // s + 1
        for n, d, k, s in zip(padded.shape[1:-1], kernel_dilation, kernel, stride, strict=True)
    ]
    result = np.zeros((x.shape[0], *out, w.shape[0]))
    channels, outputs = w.shape[-1], w.shape[0] // groups
    for tap in itertools.product(*(range(k) for k in kernel)):
        at = [k - 1 - t for k, t in zip(kernel, tap, strict=True)] if flip else tap
        window = padded[
            (
                slice(None),
                *(
                    slice(t * d, t * d + (o - 1) * s + 1, s)
                    for t, d, o, s in zip(at, kernel_dilation, out, stride, strict=True)
                ),
            )
        ]
        for g in range(groups):
            part = w[(slice(g * outputs, (g + 1) * outputs), *tap)]
            result[..., g * outputs : (g + 1) * outputs] += window[..., g * channels : (g + 1) * channels] @ part.T
    assert result.ndim == spatial + 2
    return result


@st.composite
def problems(draw):
    """Shapes and arguments of conv_general that fit each other."""
    spatial = draw(st.integers(1, 3))
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    kernel = [draw(st.integers(1, 4 if spatial < 3 else 3)) for _ in range(spatial)]
    arguments = {
        "stride": [draw(st.integers(1, 3)) for _ in range(spatial)],
        "low": [draw(st.integers(-1, 3)) for _ in range(spatial)],
        "high": [draw(st.integers(-1, 3)) for _ in range(spatial)],
        "kernel_dilation": [draw(st.integers(1, 2)) for _ in range(spatial)],
        "input_dilation": [draw(st.sampled_from([1, 1, 2, 3])) for _ in range(spatial)],
        "groups": groups,
        "flip": draw(st.booleans()),
    }
    extents = []
    for k in range(spatial):
        needed = arguments["kernel_dilation"][k] * (kernel[k] - 1) + 1 - arguments["low"][k] - arguments["high"][k]
        least = max(1, -(-(needed - 1) // arguments["input_dilation"][k]) + 1)
        extents.append(draw(st.integers(least, least + (9 if spatial < 3 else 3))))
    channels, outputs = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    x_shape = (draw(st.integers(1, 4)), *extents, groups * channels)
    w_shape = (groups * outputs, *kernel, channels)
    return x_shape, w_shape, arguments, draw(st.integers(0, 2**31))


def random_arrays(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.standard_normal(shape) for shape in shapes]


def general(x, w, a, **options):
    return mx.conv_general(
        x,
        w,
        a["stride"],
        (a["low"], a["high"]),
        a["kernel_dilation"],
        a["input_dilation"],
        a["groups"],
        a["flip"],
        **options,
    )


def as_list(a):
    return [a[k] for k in ("stride", "low", "high", "kernel_dilation", "input_dilation", "groups", "flip")]


def assert_close(actual, expected, dtype, scale=1.0):
    actual = np.array(actual.astype(mx.float64))
    assert actual.shape == expected.shape
    bound = TOLERANCE[dtype] * scale * max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=bound)


slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(problems(), st.sampled_from([mx.float32, mx.float64, mx.float16, mx.bfloat16]))
@settings(slow, max_examples=120)
def test_values(problem, dtype):
    x_shape, w_shape, arguments, seed = problem
    x, w = (mx.array(v).astype(dtype) for v in random_arrays(seed, x_shape, w_shape))
    expected = reference(np.array(x.astype(mx.float64)), np.array(w.astype(mx.float64)), *as_list(arguments))
    actual = general(x, w, arguments)
    assert actual.dtype == dtype
    assert_close(actual, expected, dtype)


@given(problems())
@slow
def test_gradients_are_adjoint(problem):
    """The convolution is linear in each operand: its gradients are those of the sum written out."""
    x_shape, w_shape, arguments, seed = problem
    x, w = random_arrays(seed, x_shape, w_shape)
    direction_x, direction_w = random_arrays(seed + 1, x_shape, w_shape)
    arrays = [mx.array(v, mx.float64) for v in (x, w)]
    out = reference(x, w, *as_list(arguments))
    (cotangent,) = random_arrays(seed + 2, out.shape)

    outputs, gradients = mx.vjp(lambda x, w: general(x, w, arguments), arrays, [mx.array(cotangent, mx.float64)])
    assert_close(outputs[0], out, mx.float64)
    moved_x = reference(direction_x, w, *as_list(arguments))
    moved_w = reference(x, direction_w, *as_list(arguments))
    np.testing.assert_allclose(
        (np.array(gradients[0]) * direction_x).sum(), (cotangent * moved_x).sum(), atol=1e-9, rtol=1e-9
    )
    np.testing.assert_allclose(
        (np.array(gradients[1]) * direction_w).sum(), (cotangent * moved_w).sum(), atol=1e-9, rtol=1e-9
    )

    tangents = [mx.array(v, mx.float64) for v in (direction_x, direction_w)]
    _, moved = mx.jvp(lambda x, w: general(x, w, arguments), arrays, tangents)
    assert_close(moved[0], moved_x + moved_w, mx.float64)


@given(problems(), st.sampled_from([mx.float32, mx.float16, mx.bfloat16]))
@slow
def test_gradients_of_dtypes_agree_with_double(problem, dtype):
    x_shape, w_shape, arguments, seed = problem
    x, w = (mx.array(v).astype(dtype) for v in random_arrays(seed, x_shape, w_shape))
    wide = [x.astype(mx.float64), w.astype(mx.float64)]
    cotangent = mx.array(random_arrays(seed + 1, general(x, w, arguments).shape)[0]).astype(dtype)
    f = lambda x, w: general(x, w, arguments)  # noqa: E731
    _, gradients = mx.vjp(f, [x, w], [cotangent])
    _, expected = mx.vjp(f, wide, [cotangent.astype(mx.float64)])
    for actual, double in zip(gradients, expected, strict=True):
        assert actual.dtype == dtype
        assert_close(actual, np.array(double), dtype)


@given(problems(), st.sampled_from([(0, None), (None, 0), (0, 0), (1, -1)]))
@slow
def test_vmap(problem, in_axes):
    x_shape, w_shape, arguments, seed = problem
    size = 3

    def batched(shape, axis):
        if axis is None:
            return shape
        axis %= len(shape) + 1
        return (*shape[:axis], size, *shape[axis:])

    x, w = (
        mx.array(v, mx.float64) for v in random_arrays(seed, batched(x_shape, in_axes[0]), batched(w_shape, in_axes[1]))
    )

    def f(x, w):
        return general(x, w, arguments)

    def gradients(x, w):
        return mx.grad(lambda x, w: (f(x, w) ** 2).sum(), argnums=(0, 1))(x, w)

    pick = lambda v, axis, i: v if axis is None else mx.take(v, i, axis=axis)  # noqa: E731
    pairs = [(pick(x, in_axes[0], i), pick(w, in_axes[1], i)) for i in range(size)]
    actual = mx.vmap(f, in_axes=in_axes)(x, w)
    expected = np.stack([np.array(f(*pair)) for pair in pairs])
    np.testing.assert_allclose(np.array(actual), expected, atol=1e-10)
    for k, actual in enumerate(mx.vmap(gradients, in_axes=in_axes)(x, w)):
        expected = np.stack([np.array(gradients(*pair)[k]) for pair in pairs])
        np.testing.assert_allclose(np.array(actual), expected, atol=1e-8)


def test_second_derivative():
    x, w = (mx.array(v, mx.float64) for v in random_arrays(3, (2, 6, 5, 4), (6, 3, 2, 2)))

    def f(x, w):
        return (mx.conv2d(x, w, stride=(2, 1), padding=1, groups=2) ** 3).sum()

    def directional(x, w):
        gx, gw = mx.grad(f, argnums=(0, 1))(x, w)
        return (gx * gx).sum() + (gw * gw).sum()

    gx, gw = mx.grad(directional, argnums=(0, 1))(x, w)
    dx, dw = (mx.array(v, mx.float64) for v in random_arrays(4, x.shape, w.shape))
    step = 1e-5
    ahead, behind = (directional(x + s * dx, w + s * dw).item() for s in (step, -step))
    slope = ((gx * dx).sum() + (gw * dw).sum()).item()
    assert (ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-6)


@given(problems())
@settings(slow, max_examples=15)
def test_compiled_is_uncompiled(problem):
    x_shape, w_shape, arguments, seed = problem
    x, w = (mx.array(v, mx.float32) for v in random_arrays(seed, x_shape, w_shape))

    def f(x, w):
        return mx.maximum(general(x * 2, w, arguments), 0) + 1

    assert mx.array_equal(mx.compile(f)(x, w), f(x, w))


def test_strided_operands():
    x, w = random_arrays(5, (7, 9, 4, 8), (5, 6, 3, 2))
    a = {
        "stride": [2, 1],
        "low": [1, 1],
        "high": [0, 1],
        "kernel_dilation": [1, 1],
        "input_dilation": [1, 1],
        "groups": 1,
        "flip": False,
    }
    expected = reference(x.transpose(2, 0, 1, 3)[:, ::-1, :, ::2], w.transpose(1, 2, 3, 0)[::-1, ..., 1:], *as_list(a))
    left = mx.array(x, mx.float32).transpose(2, 0, 1, 3)[:, ::-1, :, ::2]
    right = mx.array(w, mx.float32).transpose(1, 2, 3, 0)[::-1, ..., 1:]
    assert_close(general(left, right, a), expected, mx.float32)
    whole = mx.broadcast_to(mx.array([1.0, 2.0]), (2, 5, 2))
    np.testing.assert_allclose(
        np.array(mx.conv1d(whole, mx.broadcast_to(mx.array(0.5), (3, 2, 2)))), np.full((2, 4, 3), 3.0)
    )


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("spatial", [1, 2, 3])
def test_transposed_is_the_adjoint(spatial, groups):
    """<conv(x), y> = <x, conv_transpose(y)> where the transposed weight exchanges inputs and outputs."""
    stride, padding, dilation = 2, 1, 2
    x, w = random_arrays(6, (2, *(9,) * spatial, 4), (6, *(3,) * spatial, 4 // groups))
    conv = [mx.conv1d, mx.conv2d, mx.conv3d][spatial - 1]
    transpose = [mx.conv_transpose1d, mx.conv_transpose2d, mx.conv_transpose3d][spatial - 1]
    out = conv(mx.array(x, mx.float32), mx.array(w, mx.float32), stride, padding, dilation, groups)
    (y,) = random_arrays(7, out.shape)
    back = np.concatenate([np.swapaxes(part, 0, -1) for part in np.split(w, groups)])
    turned = transpose(mx.array(y, mx.float32), mx.array(back, mx.float32), stride, padding, dilation, 0, groups)
    assert turned.shape == x.shape
    np.testing.assert_allclose((np.array(out) * y).sum(), (x * np.array(turned)).sum(), rtol=1e-4)
    longer = transpose(mx.array(y, mx.float32), mx.array(back, mx.float32), stride, padding, dilation, 1, groups)
    assert longer.shape == (2, *(10,) * spatial, 4)
    np.testing.assert_allclose(np.array(longer)[(slice(None), *(slice(0, 9),) * spatial)], np.array(turned), atol=1e-4)


@given(problems())
@settings(slow, max_examples=40)
def test_agrees_with_mlx(problem):
    peer = pytest.importorskip("mlx.core")
    x_shape, w_shape, a, seed = problem
    x, w = (v.astype(np.float32) for v in random_arrays(seed, x_shape, w_shape))
    if (a["groups"] > 1 and len(x_shape) == 5) or min(*a["low"], *a["high"]) < 0:
        return  # not there
    expected = peer.conv_general(
        peer.array(x),
        peer.array(w),
        a["stride"],
        (a["low"], a["high"]),
        a["kernel_dilation"],
        a["input_dilation"],
        a["groups"],
        a["flip"],
    )
    assert_close(general(mx.array(x), mx.array(w), a), np.array(expected).astype(np.float64), mx.float32)


def test_transposes_agree_with_mlx():
    peer = pytest.importorskip("mlx.core")
    for spatial, (stride, padding, dilation, more) in itertools.product(
        (1, 2, 3), [(1, 0, 1, 0), (2, 1, 1, 1), (3, 0, 2, 2), (2, 2, 1, 0)]
    ):
        x, w = (v.astype(np.float32) for v in random_arrays(8, (2, *(5,) * spatial, 3), (4, *(3,) * spatial, 3)))
        name = f"conv_transpose{spatial}d"
        expected = getattr(peer, name)(peer.array(x), peer.array(w), stride, padding, dilation, more)
        actual = getattr(mx, name)(
            mx.array(x), mx.array(w), stride=stride, padding=padding, dilation=dilation, output_padding=more
        )
        assert_close(actual, np.array(expected).astype(np.float64), mx.float32)


@given(problems())
@settings(slow, max_examples=6)
def test_gradients_agree_with_jax(problem):
    jax = pytest.importorskip("jax")
    x_shape, w_shape, a, seed = problem
    if a["flip"]:
        return
    x, w = (v.astype(np.float32) for v in random_arrays(seed, x_shape, w_shape))
    letters = "DHW"[3 - (len(x_shape) - 2) :]
    layout = (f"N{letters}C", f"O{letters}I", f"N{letters}C")

    def f(x, w):
        y = jax.lax.conv_general_dilated(
            x,
            w,
            a["stride"],
            list(zip(a["low"], a["high"], strict=True)),
            a["input_dilation"],
            a["kernel_dilation"],
            dimension_numbers=layout,
            feature_group_count=a["groups"],
            precision="highest",
        )
        return (y * jax.numpy.cos(y)).sum()

    def g(x, w):
        y = general(x, w, a)
        return (y * mx.cos(y)).sum()

    expected = jax.grad(f, argnums=(0, 1))(x, w)
    actual = mx.grad(g, argnums=(0, 1))(mx.array(x), mx.array(w))
    for ours, theirs in zip(actual, expected, strict=True):
        assert_close(ours, np.array(theirs).astype(np.float64), mx.float32, scale=20)


LARGE = [
    ((16, 32, 32, 32), (64, 3, 3, 32), 1, 1, 1),
    ((3, 56, 50, 3), (40, 7, 7, 3), 2, 3, 1),
    ((4, 30, 30, 64), (64, 3, 3, 1), 1, 1, 64),
    ((1, 28, 28, 96), (128, 1, 1, 96), 1, 0, 1),
    ((1, 61, 47, 48), (33, 3, 3, 48), 1, 1, 1),
    ((1, 40, 41, 30), (20, 5, 2, 15), 3, 2, 2),
]


@pytest.mark.parametrize("x_shape, w_shape, stride, padding, groups", LARGE)
@pytest.mark.parametrize("dtype", [mx.float32, mx.bfloat16])
def test_tiles_do_not_show(x_shape, w_shape, stride, padding, groups, dtype):
    """Problems that are cut into images and rows, with gradients, against one product in double precision."""
    x, w = (mx.array(v / 4).astype(dtype) for v in random_arrays(9, x_shape, w_shape))
    f = lambda x, w: mx.conv2d(x, w, stride, padding, groups=groups)  # noqa: E731
    wide = [x.astype(mx.float64), w.astype(mx.float64)]
    (cotangent,) = (mx.array(v).astype(dtype) for v in random_arrays(10, f(x, w).shape))
    (actual,), gradients = mx.vjp(f, [x, w], [cotangent])
    (expected,), double = mx.vjp(f, wide, [cotangent.astype(mx.float64)])
    assert_close(actual, np.array(expected), dtype)
    for ours, theirs in zip(gradients, double, strict=True):
        assert_close(ours, np.array(theirs), dtype)


def test_no_elements():
    assert mx.conv2d(mx.zeros((0, 3, 4, 4)), mx.zeros((4, 2, 2, 4))).shape == (0, 2, 3, 4)
    assert mx.conv2d(mx.zeros((1, 3, 4, 4)), mx.zeros((0, 2, 2, 4))).shape == (1, 2, 3, 0)
    assert mx.conv2d(mx.zeros((1, 3, 4, 0)), mx.ones((4, 2, 2, 0))).tolist() == np.zeros((1, 2, 3, 4)).tolist()
    assert mx.conv1d(mx.zeros((1, 0, 2)), mx.ones((3, 2, 2)), padding=2).tolist() == np.zeros((1, 3, 3)).tolist()
    gradient = mx.grad(lambda x: mx.conv1d(x, mx.ones((3, 2, 2)), padding=2).sum())(mx.zeros((1, 0, 2)))
    assert gradient.shape == (1, 0, 2)
    gradient = mx.grad(lambda w: mx.conv1d(mx.zeros((0, 5, 2)), w).sum())(mx.ones((3, 2, 2)))
    assert gradient.tolist() == np.zeros((3, 2, 2)).tolist()


x4, w4 = mx.zeros((1, 3, 4, 4)), mx.zeros((4, 2, 2, 4))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: mx.conv2d(mx.zeros((3, 4)), w4), ValueError, "spatial axes"),
        (lambda: mx.conv2d(x4, mx.zeros((1, 2, 4))), ValueError, "weight must have shape"),
        (lambda: mx.conv1d(x4, w4), ValueError, "(here 1)"),
        (lambda: mx.conv2d(x4, mx.zeros((1, 2, 2, 3))), ValueError, "last axis of the weight"),
        (lambda: mx.conv2d(x4, mx.zeros((3, 2, 2, 2)), groups=2), ValueError, "divide the outputs"),
        (lambda: mx.conv2d(x4, mx.zeros((4, 2, 2, 2)), groups=3), ValueError, "divide the channels"),
        (lambda: mx.conv2d(x4, w4, groups=0), ValueError, "`groups` must be positive"),
        (lambda: mx.conv2d(x4, mx.zeros((4, 5, 2, 4))), ValueError, "spans 5 elements, the padded input has 3"),
        (lambda: mx.conv2d(x4, mx.zeros((4, 0, 2, 4))), ValueError, "empty kernel"),
        (lambda: mx.conv2d(x4.astype(mx.int32), w4.astype(mx.int32)), TypeError, "int32"),
        (lambda: mx.conv2d(x4.astype(mx.complex64), w4), TypeError, "complex64"),
        (lambda: mx.conv2d(x4, w4.astype(mx.complex64)), TypeError, "complex64"),
        (lambda: mx.conv2d(x4, w4, stride=0), ValueError, "`stride` must be positive"),
        (lambda: mx.conv2d(x4, w4, dilation=0), ValueError, "must be positive, got 0"),
        (lambda: mx.conv2d(x4, w4, stride=(1, 1, 1)), ValueError, "an integer or 2 integers, got 3"),
        (lambda: mx.conv2d(x4, w4, stride="1"), TypeError, "stride"),
        (lambda: mx.conv_general(x4, w4, padding=[1, 2, 3]), ValueError, "3 entries for 2 spatial axes"),
        (lambda: mx.conv_general(x4, w4, padding=([1], [1], [1])), TypeError, "pair of such"),
        (
            lambda: mx.conv_general(mx.zeros((1, 2, 2, 2, 2, 1)), mx.zeros((1, 2, 2, 2, 2, 1))),
            ValueError,
            "one to three",
        ),
        (lambda: mx.conv_transpose2d(x4, mx.zeros((4, 3, 3, 4)), padding=3), ValueError, "does not fit"),
        (lambda: mx.conv_transpose2d(x4, w4, stride=0), ValueError, "`stride` must be positive"),
        (lambda: mx.convolve(mx.zeros(0), mx.zeros(3)), ValueError, "not empty"),
        (lambda: mx.convolve(mx.zeros((2, 2)), mx.zeros(3)), ValueError, "vectors"),
        (lambda: mx.convolve(mx.zeros(2), mx.zeros(3), "half"), ValueError, "'half'"),
        (lambda: mx.convolve(mx.array([1, 2]), mx.array([1])), TypeError, "int32"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_dtypes_promote():
    assert mx.conv2d(x4.astype(mx.float16), w4).dtype == mx.float32
    assert mx.conv2d(x4.astype(mx.bfloat16), w4.astype(mx.bfloat16)).dtype == mx.bfloat16
    assert mx.conv2d(x4, w4.astype(mx.int32)).dtype == mx.float32


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from(["full", "same", "valid"]), st.booleans())
@slow
def test_convolve(n, m, mode, complex_valued):
    a, v = random_arrays(n * 100 + m, n, m)
    if complex_valued:
        a, v = a + 1j * v[0], v - 2j * a[0]
        ours = mx.convolve(mx.array(a.astype(np.complex64)), mx.array(v.astype(np.complex64)), mode)
        assert ours.dtype == mx.complex64
    else:
        ours = mx.convolve(mx.array(a, mx.float32), mx.array(v, mx.float32), mode)
    np.testing.assert_allclose(np.array(ours), np.convolve(a, v, mode), atol=1e-4)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("n, m", [(64, 64), (65, 64), (1000, 64), (700, 301), (3000, 2500)])
def test_convolve_with_long_kernels(n, m, mode):
    a, v = random_arrays(n + m, n, m)
    expected = np.convolve(a, v, mode)
    assert_close(mx.convolve(mx.array(a, mx.float32), mx.array(v, mx.float32), mode), expected, mx.float32)
    x, y = mx.array(a, mx.float64), mx.array(v, mx.float64)
    (out,), (left, right) = mx.vjp(lambda x, y: mx.convolve(x, y, mode), [x, y], [mx.array(expected, mx.float64)])
    assert_close(out, expected, mx.float64)
    da, dv = random_arrays(7, n, m)
    slope = (expected * (np.convolve(da, v, mode) + np.convolve(a, dv, mode))).sum()
    assert (np.array(left) @ da + np.array(right) @ dv) == pytest.approx(slope, rel=1e-9)


def test_convolve_has_gradients():
    a, v = (mx.array(x, mx.float64) for x in random_arrays(1, 7, 3))
    gradient = mx.grad(lambda a: (mx.convolve(a, v, "same") ** 2).sum())(a)
    out = np.convolve(np.array(a), np.array(v), "same")
    expected = np.correlate(2 * out, np.array(v), "full")[1:-1]
    np.testing.assert_allclose(np.array(gradient), expected, atol=1e-12)


def test_shapeless():
    """Batch and extents are symbols: one trace for all."""
    traces = []
    w = mx.array(random_arrays(2, (5, 3, 3, 2))[0], mx.float32)

    def f(x):
        traces.append(x.shape)
        return mx.conv2d(x, w, stride=2, padding=1)

    g = mx.compile(f, shapeless=True)
    for shape in [(2, 9, 8, 2), (3, 12, 9, 2), (7, 6, 31, 2)]:
        x = mx.array(random_arrays(3, shape)[0], mx.float32)
        expected = mx.conv2d(x, w, stride=2, padding=1)
        assert mx.array_equal(g(x), expected)
    assert len(traces) == 1
