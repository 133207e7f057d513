"""Every function has a derivative that is tested here, or a reason why it has none: backward against finite
differences in double precision, forward against backward, vmap against a loop, compiled against uncompiled, and
against JAX where it is installed."""

import numpy as np
import pytest

import cermet.core as mx

RNG = np.random.default_rng(11)
F64 = mx.float64


def words(text):
    return text.split()


def doubles(*shape, low=-2.0, high=2.0):
    return mx.array(RNG.uniform(low, high, shape), dtype=F64)


def distinct(*shape):
    """Values in a random order that are never close to each other, nor to 0."""
    size = int(np.prod(shape))
    return mx.array(RNG.permutation(size).reshape(shape) * 0.37 - size * 0.185 + 0.05, dtype=F64)


def positive(*shape):
    return doubles(*shape, low=0.5, high=2.0)


def square_matrix(*batch, n=3):
    return doubles(*batch, n, n) + 4 * mx.eye(n, dtype=F64)


def symmetric(x):
    return x + mx.swapaxes(x, -1, -2)


class Case:
    """A function of arrays (all of them floating), and arrays to differentiate it at."""

    def __init__(self, f, *primals, vmapped=True, second=True, tolerance=2e-6):
        self.f, self.primals, self.vmapped, self.second, self.tolerance = f, primals, vmapped, second, tolerance


INDEX = mx.array([[0, 2], [1, 1]])
X = doubles(3, 4)
PART = doubles(2, 2)


def unary(name, **kwargs):
    return Case(getattr(mx, name), doubles(5, **kwargs))


def triple(x):
    return x[0] * x[1] + x[2]


def written(combine):
    return lambda x, u: getattr(x.at[mx.array([0, 2, 0])], combine)(u)


