"""Linear algebra against NumPy in double precision: reconstructions, batches, layouts, empty matrices, errors."""

import numpy as np
import pytest

import cermet.core as mx

DTYPES = ["float32", "float64", "complex64"]
TOLERANCE = {"float32": 2e-5, "float64": 1e-12, "complex64": 2e-5}
BATCHES = [(), (5,), (2, 3)]


def matrices(shape, dtype, seed=0):
    """(Cermet's, NumPy's in double precision): well-conditioned."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape)
    if dtype == "complex64":
        values = values + 1j * rng.standard_normal(shape)
    m, n = shape[-2:]
    values = (values + 3 * np.eye(m, n)).astype(dtype)
    return mx.array(values, getattr(mx, dtype)), values.astype(np.complex128 if dtype == "complex64" else np.float64)


def positive_definite(shape, dtype, seed=0):
    _, a = matrices(shape, dtype, seed)
    values = (a @ a.conj().swapaxes(-1, -2) / shape[-1] + np.eye(shape[-1])).astype(dtype)
    return mx.array(values, getattr(mx, dtype)), values.astype(np.complex128 if dtype == "complex64" else np.float64)


def close(actual, expected, dtype, factor=1.0):
    actual = np.array(actual)
    assert actual.shape == np.shape(expected)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=TOLERANCE[dtype] * scale * factor)


def wide(x):
    a = np.array(x)
    return a.astype(np.complex128 if a.dtype.kind == "c" else np.float64)


def adjoint(a):
    return a.conj().swapaxes(-1, -2)


def expect_unitary(q, dtype):
    close(adjoint(q) @ q, np.broadcast_to(np.eye(q.shape[-1]), (*q.shape[:-2], q.shape[-1], q.shape[-1])), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("m, n", [(1, 1), (3, 3), (6, 4), (4, 6), (40, 30)])
def test_qr(dtype, batch, m, n):
    a, expected = matrices((*batch, m, n), dtype)
    q, r = (wide(x) for x in mx.linalg.qr(a))
    k = min(m, n)
    assert q.shape == (*batch, m, k)
    assert r.shape == (*batch, k, n)
    close(q @ r, expected, dtype)
    expect_unitary(q, dtype)
    assert np.array_equal(np.tril(r, -1), np.zeros_like(r))
    assert mx.linalg.qr(a)[0].dtype == a.dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("m, n", [(1, 1), (3, 3), (6, 4), (4, 6), (40, 30)])
def test_svd(dtype, batch, m, n):
    a, expected = matrices((*batch, m, n), dtype)
    parts = mx.linalg.svd(a)
    assert isinstance(parts, tuple)
    u, s, vt = (wide(x) for x in parts)
    assert parts[1].dtype == (mx.float64 if dtype == "float64" else mx.float32)
    k = min(m, n)
    assert u.shape == (*batch, m, m)
    assert vt.shape == (*batch, n, n)
    close(u[..., :k] * s[..., None, :] @ vt[..., :k, :], expected, dtype)
    expect_unitary(u, dtype)
    expect_unitary(adjoint(vt), dtype)
    wanted = np.linalg.svd(expected, compute_uv=False)
    close(s, wanted, dtype)
    values = mx.linalg.svd(a, compute_uv=False)
    assert values.dtype == parts[1].dtype
    close(values, wanted, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("n", [1, 4, 33])
def test_inverses_and_solutions(dtype, batch, n):
    a, expected = matrices((*batch, n, n), dtype)
    close(wide(mx.linalg.inv(a)) @ expected, np.broadcast_to(np.eye(n), expected.shape), dtype, 20)
    b, sides = matrices((*batch, n, 5), dtype, seed=1)
    close(expected @ wide(mx.linalg.solve(a, b)), sides, dtype, 20)
    vector, side = b[..., 0], sides[..., 0]
    if batch == ():
        close(expected @ wide(mx.linalg.solve(a, vector)), side, dtype, 20)
    one = mx.linalg.solve(a, b[..., :1])
    close(expected @ wide(one), sides[..., :1], dtype, 20)
    close(wide(mx.linalg.pinv(a)) @ expected, np.broadcast_to(np.eye(n), expected.shape), dtype, 20)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("upper", [False, True])
def test_triangular_matrices(dtype, upper):
    a, full = matrices((2, 7, 7), dtype)
    expected = np.triu(full) if upper else np.tril(full)
    expected += 5 * np.eye(7)
    a = mx.array((full + 5 * np.eye(7)).astype(dtype), getattr(mx, dtype))  # the other triangle must not matter
    inverse = wide(mx.linalg.tri_inv(a, upper))
    close(inverse @ expected, np.broadcast_to(np.eye(7), expected.shape), dtype)
    assert np.array_equal(np.tril(inverse, -1) if upper else np.triu(inverse, 1), np.zeros_like(inverse))
    b, sides = matrices((2, 7, 3), dtype, seed=1)
    close(expected @ wide(mx.linalg.solve_triangular(a, b, upper=upper)), sides, dtype)
    close(expected[0] @ wide(mx.linalg.solve_triangular(a[0], b[0, :, 0], upper=upper)), sides[0, :, 0], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(dtype, batch, upper):
    a, expected = positive_definite((*batch, 6, 6), dtype)
    factor = mx.linalg.cholesky(a, upper)
    f = wide(factor)
    assert np.array_equal(f, np.triu(f) if upper else np.tril(f))
    close(adjoint(f) @ f if upper else f @ adjoint(f), expected, dtype)
    inverse = mx.linalg.cholesky_inv(factor, upper)
    close(wide(inverse) @ expected, np.broadcast_to(np.eye(6), expected.shape), dtype, 5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("m, n", [(1, 1), (5, 5), (6, 4), (4, 6)])
def test_lu(dtype, batch, m, n):
    a, expected = matrices((*batch, m, n), dtype)
    p, lower, upper = mx.linalg.lu(a)
    assert p.dtype == mx.uint32
    assert p.shape == (*batch, m)
    rows = np.take_along_axis(wide(lower), np.array(p).astype(np.int64)[..., None], axis=-2)
    close(rows @ wide(upper), expected, dtype)
    compact, pivots = mx.linalg.lu_factor(a)
    assert pivots.dtype == mx.uint32
    assert pivots.shape == (*batch, min(m, n))
    k = min(m, n)
    close(np.tril(wide(compact)[..., :k], -1) + np.eye(m, k), wide(lower), dtype)
    close(np.triu(wide(compact)[..., :k, :]), wide(upper), dtype)
    if batch == ():
        permuted = expected.copy()
        for i, j in enumerate(np.array(pivots)):
            permuted[[i, j]] = permuted[[j, i]]
        close(wide(lower) @ wide(upper), permuted, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
def test_determinants(dtype, batch):
    a, expected = matrices((*batch, 5, 5), dtype)
    close(mx.linalg.det(a), np.linalg.det(expected), dtype)
    sign, logarithm = mx.linalg.slogdet(a)
    wanted_sign, wanted_logarithm = np.linalg.slogdet(expected)
    close(sign, wanted_sign, dtype)
    close(logarithm, wanted_logarithm, dtype)


def test_determinants_of_special_matrices():
    assert mx.linalg.det(mx.array([[1, 2], [3, 4]])).item() == pytest.approx(-2)
    sign, logarithm = mx.linalg.slogdet(mx.zeros((2, 2)))
    assert (sign.item(), logarithm.item()) == (0, -np.inf)
    assert mx.linalg.det(mx.zeros((0, 0))).item() == 1
    assert mx.linalg.det(mx.zeros((3, 0, 0))).tolist() == [1, 1, 1]
    assert mx.linalg.slogdet(mx.eye(200) * 100)[1].item() == pytest.approx(200 * np.log(100), rel=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_eigh(dtype, batch, UPLO):
    _, expected = positive_definite((*batch, 7, 7), dtype)
    other = np.full((7, 7), 9.0)  # in the triangle that is not read
    triangle = np.tril(expected) + np.triu(other, 1) if UPLO == "L" else np.triu(expected) + np.tril(other, -1)
    a = mx.array(triangle.astype(dtype), getattr(mx, dtype))
    values, vectors = mx.linalg.eigh(a, UPLO)
    assert values.dtype == (mx.float64 if dtype == "float64" else mx.float32)
    v = wide(vectors)
    close(expected @ v, v * wide(values)[..., None, :], dtype, 5)
    expect_unitary(v, dtype)
    wanted = np.linalg.eigvalsh(expected)
    close(values, wanted, dtype, 5)
    close(mx.linalg.eigvalsh(a, UPLO), wanted, dtype, 5)
    assert mx.linalg.eigvalsh(a, UPLO).dtype == values.dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", BATCHES)
def test_eig(dtype, batch):
    a, expected = matrices((*batch, 8, 8), dtype)
    values, vectors = mx.linalg.eig(a)
    assert values.dtype == vectors.dtype == mx.complex64
    v, w = wide(vectors), wide(values)
    close(expected @ v, v * w[..., None, :], "float32", 20)
    close(np.linalg.norm(v, axis=-2), np.ones((*batch, 8)), "float32", 5)
    key = lambda z: np.sort_complex(np.round(z, 3))  # noqa: E731
    np.testing.assert_allclose(key(w), key(np.linalg.eigvals(expected)), atol=3e-3)
    np.testing.assert_allclose(key(wide(mx.linalg.eigvals(a))), key(w), atol=3e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int32", "float16"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms(dtype, keepdims):
    rng = np.random.default_rng(0)
    values = rng.integers(-4, 5, (3, 4, 5)).astype(dtype)
    if dtype == "complex64":
        values = values + 1j * rng.integers(-4, 5, values.shape).astype(np.float32)
        values = values.astype(np.complex64)
    a, x = mx.array(values, getattr(mx, dtype)), values.astype(np.complex128 if dtype == "complex64" else np.float64)
    result = {"float64": mx.float64, "float16": mx.float16}.get(dtype, mx.float32)
    tolerance = 2e-3 if dtype == "float16" else 1e-5
    inf = np.inf

    def check(*args, **kwargs):
        like = {**kwargs}
        if "axis" in like and isinstance(like["axis"], list):
            like["axis"] = tuple(like["axis"])
        actual = mx.linalg.norm(a, *args, **kwargs, keepdims=keepdims)
        wanted = np.linalg.norm(x, *args, **like, keepdims=keepdims)
        assert actual.dtype == result
        assert actual.shape == wanted.shape
        np.testing.assert_allclose(np.array(actual), wanted, rtol=tolerance, atol=tolerance)

    check()
    for axis in (0, 1, -1):
        check(axis=axis)
        for ord in (0, 1, 2, 3, 2.5, inf, -inf):
            check(ord, axis=axis)
    for axis in ((0, 1), (1, 0), (-1, 0), [1, 2]):
        check(axis=axis)
        for ord in (1, -1, 2, -2, inf, -inf, "fro", "nuc"):
            check(ord, axis=axis)


def test_norms_without_axes_and_of_special_arrays():
    v = mx.array([3.0, -4.0])
    assert mx.linalg.norm(v).item() == 5
    assert mx.linalg.norm(v, 1).item() == 7
    assert mx.linalg.norm(v, mx.inf).item() == 4
    assert mx.linalg.norm(v, -1).item() == pytest.approx(1 / (1 / 3 + 1 / 4))
    assert mx.linalg.norm(mx.eye(3), "fro").item() == pytest.approx(3**0.5)
    assert mx.linalg.norm(mx.eye(3), 2).item() == pytest.approx(1)
    assert mx.linalg.norm(mx.array(-3.0)).item() == 3
    assert mx.linalg.norm(mx.zeros((0,))).item() == 0
    assert mx.linalg.norm(mx.array([300.0, 400.0], mx.float16)).item() == 500
    assert mx.linalg.norm(mx.arange(9).reshape(3, 3) - 4, keepdims=True).shape == (1, 1)


def test_cross_products():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((4, 3)).astype(np.float32), rng.standard_normal((4, 3)).astype(np.float32)
    np.testing.assert_allclose(np.array(mx.linalg.cross(mx.array(a), mx.array(b))), np.cross(a, b), atol=1e-6)
    np.testing.assert_allclose(
        np.array(mx.linalg.cross(mx.array(a.T), mx.array(b.T), axis=0)), np.cross(a, b).T, atol=1e-6
    )
    np.testing.assert_allclose(np.array(mx.linalg.cross(mx.array(a), mx.array(b[0]))), np.cross(a, b[0]), atol=1e-6)
    assert mx.linalg.cross(mx.array([1, 2]), mx.array([4, 5, 6])).tolist() == [12, -6, -3]
    assert mx.linalg.cross(mx.array([1, 2, 3]), mx.array([4, 5])).tolist() == [-15, 12, -3]
    assert mx.linalg.cross(mx.array([1, 2]), mx.array([4, 5])).tolist() == [0, 0, -3]
    with pytest.raises(ValueError, match="extent 2 or 3"):
        mx.linalg.cross(mx.zeros((4,)), mx.zeros((4,)))


@pytest.mark.parametrize("m, n", [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_empty_matrices(m, n, batch):
    a = mx.zeros((*batch, m, n))
    q, r = mx.linalg.qr(a)
    assert (q.shape, r.shape) == ((*batch, m, 0), (*batch, 0, n))
    u, s, vt = mx.linalg.svd(a)
    assert s.shape == (*batch, 0)
    assert np.array_equal(np.array(u), np.broadcast_to(np.eye(m), u.shape))
    assert np.array_equal(np.array(vt), np.broadcast_to(np.eye(n), vt.shape))
    assert mx.linalg.pinv(a).shape == (*batch, n, m)
    p, _, _ = mx.linalg.lu(a)
    assert np.array_equal(np.array(p), np.broadcast_to(np.arange(m), (*batch, m)))
    if m == n:
        for op in (mx.linalg.inv, mx.linalg.cholesky, mx.linalg.tri_inv, mx.linalg.cholesky_inv):
            assert op(a).shape == (*batch, 0, 0)
        assert mx.linalg.eigvalsh(a).shape == (*batch, 0)
        assert mx.linalg.eig(a)[1].shape == (*batch, 0, 0)
        assert mx.linalg.solve(a, mx.zeros((*batch, 0, 2))).shape == (*batch, 0, 2)


def test_empty_batches():
    a = mx.zeros((0, 3, 3))
    assert mx.linalg.inv(a).shape == (0, 3, 3)
    assert mx.linalg.svd(a)[0].shape == (0, 3, 3)
    assert mx.linalg.det(a).shape == (0,)


@pytest.mark.parametrize("dtype", DTYPES)
def test_strided_matrices(dtype):
    a, expected = matrices((6, 5, 6), dtype)
    views = [
        (a.transpose(1, 0, 2), expected.transpose(1, 0, 2)),
        (a.transpose(1, 2, 0), expected.transpose(1, 2, 0)),
        (a[::-1, :, :5][:, ::-1, ::-1], expected[::-1, :, :5][:, ::-1, ::-1]),
        (mx.broadcast_to(a[:1, :, :5], (3, 5, 5)), np.broadcast_to(expected[:1, :, :5], (3, 5, 5))),
    ]
    for view, like in views:
        if like.shape[-1] == like.shape[-2]:
            close(mx.linalg.inv(view), np.linalg.inv(like), dtype, 50)
            close(mx.linalg.solve(view, view[..., :1]), np.linalg.solve(like, like[..., :1]), dtype, 50)
        q, r = (wide(x) for x in mx.linalg.qr(view))
        close(q @ r, like, dtype)
        close(mx.linalg.svd(view, False), np.linalg.svd(like, compute_uv=False), dtype)


def test_solve_broadcasts_batches():
    a, expected = matrices((4, 3, 3), "float64")
    b, sides = matrices((2, 1, 3, 2), "float64", seed=1)
    close(mx.linalg.solve(a, b), np.linalg.solve(expected, sides), "float64", 50)
    vector = mx.array(sides[0, 0, :, 0], mx.float64)
    close(mx.linalg.solve(a, vector), np.linalg.solve(expected, sides[0, 0, :, 0]), "float64", 50)
    close(mx.linalg.solve(a[0], b), np.linalg.solve(expected[0], sides), "float64", 50)


def test_large_matrices_use_threads():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((300, 300)).astype(np.float32)
    a, x = mx.array(values), values.astype(np.float64)
    u, s, vt = (wide(part) for part in mx.linalg.svd(a))
    np.testing.assert_allclose(u * s @ vt, x, atol=1e-3)
    q, r = (wide(part) for part in mx.linalg.qr(a))
    np.testing.assert_allclose(q @ r, x, atol=1e-4)
    np.testing.assert_allclose(x @ wide(mx.linalg.solve(a, a[:, :3])), x[:, :3], atol=5e-2)


def test_pinv_of_rank_deficient_matrices():
    a = mx.ones((2, 3))
    np.testing.assert_allclose(np.array(mx.linalg.pinv(a)), np.full((3, 2), 1 / 6), atol=1e-6)
    assert np.array_equal(np.array(mx.linalg.pinv(mx.zeros((2, 3)))), np.zeros((3, 2)))
    c, expected = matrices((4, 6, 3), "complex64")
    close(mx.linalg.pinv(c), np.linalg.pinv(expected), "complex64", 5)


def test_compiled_equals_uncompiled():
    a, _ = positive_definite((3, 6, 6), "float32")
    b, _ = matrices((3, 6, 2), "float32")

    def f(a, b):
        c = a * 2 + mx.eye(6)
        q, r = mx.linalg.qr(c)
        u, s, vt = mx.linalg.svd(b)
        return [
            *(q, r, u, s, vt),
            mx.linalg.solve(c, b) + 1,
            mx.linalg.cholesky(c),
            mx.linalg.inv(c) @ b,
            *mx.linalg.eigh(c),
            *mx.linalg.lu(c),
            mx.linalg.det(c),
            mx.linalg.norm(c, 2, axis=(1, 2)),
            mx.linalg.pinv(b),
        ]

    for actual, expected in zip(mx.compile(f)(a, b), f(a, b), strict=True):
        np.testing.assert_allclose(np.array(actual), np.array(expected), rtol=1e-5, atol=1e-5)


def test_matrices_that_cannot_be_computed():
    good = mx.eye(2)
    with pytest.raises(ValueError, match=r"\[linalg.inv\] The matrix is singular"):
        mx.eval(mx.linalg.inv(mx.zeros((2, 2))))
    batch = mx.stack([good, good, mx.ones((2, 2)), good])
    with pytest.raises(ValueError, match=r"\[linalg.inv\] Matrix 2 of the batch is singular"):
        mx.eval(mx.linalg.inv(batch))
    with pytest.raises(ValueError, match=r"\[linalg.solve\] Matrix 2 of the batch is singular"):
        mx.eval(mx.linalg.solve(batch, mx.ones((2, 1))))
    with pytest.raises(ValueError, match=r"\[linalg.solve_triangular\] The matrix is singular"):
        mx.eval(mx.linalg.solve_triangular(mx.zeros((2, 2)), mx.ones((2,))))
    with pytest.raises(ValueError, match=r"\[linalg.tri_inv\] The matrix is singular"):
        mx.eval(mx.linalg.tri_inv(mx.zeros((2, 2))))
    with pytest.raises(ValueError, match=r"\[linalg.cholesky\] Matrix 1 of the batch is not positive definite"):
        mx.eval(mx.linalg.cholesky(mx.stack([good, -good])))
    for op in (mx.linalg.svd, mx.linalg.eigh, mx.linalg.eig, mx.linalg.eigvals):
        for bad in (np.nan, np.inf):
            with pytest.raises(ValueError, match="holds NaN or infinity"):
                mx.eval(op(mx.array([[bad, 1.0], [1.0, 2.0]])))
    with pytest.raises(ValueError, match="singular"):
        mx.compile(mx.linalg.inv)(mx.zeros((2, 2))).tolist()
    assert mx.linalg.inv(good).tolist() == good.tolist()


def test_errors_name_the_op_and_what_is_allowed():
    one_argument = ["qr", "svd", "cholesky", "cholesky_inv", "inv", "tri_inv", "pinv", "lu", "lu_factor", "eigh"]
    for name in [*one_argument, "eigvalsh", "eig", "eigvals", "det", "slogdet"]:
        op = getattr(mx.linalg, name)
        with pytest.raises(ValueError, match=r"\[linalg.*2 dimensions or more, got shape \(3\,\)"):
            op(mx.zeros((3,)))
        if name not in ("det", "slogdet"):
            with pytest.raises(ValueError, match=r"\[linalg.*float32, float64 or complex64, got int32"):
                op(mx.zeros((3, 3), mx.int32))
        if name not in ("qr", "svd", "pinv", "lu", "lu_factor"):
            with pytest.raises(ValueError, match=rf"\[linalg.{name}\] Takes square matrices, got shape \(2, 3\)"):
                op(mx.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"\[linalg.solve\] The right sides"):
        mx.linalg.solve(mx.eye(3), mx.zeros((2, 1)))
    with pytest.raises(ValueError, match=r"linalg.solve"):
        mx.linalg.solve(mx.zeros((2, 3, 3)), mx.zeros((4, 3, 1)))
    with pytest.raises(ValueError, match=r"UPLO must be 'L' or 'U', got 'X'"):
        mx.linalg.eigh(mx.eye(2), "X")
    norm = mx.linalg.norm
    with pytest.raises(ValueError, match=r"\[linalg.norm\].*got 3 of shape"):
        norm(mx.zeros((2, 2, 2)), 2)
    with pytest.raises(ValueError, match=r"\[linalg.norm\] Takes one or two axes"):
        norm(mx.zeros((2, 2, 2)), axis=(0, 1, 2))
    with pytest.raises(ValueError, match=r"\[linalg.norm\] Matrices have norms of ord .* got 3"):
        norm(mx.eye(2), 3)
    with pytest.raises(ValueError, match="'fro' is for matrices"):
        norm(mx.zeros((2,)), "fro")
    with pytest.raises(ValueError, match="'fro' or 'nuc', got 'x'"):
        norm(mx.eye(2), "x")
    with pytest.raises(ValueError, match="twice"):
        norm(mx.eye(2), axis=(0, 0))
    with pytest.raises(IndexError, match="Axis 2"):
        norm(mx.eye(2), axis=2)


def test_the_module_is_importable():
    import cermet.core.linalg as linalg

    assert linalg is mx.linalg
