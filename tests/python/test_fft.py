"""Fourier transforms against NumPy in double precision, their derivatives, and the errors for what does not fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx

slow = settings(max_examples=60, deadline=None)


def random_array(seed, shape, complex_valued=False):
    generator = np.random.default_rng(seed)
    real = generator.standard_normal(shape)
    return real + 1j * generator.standard_normal(shape) if complex_valued else real


def assert_close(actual, expected, scale=1.0):
    """Errors relative to the length of the whole result."""
    actual = np.array(actual)
    assert actual.shape == expected.shape
    error = np.linalg.norm((actual - expected).ravel())
    assert error <= scale * 1e-6 * max(np.linalg.norm(expected.ravel()), 1e-3)


LENGTHS = [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    12,
    15,
    16,
    17,
    30,
    49,
    61,
    64,
    67,
    97,
    101,
    127,
    128,
    134,
    243,
    257,
    1000,
    1009,
    2018,
]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_lengths(name, n):
    """Small factors, primes (by a chirp above 64), even and odd."""
    points = n // 2 + 1 if name == "irfft" else n
    x = random_array(n, (3, points), complex_valued=name != "rfft")
    if name == "irfft":
        expected = np.fft.irfft(x, n)
        actual = mx.fft.irfft(mx.array(x.astype(np.complex64)), n)
        assert actual.dtype == mx.float32
    else:
        expected = getattr(np.fft, name)(x)
        actual = getattr(mx.fft, name)(mx.array(x.astype(np.float32 if name == "rfft" else np.complex64)))
        assert actual.dtype == mx.complex64
    assert_close(actual, expected, scale=4)


@given(
    st.sampled_from(["fft", "ifft", "rfft", "irfft"]),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.integers(-3, 2),
    st.one_of(st.none(), st.integers(1, 12)),
    st.sampled_from(["backward", "ortho", "forward"]),
)
@settings(slow, max_examples=150)
def test_axis_length_norm(name, shape, axis, n, norm):
    axis = max(-len(shape), min(axis, len(shape) - 1))
    if name == "irfft" and n is None and shape[axis] == 1:
        return
    x = random_array(sum(shape), shape, complex_valued=name != "rfft")
    expected = getattr(np.fft, name)(x, n, axis, norm)
    ours = mx.array(x.astype(np.complex64 if np.iscomplexobj(x) else np.float32))
    assert_close(getattr(mx.fft, name)(ours, n=n, axis=axis, norm=norm), expected)
    turned = mx.array(x.T.astype(np.complex64 if np.iscomplexobj(x) else np.float32)).T  # strided
    assert_close(getattr(mx.fft, name)(turned, n, axis, norm), expected)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_several_axes(name, norm):
    x = random_array(1, (4, 5, 6), complex_valued=name != "rfft")
    ours = mx.array(x.astype(np.float32 if name == "rfft" else np.complex64))
    for axes, s in [((0, 1), None), ((2, 0), (3, 7)), ((-1,), (8,)), ((0, 1, 2), (4, 4, 4)), ((1, 2), None)]:
        expected = getattr(np.fft, name + "n")(x, s, axes, norm)
        assert_close(getattr(mx.fft, name + "n")(ours, s, axes, norm), expected)
    assert_close(getattr(mx.fft, name + "n")(ours, norm=norm), getattr(np.fft, name + "n")(x, norm=norm))
    assert_close(getattr(mx.fft, name + "2")(ours, norm=norm), getattr(np.fft, name + "2")(x, norm=norm))
    assert_close(getattr(mx.fft, name + "2")(ours, (3, 8)), getattr(np.fft, name + "2")(x, (3, 8)))
    assert_close(getattr(mx.fft, name + "n")(ours, s=(5, 6)), getattr(np.fft, name + "n")(x, (5, 6), (-2, -1)))


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
@pytest.mark.parametrize("dtype", ["bool_", "int32", "float16", "bfloat16", "float32", "float64", "complex64"])
def test_dtypes(name, dtype):
    x = mx.array([[1, 0, 1, 1, 0]]).astype(getattr(mx, dtype))
    actual = getattr(mx.fft, name)(x)
    assert actual.dtype == (mx.float32 if name == "irfft" else mx.complex64)
    assert_close(actual, getattr(np.fft, name)(np.array([[1.0, 0, 1, 1, 0]])))


def test_agrees_with_mlx():
    peer = pytest.importorskip("mlx.core")
    x = random_array(5, (3, 8), complex_valued=True).astype(np.complex64)
    for name in ["fft", "ifft", "irfft", "fft2", "ifftn", "irfft2", "fftshift", "ifftshift"]:
        expected = np.array(getattr(peer.fft, name)(peer.array(x)))
        assert_close(getattr(mx.fft, name)(mx.array(x)), expected)
    for name in ["rfft", "rfft2", "rfftn", "fftn"]:
        expected = np.array(getattr(peer.fft, name)(peer.array(x.real)))
        assert_close(getattr(mx.fft, name)(mx.array(x.real)), expected)
    for n, d in [(1, 1.0), (5, 0.5), (8, 2.0), (9, -1.0)]:
        assert_close(mx.fft.fftfreq(n, d), np.array(peer.fft.fftfreq(n, d)))
        assert_close(mx.fft.rfftfreq(n, d), np.array(peer.fft.rfftfreq(n, d)))


def test_large_arrays():
    for shape, axis in [((64, 1024), -1), ((512, 300), 0), ((7, 60, 65), 1)]:
        x = random_array(6, shape, complex_valued=True)
        assert_close(mx.fft.fft(mx.array(x.astype(np.complex64)), axis=axis), np.fft.fft(x, axis=axis))
        assert_close(mx.fft.rfft(mx.array(x.real.astype(np.float32)), axis=axis), np.fft.rfft(x.real, axis=axis))


def test_a_nan_stays_in_its_line():
    x = mx.array([[1.0, 2.0, 3.0, 4.0], [1.0, float("nan"), 3.0, 4.0]])
    assert np.isfinite(np.array(mx.fft.rfft(x))[0]).all()
    assert np.isnan(np.array(mx.fft.rfft(x))[1]).all()


def as_reals(z):
    z = np.array(z)
    return np.concatenate([z.real.ravel(), z.imag.ravel()]) if np.iscomplexobj(z) else z.ravel()


@given(
    st.sampled_from(["fft", "ifft", "rfft", "irfft"]),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(1, 9)),
    st.sampled_from(["backward", "ortho", "forward"]),
)
@slow
def test_gradients_are_adjoint(name, m, n, norm):
    if name == "irfft" and n is None and m == 1:
        return
    kind = np.float32 if name == "rfft" else np.complex64
    x, direction = (random_array(seed, (2, m), name != "rfft").astype(kind) for seed in (1, 2))
    f = lambda x: getattr(mx.fft, name)(x, n, norm=norm)  # noqa: E731
    out = f(mx.array(x))
    cotangent = random_array(3, out.shape, name != "irfft").astype(np.float32 if name == "irfft" else np.complex64)
    _, (gradient,) = mx.vjp(f, [mx.array(x)], [mx.array(cotangent)])
    _, (moved,) = mx.jvp(f, [mx.array(x)], [mx.array(direction)])
    assert gradient.dtype == mx.array(x).dtype
    left, right = as_reals(gradient) @ as_reals(direction), as_reals(cotangent) @ as_reals(moved)
    assert left == pytest.approx(right, rel=1e-4, abs=1e-4)
    assert_close(moved, np.array(f(mx.array(direction))))


def test_gradient_agrees_with_differences():
    x = random_array(7, (9,))
    target = random_array(8, (5,))

    def power(x, fft, absolute, total):
        return total((absolute(fft(x)) ** 2 - target_of(fft)) ** 2)

    def target_of(fft):
        return mx.array(target, mx.float32) if fft is mx.fft.rfft else target

    gradient = mx.grad(lambda x: power(x, mx.fft.rfft, mx.abs, mx.sum))(mx.array(x, mx.float32))
    step = 1e-6
    slopes = [
        (power(x + d, np.fft.rfft, np.abs, np.sum) - power(x - d, np.fft.rfft, np.abs, np.sum)) / (2 * step)
        for d in step * np.eye(9)
    ]
    np.testing.assert_allclose(np.array(gradient), slopes, rtol=1e-4)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft"])
def test_vmap_and_compile(name):
    x = random_array(9, (3, 4, 6), name != "rfft")
    ours = mx.array(x.astype(np.float32 if name == "rfft" else np.complex64))
    f = lambda x: getattr(mx.fft, name)(x, axis=0) * 2  # noqa: E731
    expected = np.array(f(ours[:, 0])), np.array(getattr(mx.fft, name)(ours, axis=0) * 2)
    assert_close(mx.vmap(f, in_axes=1, out_axes=1)(ours), expected[1])
    assert_close(mx.compile(f)(ours), expected[1])
    g = mx.compile(f, shapeless=True)
    for extent in (6, 5, 8):
        part = ours[..., :extent]
        assert mx.array_equal(g(part), f(part))


def test_shapeless_along_the_axis():
    traces = []

    def f(x):
        traces.append(1)
        return mx.fft.irfft(mx.fft.rfft(x), n=x.shape[-1])

    g = mx.compile(f, shapeless=True)
    for n in (6, 9, 16, 31):
        x = mx.array(random_array(n, (2, n)), mx.float32)
        np.testing.assert_allclose(np.array(g(x)), np.array(x), atol=1e-5)
    assert len(traces) == 1


def test_no_elements():
    assert mx.fft.fft(mx.zeros((0, 3))).shape == (0, 3)
    assert mx.fft.rfft(mx.zeros((2, 0, 4)), axis=-1).shape == (2, 0, 3)
    assert mx.fft.fft(mx.zeros((0,)), n=4).tolist() == [0j] * 4
    assert mx.fft.fftn(mx.zeros((2, 3)), axes=()).shape == (2, 3)


x3 = mx.zeros((3,))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: mx.fft.fft(mx.zeros((0,))), ValueError, "one point or more"),
        (lambda: mx.fft.fft(x3, 0), ValueError, "one point or more, got 0"),
        (lambda: mx.fft.fft(x3, -1), ValueError, "one point or more, got -1"),
        (lambda: mx.fft.irfft(mx.zeros((1,))), ValueError, "one point or more, got 0"),
        (lambda: mx.fft.fft(mx.zeros(())), IndexError, "fft.fft"),
        (lambda: mx.fft.fft(x3, axis=1), IndexError, "out of range"),
        (lambda: mx.fft.fft2(x3), IndexError, "out of range"),
        (lambda: mx.fft.fftn(mx.zeros((3, 4)), (2, 2), (0,)), ValueError, "2 lengths for 1 axes"),
        (lambda: mx.fft.fftn(mx.zeros((3, 4)), axes=(0, 0)), ValueError, "given twice"),
        (lambda: mx.fft.fftn(mx.zeros((3, 4)), s=(1, 2, 3)), ValueError, "3 lengths"),
        (lambda: mx.fft.fft(x3, norm="none"), ValueError, "'none'"),
        (lambda: mx.fft.fft(x3, n="3"), TypeError, "`n`"),
        (lambda: mx.fft.fftshift(mx.zeros((3, 4)), 5), IndexError, "out of range"),
        (lambda: mx.fft.fftfreq(0), ValueError, "positive"),
        (lambda: mx.fft.rfftfreq(4, 0), ValueError, "zero"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.data())
@slow
def test_shifts(shape, data):
    axes = data.draw(st.one_of(st.none(), st.sets(st.integers(0, len(shape) - 1)).map(tuple)))
    x = random_array(3, shape)
    ours = mx.array(x, mx.float32)
    assert_close(mx.fft.fftshift(ours, axes), np.fft.fftshift(x, axes))
    assert mx.array_equal(mx.fft.ifftshift(mx.fft.fftshift(ours, axes), axes), ours)


def frames(
    x, n, hop_length=None, win_length=None, window=None, center=True, pad_mode="reflect", norm="backward", onesided=None
):
    """The short-time transform written out."""
    hop, onesided = hop_length or n // 4, not np.iscomplexobj(x) if onesided is None else onesided
    w = np.ones(win_length or n) if window is None else np.array(window)
    left = (n - len(w)) // 2
    w = np.pad(w, (left, n - len(w) - left))
    if center:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(n // 2, n // 2)], mode=pad_mode)
    cut = np.stack([x[..., i : i + n] * w for i in range(0, x.shape[-1] - n + 1, hop)], axis=-2)
    return np.swapaxes((np.fft.rfft if onesided else np.fft.fft)(cut, norm=norm), -1, -2)


SHORT_TIME = [
    {},
    {"hop_length": 3},
    {"window": [1.0, 2.0, 3.0, 2.0, 1.0]},
    {"win_length": 5},
    {"center": False},
    {"pad_mode": "constant"},
    {"pad_mode": "edge"},
    {"onesided": False},
    {"norm": "ortho"},
]


@pytest.mark.parametrize("arguments", SHORT_TIME)
@pytest.mark.parametrize("n", [8, 9])
def test_short_time(arguments, n):
    peer = pytest.importorskip("mlx.core")
    x = random_array(1, (2, 40)).astype(np.float32)
    ours, theirs = dict(arguments), dict(arguments)
    if "window" in arguments:
        ours["window"], theirs["window"] = mx.array(arguments["window"]), peer.array(arguments["window"])
    spectrum = mx.fft.stft(mx.array(x), n, **ours)
    assert spectrum.dtype == mx.complex64
    assert_close(spectrum, frames(x, n, **arguments))
    ours.pop("pad_mode", None), theirs.pop("pad_mode", None)
    for length in (None, 30, 60):
        signal = mx.fft.istft(spectrum, n_fft=n, length=length, **ours)
        expected = peer.fft.istft(peer.array(np.array(spectrum)), n_fft=n, length=length, **theirs)
        assert signal.dtype == mx.float32
        assert_close(signal, np.array(expected))


def test_short_time_round_trip_has_gradients():
    x = mx.array(random_array(2, (64,)), mx.float32)
    again = mx.fft.istft(mx.fft.stft(x, 16), length=64)
    np.testing.assert_allclose(np.array(again), np.array(x), atol=1e-5)
    gradient = mx.grad(lambda x: (mx.fft.istft(mx.fft.stft(x, 16), length=64) ** 2).sum())(x)
    np.testing.assert_allclose(np.array(gradient), 2 * np.array(x), atol=1e-4)
    assert mx.fft.stft(mx.array(random_array(3, 40, True).astype(np.complex64)), 8).shape == (8, 21)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: mx.fft.stft(mx.zeros(40), 8, hop_length=0), "`hop_length` must be positive"),
        (lambda: mx.fft.stft(mx.zeros(40), 0), "`n_fft` must be positive"),
        (lambda: mx.fft.stft(mx.zeros(40), 50, center=False), "40 samples"),
        (lambda: mx.fft.stft(mx.zeros(()), 8), "must have an axis"),
        (lambda: mx.fft.stft(mx.zeros(40), 8, win_length=9), "9 elements"),
        (lambda: mx.fft.stft(mx.zeros(40), 8, window=mx.ones((5, 1))), "must be a vector"),
        (lambda: mx.fft.stft(mx.zeros(40), 8, pad_mode="none"), "'none'"),
        (lambda: mx.fft.istft(mx.zeros(5)), "(..., frequencies, frames)"),
        (lambda: mx.fft.istft(mx.zeros((5, 0))), "no frames"),
    ],
)
def test_short_time_errors(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