CASES = {
    **{
        name: unary(name)
        for name in words(
            "abs cos cosh degrees erf exp expm1 negative positive radians sigmoid sin sinh square tan tanh real imag "
            "conjugate nan_to_num"
        )
    },
    **{name: unary(name, low=0.3, high=2.0) for name in words("log log10 log1p log2 reciprocal rsqrt sqrt")},
    **{name: unary(name, low=-0.8, high=0.8) for name in words("arccos arcsin arctan arctanh arcsinh erfinv")},
    "arccosh": unary("arccosh", low=1.3, high=3.0),
    **{name: Case(getattr(mx, name), doubles(2, 3), positive(3)) for name in words("add subtract multiply divide")},
    **{
        name: Case(getattr(mx, name), positive(2, 3), positive(3))
        for name in words("arctan2 logaddexp maximum minimum power remainder")
    },
    "clip": Case(lambda x: mx.clip(x, -0.7, 1.1), X),
    "where": Case(lambda x, y: mx.where(X > 0, x * y, y), X, doubles(4)),
    "minmax": Case(lambda x: mx.stack(mx.minmax(x)), distinct(3, 4)),
    "divmod": Case(lambda x, y: mx.divmod(x, y)[1], positive(4), doubles(4, low=0.3, high=0.4)),
    "sum": Case(lambda x: mx.sum(x * x, axis=1), X),
    "mean": Case(lambda x: mx.mean(x * x, axis=0), X),
    "prod": Case(lambda x: mx.prod(x, axis=1), X),
    "max": Case(lambda x: mx.max(x, axis=1), distinct(3, 4)),
    "min": Case(lambda x: mx.min(x, axis=0), distinct(3, 4)),
    "var": Case(lambda x: mx.var(x, axis=1, ddof=1), X),
    "std": Case(lambda x: mx.std(x, axis=1), X),
    "median": Case(lambda x: mx.median(x, axis=1), distinct(3, 4)),
    "softmax": Case(lambda x: mx.softmax(x, axis=1), X),
    "logsumexp": Case(lambda x: mx.logsumexp(x, axis=1), X),
    "cumsum": Case(lambda x: mx.cumsum(x * x, axis=1), X),
    "cumprod": Case(lambda x: mx.cumprod(x, axis=1), X),
    "cummax": Case(lambda x: mx.cummax(x, axis=1), distinct(3, 4)),
    "cummin": Case(lambda x: mx.cummin(x, axis=1, reverse=True), distinct(3, 4)),
    "logcumsumexp": Case(lambda x: mx.logcumsumexp(x, axis=1), X),
    "sort": Case(lambda x: mx.sort(x, axis=1), distinct(3, 4)),
    "partition": Case(lambda x: mx.sum(mx.partition(x * x, 2, axis=1)[:, :3], axis=1), distinct(3, 4)),
    "topk": Case(lambda x: mx.topk(x, 2, axis=1), distinct(3, 4)),
    "diff": Case(lambda x: mx.diff(x * x, axis=1), X),
    "matmul": Case(mx.matmul, X, doubles(4, 2)),
    "addmm": Case(lambda c, a, b: mx.addmm(c, a, b, 0.5, 2.0), doubles(3, 2), X, doubles(4, 2)),
    "inner": Case(mx.inner, X, doubles(2, 4)),
    "outer": Case(mx.outer, doubles(3), doubles(2)),
    "vecdot": Case(mx.vecdot, X, doubles(3, 4)),
    "kron": Case(mx.kron, doubles(2, 2), doubles(2, 3)),
    "cross": Case(mx.linalg.cross, doubles(2, 3), doubles(2, 3)),
    "tensordot": Case(lambda a, b: mx.tensordot(a, b, 1), X, doubles(4, 2)),
    "einsum": Case(lambda a, b: mx.einsum("ij,kj->ik", a, b), X, doubles(2, 4)),
    "norm": Case(lambda x: mx.linalg.norm(x, axis=1), X),
    "trace": Case(lambda x: mx.trace(x * x), X),
    "reshape": Case(lambda x: mx.reshape(x * x, (2, 6)), X),
    "flatten": Case(lambda x: mx.flatten(x * x), X),
    "unflatten": Case(lambda x: mx.unflatten(x * x, 1, (2, 2)), X),
    "squeeze": Case(lambda x: mx.squeeze(x * x, 0), doubles(1, 3)),
    "expand_dims": Case(lambda x: mx.expand_dims(x * x, 1), X),
    "atleast_1d": Case(lambda x: mx.atleast_1d(x * x), X),
    "atleast_2d": Case(lambda x: mx.atleast_2d(x * x), doubles(3)),
    "atleast_3d": Case(lambda x: mx.atleast_3d(x * x), X),
    "transpose": Case(lambda x: mx.transpose(x * x), X),
    "matrix_transpose": Case(lambda x: mx.matrix_transpose(x * x), X),
    "swapaxes": Case(lambda x: mx.swapaxes(x * x, 0, 1), X),
    "moveaxis": Case(lambda x: mx.moveaxis(x * x, 0, 1), X),
    "flip": Case(lambda x: mx.flip(x * x, 1), X),
    "roll": Case(lambda x: mx.roll(x * x, 2, 1), X),
    "repeat": Case(lambda x: mx.repeat(x * x, 3, 1), X),
    "tile": Case(lambda x: mx.tile(x * x, (2, 1)), X),
    "pad": Case(lambda x: mx.pad(x * x, ((1, 0), (2, 1))), X),
    "broadcast_to": Case(lambda x: mx.broadcast_to(x * x, (2, 3, 4)), X),
    "broadcast_arrays": Case(lambda x, y: triple(mx.broadcast_arrays(x, y, x)), X, doubles(4)),
    "concatenate": Case(lambda x, y: mx.concatenate([x * x, y], axis=0), X, doubles(2, 4)),
    "stack": Case(lambda x: mx.stack([x * x, x], axis=1), X),
    "unstack": Case(lambda x: triple(mx.unstack(x)), X),
    "split": Case(lambda x: mx.split(x * x, 2, axis=1)[1] * mx.split(x, 2, axis=1)[0], X),
    "meshgrid": Case(lambda x, y: mx.meshgrid(x, y)[0] * mx.meshgrid(x, y)[1], doubles(3), doubles(2)),
    "diag": Case(lambda x: mx.diag(x * x), doubles(3)),
    "diagonal": Case(lambda x: mx.diagonal(x * x), X),
    "tril": Case(lambda x: mx.tril(x * x), X),
    "triu": Case(lambda x: mx.triu(x * x), X),
    "as_strided": Case(lambda x: mx.as_strided(x * x, (2, 3), (2, 1), 1), X),
    "contiguous": Case(lambda x: mx.contiguous((x * x).T), X),
    "astype": Case(lambda x: (x * x).astype(mx.float64), X),
    "slice": Case(lambda x: mx.slice(x * x, mx.array([1]), (0,), (2, 4)), X),
    "slice_update": Case(lambda x, u: mx.slice_update(x, u * u, mx.array([1]), (0,)), X, doubles(2, 4)),
    "slices": Case(lambda x: x[::-1, 1::2] * x[:, :2], X),
    "take": Case(lambda x: mx.take(x * x, INDEX, axis=1), X),
    "take_along_axis": Case(lambda x: mx.take_along_axis(x * x, mx.array([[1], [3], [-1]]), axis=1), X),
    "take_along_axis of several": Case(lambda x: mx.take_along_axis(x * x, mx.array([[1, 1], [3, 0], [-1, 2]]), 1), X),
    "put_along_axis": Case(
        lambda x, u: mx.put_along_axis(x * x, mx.array([[1], [3], [0]]), u, axis=1), X, doubles(3, 1)
    ),
    **{f"at.{c}": Case(written(c), X, doubles(3, 4)) for c in ("add", "subtract")},
    "at.multiply": Case(written("multiply"), positive(3, 4), positive(3, 4)),
    "at.divide": Case(written("divide"), positive(3, 4), positive(3, 4)),
    "at.maximum": Case(written("maximum"), distinct(3, 4), distinct(3, 4) + 0.11, second=False),
    "at.minimum": Case(written("minimum"), distinct(3, 4), distinct(3, 4) + 0.11, second=False),
    "inv": Case(mx.linalg.inv, square_matrix(2)),
    "tri_inv": Case(lambda x: mx.linalg.tri_inv(mx.tril(x)), square_matrix(2)),
    "pinv": Case(mx.linalg.pinv, doubles(3, 2), second=False),
    "solve": Case(mx.linalg.solve, square_matrix(2), doubles(2, 3, 2)),
    "solve_triangular": Case(
        lambda a, b: mx.linalg.solve_triangular(a, b, upper=True), square_matrix(2), doubles(2, 3, 2)
    ),
    "cholesky": Case(lambda x: mx.linalg.cholesky(symmetric(x) + 8 * mx.eye(3, dtype=F64)), doubles(2, 3, 3)),
    "cholesky upper": Case(lambda x: mx.linalg.cholesky(symmetric(x) + 8 * mx.eye(3, dtype=F64), upper=True), X[:, :3]),
    "cholesky_inv": Case(lambda x: mx.linalg.cholesky_inv(mx.tril(x)), square_matrix()),
    "cholesky_inv upper": Case(lambda x: mx.linalg.cholesky_inv(mx.triu(x), upper=True), square_matrix()),
    "det": Case(mx.linalg.det, square_matrix(2)),
    "slogdet": Case(lambda x: mx.linalg.slogdet(x)[1], square_matrix(2)),
    "qr": Case(lambda x: mx.linalg.qr(x)[0] @ mx.cos(mx.linalg.qr(x)[1]), square_matrix(2), tolerance=1e-5),
    "qr tall": Case(lambda x: mx.sin(mx.linalg.qr(x)[0]) @ mx.cos(mx.linalg.qr(x)[1]), doubles(4, 2), tolerance=1e-5),
    "qr wide": Case(lambda x: mx.sin(mx.linalg.qr(x)[0]) @ mx.cos(mx.linalg.qr(x)[1]), doubles(2, 4), tolerance=1e-5),
    "lu": Case(lambda x: mx.sin(mx.linalg.lu(x)[1]) @ mx.cos(mx.linalg.lu(x)[2]), square_matrix(2)),
    "lu tall": Case(
        lambda x: mx.sin(mx.linalg.lu(x)[1]) @ mx.cos(mx.linalg.lu(x)[2]), doubles(4, 2) + mx.eye(4, 2) * 3
    ),
    "lu wide": Case(
        lambda x: mx.sin(mx.linalg.lu(x)[1]) @ mx.cos(mx.linalg.lu(x)[2]), doubles(2, 4) + mx.eye(2, 4) * 3
    ),
    "lu_factor": Case(lambda x: mx.sin(mx.linalg.lu_factor(x)[0]), mx.flip(square_matrix(), 0)),
    "svd": Case(lambda x: mx.sin(mx.linalg.svd(x)[1]), doubles(3, 3), tolerance=1e-5),
    "svd vectors": Case(
        lambda x: (lambda u, s, vt: mx.square(u[:, :2]) @ mx.diag(s) @ mx.square(vt[:2]))(*mx.linalg.svd(x)),
        doubles(4, 2),
        tolerance=1e-5,
    ),
    "svd wide": Case(
        lambda x: (lambda u, s, vt: mx.square(u) @ mx.diag(s * s) @ mx.square(vt[:2]))(*mx.linalg.svd(x)),
        doubles(2, 4),
        tolerance=1e-5,
    ),
    "svd complement": Case(
        lambda x: (lambda u, s, vt: u[:, 2:] @ u[:, 2:].T)(*mx.linalg.svd(x)), doubles(4, 2), tolerance=1e-5
    ),
    "svd values": Case(lambda x: mx.linalg.svd(x, compute_uv=False), doubles(3, 4), tolerance=1e-5),
    "eigh": Case(
        lambda x: (lambda w, v: mx.square(v) @ mx.sin(w))(*mx.linalg.eigh(symmetric(x))), doubles(3, 3), tolerance=1e-5
    ),
    "eigvalsh": Case(lambda x: mx.linalg.eigvalsh(symmetric(x)), doubles(2, 3, 3), tolerance=1e-5),
    "layer_norm": Case(lambda x, w, b: mx.fast.layer_norm(x, w, b, 1e-5), X, doubles(4), doubles(4)),
    "hadamard_transform": Case(lambda x: mx.hadamard_transform(x * x), X),
    "gather_mm": Case(
        lambda a, b: mx.gather_mm(a, b, rhs_indices=mx.array([1, 0, 1])), doubles(3, 2, 2), doubles(2, 2, 3)
    ),
    "segmented_mm": Case(lambda a, b: mx.segmented_mm(a, b, mx.array([[0, 2], [1, 4]])), doubles(2, 4), doubles(4, 3)),
    "block_masked_mm": Case(
        lambda a, b: mx.block_masked_mm(a, b, 32, mask_out=mx.array([[True, False]])),
        doubles(32, 2),
        doubles(2, 64),
    ),
    "unique": Case(lambda x: mx.unique(x * x, 5), distinct(2, 3)),
    "rms_norm": Case(lambda x, w: mx.fast.rms_norm(x, w, 1e-5), X, doubles(4)),
}

REASONS = {
    "integers, truth values or indices": (
        "all allclose any argmax argmin argpartition argsort array_equal bitwise_and bitwise_invert bitwise_or "
        "bitwise_xor count_nonzero equal greater greater_equal isclose isfinite isinf isnan isneginf isposinf "
        "left_shift less less_equal logical_and logical_not logical_or logical_xor not_equal right_shift searchsorted"
    ),
    "constant between its steps": "ceil floor floor_divide round sign trunc",
    "no array to differentiate": (
        "arange bartlett blackman broadcast_shapes einsum_path eye full full_like hamming hanning identity linspace "
        "ones ones_like tri zeros zeros_like"
    ),
    "storage, not numbers": "view",
    "stops derivatives": "stop_gradient",
    "random numbers (derivatives of their parameters: test_random_parameters)": (
        "bernoulli bits categorical gumbel key laplace multivariate_normal normal permutation randint seed split "
        "truncated_normal uniform"
    ),
    "complex results (test_eigenvalues_of_general_matrices)": "eig eigvals",
    "tested with the layers": (
        "conv1d conv2d conv3d conv_general conv_transpose1d conv_transpose2d conv_transpose3d convolve cross_entropy "
        "rope scaled_dot_product_attention fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn fftfreq "
        "rfftfreq fftshift ifftshift stft istft"
    ),
}


def test_no_function_is_forgotten():
    listed = {name for names in REASONS.values() for name in names.split()}
    tested = {name.split()[0] for name in CASES} | {"conj", "absolute"}
    missing = {
        row["name"]
        for row in mx._core._function_table()
        if row["is_function"] and row["module"].startswith("cermet.core") and row["name"] not in listed | tested
    }
    assert not missing, f"without a derivative or a reason: {sorted(missing)}"


def weighted(f):
    """A scalar of f's result: weights that differ, so that no error cancels."""

    def scalar(*xs):
        y = f(*xs)
        return mx.sum(y * mx.cos(mx.arange(y.size, dtype=F64)).reshape(y.shape) * 1.5)

    return scalar


def differences(f, primals, i, step=1e-6):
    base = np.array(primals[i])
    out = np.zeros_like(base)

    def at(moved):
        return f(*primals[:i], mx.array(moved, dtype=F64), *primals[i + 1 :]).item()

    for place in np.ndindex(base.shape):
        high, low = base.copy(), base.copy()
        high[place] += step
        low[place] -= step
        out[place] = (at(high) - at(low)) / (2 * step)
    return out


def all_gradients(f, primals):
    found = mx.grad(f, argnums=tuple(range(len(primals))))(*primals)
    return [found] if len(primals) == 1 else list(found)


@pytest.mark.parametrize("name", CASES)
def test_gradient_against_differences(name):
    case = CASES[name]
    scalar = weighted(case.f)
    for i, gradient in enumerate(all_gradients(scalar, case.primals)):
        expected = differences(scalar, list(case.primals), i)
        np.testing.assert_allclose(np.array(gradient), expected, rtol=case.tolerance * 10, atol=case.tolerance * 10)


@pytest.mark.parametrize("name", CASES)
def test_forward_against_backward_and_compiled(name):
    case = CASES[name]
    primals = list(case.primals)
    tangents = [doubles(*x.shape) for x in primals]
    (y,), (pushed,) = mx.jvp(case.f, primals, tangents)
    cotangent = doubles(*y.shape)
    _, pulled = mx.vjp(case.f, primals, [cotangent])
    forward = mx.sum(pushed * cotangent).item()
    backward = sum(mx.sum(p * t).item() for p, t in zip(pulled, tangents))
    np.testing.assert_allclose(forward, backward, rtol=1e-8, atol=1e-8)
    scalar = weighted(case.f)
    compiled = mx.compile(lambda *xs: all_gradients(scalar, xs))(*primals)
    for a, b in zip(compiled, all_gradients(scalar, primals)):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].second])
def test_second_derivatives(name):
    """The gradient of a product of the gradient with a fixed direction, against differences of the gradient."""
    case = CASES[name]
    primals = list(case.primals)
    directions = [doubles(*x.shape) for x in primals]
    scalar = weighted(case.f)

    def along(*xs):
        return sum(mx.sum(g * d) for g, d in zip(all_gradients(scalar, xs), directions))

    step = 1e-5
    moved = [all_gradients(scalar, [x + sign * step * d for x, d in zip(primals, directions)]) for sign in (1, -1)]
    for high, low, found in zip(*moved, all_gradients(along, primals)):
        expected = (np.array(high) - np.array(low)) / (2 * step)
        scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
        np.testing.assert_allclose(np.array(found), expected, rtol=1e-4, atol=1e-4 * scale)


@pytest.mark.parametrize("name", CASES)
def test_vmap_against_a_loop(name):
    """Of the function and of its gradients, with the batch anywhere and with operands that are the same for all."""
    case = CASES[name]
    scalar = weighted(case.f)
    batches = [mx.stack([x, x * 1.01, x * 0.97]) for x in case.primals]
    for f in (case.f, lambda *xs: all_gradients(scalar, xs)):
        rows = [f(*[b[i] for b in batches]) for i in range(3)]
        expected = [mx.stack(list(r)) for r in zip(*rows)] if isinstance(rows[0], list) else mx.stack(rows)
        found = mx.vmap(f)(*batches)
        for a, b in zip(*(x if isinstance(x, list) else [x] for x in (found, expected))):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-9, atol=1e-9)
    moved = [mx.moveaxis(b, 0, -1) for b in batches]
    found = mx.vmap(case.f, in_axes=-1, out_axes=-1)(*moved)
    np.testing.assert_allclose(np.array(mx.moveaxis(found, -1, 0)), np.array(mx.vmap(case.f)(*batches)), 1e-9, 1e-9)
    for i in range(1, len(batches)):
        axes = tuple(None if k == i else 0 for k in range(len(batches)))
        mixed = [case.primals[k] if k == i else b for k, b in enumerate(batches)]
        found = mx.vmap(case.f, in_axes=axes)(*mixed)
        expected = [case.f(*[x if k == i else x[j] for k, x in enumerate(mixed)]) for j in range(3)]
        np.testing.assert_allclose(np.array(found), np.array(mx.stack(expected)), rtol=1e-9, atol=1e-9)


def test_eigenvalues_of_general_matrices():
    x = mx.array(RNG.normal(size=(4, 4)).astype(np.float32))

    def f(x):
        values, vectors = mx.linalg.eig(x)
        return mx.sum(mx.square(mx.abs(vectors)) @ mx.sin(mx.abs(values))) + mx.sum(mx.abs(mx.linalg.eigvals(x)))

    gradient = np.array(mx.grad(f)(x))
    base, step = np.array(x), 1e-2
    for place in [(0, 0), (1, 2), (3, 1)]:
        high, low = base.copy(), base.copy()
        high[place] += step
        low[place] -= step
        expected = (f(mx.array(high)).item() - f(mx.array(low)).item()) / (2 * step)
        assert gradient[place] == pytest.approx(expected, rel=0.05, abs=0.02)


def test_random_parameters():
    """Draws are smooth functions of their parameters; the bits are constants."""

    def f(loc, scale):
        key = mx.random.key(3)
        return mx.sum(mx.random.normal((4,), loc=loc, scale=scale, key=key))

    loc, scale = mx.grad(f, argnums=(0, 1))(mx.array(0.5), mx.array(2.0))
    assert loc.item() == pytest.approx(4, rel=1e-5)
    assert scale.item() == pytest.approx(mx.sum(mx.random.normal((4,), key=mx.random.key(3))).item(), rel=1e-5)
    low = mx.grad(lambda low: mx.sum(mx.random.uniform(low, mx.array(2.0), (8,), key=mx.random.key(1))))(mx.array(0.0))
    assert 0 < low.item() < 8


def test_products_written_with_zeros():
    x, u = mx.array([2.0, 3.0], dtype=F64), mx.array([0.0, 5.0, 7.0], dtype=F64)
    f = lambda x, u: mx.sum(x.at[mx.array([0, 0, 1])].multiply(u))  # noqa: E731
    gx, gu = mx.grad(f, argnums=(0, 1))(x, u)
    assert gx.tolist() == [0, 7] and gu.tolist() == [10, 0, 3]


# ---- Against JAX ----------------------------------------------------------------------------------------------------

JAX = {
    "cumprod": lambda jnp: lambda x: jnp.cumprod(x, axis=1),
    "logaddexp": lambda jnp: jnp.logaddexp,
    "softmax": lambda jnp: lambda x: jnp.exp(x) / jnp.sum(jnp.exp(x), axis=1, keepdims=True),
    "sort": lambda jnp: lambda x: jnp.sort(x, axis=1),
    "max": lambda jnp: lambda x: jnp.max(x, axis=1),
    "inv": lambda jnp: jnp.linalg.inv,
    "solve": lambda jnp: jnp.linalg.solve,
    "det": lambda jnp: jnp.linalg.det,
    "slogdet": lambda jnp: lambda x: jnp.linalg.slogdet(x)[1],
    "svd values": lambda jnp: lambda x: jnp.linalg.svd(x, compute_uv=False),
    "eigvalsh": lambda jnp: lambda x: jnp.linalg.eigvalsh(x + jnp.swapaxes(x, -1, -2)),
    "pinv": lambda jnp: jnp.linalg.pinv,
    "median": lambda jnp: lambda x: jnp.median(x, axis=1),
    "erfinv": lambda jnp: __import__("jax.scipy.special").scipy.special.erfinv,
    "arctan2": lambda jnp: jnp.arctan2,
    "remainder": lambda jnp: jnp.remainder,
}


@pytest.mark.parametrize("name", JAX)
def test_against_jax(name):
    jax = pytest.importorskip("jax")
    case, jnp = CASES[name], jax.numpy
    theirs = JAX[name](jnp)
    primals = [np.array(x).astype(np.float32) for x in case.primals]
    y, back = jax.vjp(theirs, *primals)
    cotangent = RNG.normal(size=y.shape).astype(np.float32)
    expected = back(jnp.asarray(cotangent))
    _, found = mx.vjp(case.f, [mx.array(x) for x in primals], [mx.array(cotangent)])
    for a, b in zip(found, expected):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=2e-3, atol=2e-3)
