"""mx.compile(shapeless=True): extents are symbols, answers about them are guards, equalities unify."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx


def arrays(shapes, seed=0):
    """Standard normal arrays of these shapes."""
    rng = np.random.default_rng(seed)
    return [mx.array(rng.normal(size=s).astype(np.float32)) for s in shapes]


def leaves(tree):
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def agree(given_tree, wanted, tolerance=2e-4):
    ours, theirs = leaves(given_tree), leaves(wanted)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        if not isinstance(b, mx.array):
            assert a == b
            continue
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        assert np.allclose(np.array(a), np.array(b), rtol=tolerance, atol=tolerance, equal_nan=True)


def run(f, calls, traces=1):
    """Compares f compiled without shapes to f, at every list of shapes; at most so many traces."""
    g = mx.compile(f, shapeless=True)
    for i, shapes in enumerate(calls):
        xs = arrays(shapes, i)
        agree(g(*xs), f(*xs))
    assert g.stats()["traces"] == traces, g.stats()["retrace_reasons"]
    return g


MATRICES = [((5, 6),), ((7, 6),), ((3, 9),), ((50, 40),), ((4, 4),)]

UNARY = {
    "elementwise": lambda x: mx.exp(x) * 2 + x,
    "reshape by a product": lambda x: x.reshape(x.shape[0] * x.shape[1], -1),
    "reshape to one axis": lambda x: x.reshape(x.shape[0] * x.shape[1]),
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: mx.unflatten(x.flatten(), 0, (x.shape[0], x.shape[1])),
    "expand and squeeze": lambda x: x[None].squeeze(0) + mx.expand_dims(x, 1).squeeze(1),
    "transpose": lambda x: x.T.reshape(-1),
    "arange of an extent": lambda x: mx.arange(x.shape[0]),
    "arange from one": lambda x: mx.arange(1, x.shape[0] + 1) * x.T,
    "arange down": lambda x: mx.arange(x.shape[0], 0, -1),
    "a negative end": lambda x: x[:-1] + x[1:],
    "the last three": lambda x: x[-3:],
    "the first three": lambda x: x[:3],
    "steps": lambda x: x[::2],
    "backwards": lambda x: x[::-1] * 2,
    "half": lambda x: x[: x.shape[0] // 2],
    "an integer": lambda x: x[-1] + x[1, 0],
    "a symbolic place": lambda x: x[x.shape[0] - 1],
    "tile": lambda x: mx.tile(x, (2, 3)),
    "repeat": lambda x: mx.repeat(x, 3, axis=1),
    "pad": lambda x: mx.pad(x, ((1, 2), (0, 3))),
    "pad reflect": lambda x: mx.pad(x, ((1, 1), (1, 1)), mode="reflect"),
    "pad edge": lambda x: mx.pad(x, ((1, 1), (1, 1)), mode="edge"),
    "concatenate": lambda x: mx.concatenate([x, x * 2, x[:1]], axis=0),
    "stack": lambda x: mx.stack([x, x], axis=1),
    "take": lambda x: mx.take(x, mx.array([0, 1, -1]), axis=0),
    "index arrays": lambda x: x[mx.array([0, 1, -1])],
    "index arrays and slices": lambda x: x[1:, mx.array([0, 1])],
    "take_along_axis": lambda x: mx.take_along_axis(x, mx.argsort(x, axis=1), axis=1),
    "cumsum": lambda x: mx.cumsum(x, axis=1),
    "sort": lambda x: mx.sort(x, axis=0),
    "argsort": lambda x: mx.argsort(x, axis=0),
    "topk": lambda x: mx.sort(mx.topk(x, 2, axis=0), axis=0),
    "argmax": lambda x: (mx.argmax(x, axis=1), mx.argmin(x)),
    "matmul": lambda x: x @ x.T,
    "einsum": lambda x: mx.einsum("ij,kj->ik", x, x),
    "outer and inner": lambda x: (mx.outer(x[:, 0], x[0]), mx.inner(x, x)),
    "kron": lambda x: mx.kron(x, x[:2, :2]),
    "trace and diagonal": lambda x: (mx.trace(x), mx.diagonal(x), mx.diagonal(x, 1)),
    "diag": lambda x: mx.diag(x[:, 0]),
    "triangles": lambda x: (mx.tril(x), mx.triu(x, 1)),
    "softmax": lambda x: (mx.softmax(x, axis=-1), mx.softmax(x)),
    "statistics": lambda x: (mx.mean(x), mx.var(x, axis=0), mx.std(x, axis=1), mx.logsumexp(x, axis=1)),
    "reductions": lambda x: (x.sum(), x.max(axis=0), mx.all(x > -100), mx.prod(x * 0 + 1, axis=1)),
    "roll": lambda x: mx.roll(x, 1, axis=0),
    "zeros": lambda x: mx.zeros((x.shape[0], 3)) + x[:, :1],
    "zeros of no data": lambda x: mx.zeros((x.shape[0], 3)),
    "full": lambda x: mx.full(x.shape, x[0, 0]),
    "eye and tri": lambda x: (mx.eye(x.shape[0]), mx.tri(x.shape[0], x.shape[1])),
    "broadcast_to": lambda x: mx.broadcast_to(x[:1], (x.shape[0] + 2, x.shape[1])),
    "meshgrid": lambda x: list(mx.meshgrid(x[:, 0], x[0])),
    "where": lambda x: mx.where(x > 0, x, 0),
    "random numbers": lambda x: mx.random.uniform(shape=x.shape, key=mx.random.key(3)) * x,
    "item assignment": lambda x: put(x),
    "updates at indices": lambda x: x.at[mx.array([0, 1, 0])].add(1.0),
    "sums by extents": lambda x: (x.sum() / x.shape[0], x.sum() / x.size, x * x.shape[1] - x.shape[0]),
    "extents as arrays": lambda x: mx.array(x.shape[0]) + mx.array([x.shape[0], x.shape[1]]),
    "layer norm": lambda x: (mx.fast.layer_norm(x, None, None, 1e-5), mx.fast.rms_norm(x, None, 1e-5)),
    "gradient of slices": mx.grad(lambda x: (x[1:] * x[:-1]).sum()),
    "gradient of concatenate": mx.grad(lambda x: (mx.concatenate([x, x * 2], axis=0) ** 2).sum()),
    "gradient of take": mx.grad(lambda x: (mx.take(x, mx.array([0, 1, 0]), axis=0) ** 2).sum()),
    "gradient of var": mx.grad(lambda x: mx.var(x, axis=1).sum()),
    "gradient of softmax": mx.grad(lambda x: mx.softmax(x, axis=1)[:, 0].sum()),
    "gradient of max": mx.grad(lambda x: mx.max(x, axis=1).sum()),
    "gradient of cumsum": mx.grad(lambda x: (mx.cumsum(x, axis=1) ** 2).sum()),
    "gradient of sort": mx.grad(lambda x: mx.sort(x, axis=1)[:, 0].sum()),
    "jvp": lambda x: mx.jvp(lambda x: (mx.sin(x) * x).sum(axis=0), [x], [x])[1],
}


def put(x):
    y = x + 0
    y[0:2] = 1.0
    y[-1] = y[0] * 2
    return y


@pytest.mark.parametrize("name", UNARY)
def test_one_trace_serves_all_shapes(name):
    run(UNARY[name], MATRICES)


@pytest.mark.parametrize("name", UNARY)
def test_extents_of_zero_and_one_are_right(name):
    f = UNARY[name]
    g = mx.compile(f, shapeless=True)
    for shape in [(5, 6), (1, 6), (6, 1), (1, 1), (0, 6), (6, 0), (2, 2), (3, 2), (8, 9)]:
        (x,) = arrays([shape])
        try:
            wanted = f(x)
            mx.eval(leaves(wanted))
        except (ValueError, IndexError) as refused:
            with pytest.raises(type(refused)):
                mx.eval(leaves(g(x)))
            continue
        agree(g(x), wanted)


TWO = {
    "sum": (lambda x, y: x + y, [((5, 5), (5, 5)), ((6, 7), (6, 7)), ((2, 9), (2, 9))]),
    "apart": (lambda x, y: (x * 2, y * 3), [((5, 5), (5, 5)), ((6, 7), (3, 9))]),
    "row": (lambda x, y: x + y, [((5, 6), (6,)), ((8, 9), (9,))]),
    "product": (lambda x, w: mx.maximum(x @ w, 0), [((5, 6), (6, 3)), ((9, 4), (4, 8))]),
    "the shape of another": (lambda x, y: x.reshape(y.shape) + y, [((5, 6), (5, 6)), ((7, 6), (7, 6))]),
    "cut to another": (lambda x, y: x[: y.shape[0]] + y, [((7, 3), (5, 3)), ((9, 4), (6, 4)), ((6, 2), (6, 2))]),
    "join": (lambda x, y: mx.concatenate([x, y]).sum(axis=0), [((5, 6), (2, 6)), ((3, 4), (9, 4))]),
    "gradient": (
        lambda x, w: mx.value_and_grad(lambda w: (mx.logsumexp(x @ w, axis=1) - (x @ w)[:, 0]).mean())(w),
        [((5, 6), (6, 3)), ((7, 6), (6, 3)), ((9, 8), (8, 4))],
    ),
    "heads": (
        lambda x, w: (x @ w).reshape(x.shape[0], x.shape[1], 2, -1).transpose(0, 2, 1, 3),
        [((2, 5, 6), (6, 6)), ((3, 7, 6), (6, 6)), ((4, 8, 10), (10, 4))],
    ),
    "convolution": (lambda x, w: mx.conv1d(x, w), [((2, 9, 3), (4, 2, 3)), ((5, 12, 3), (4, 2, 3))]),
}


@pytest.mark.parametrize("name", TWO)
def test_one_trace_serves_two_arrays(name):
    f, calls = TWO[name]
    run(f, calls)


def test_split_and_multiples_are_guards():
    run(lambda x: mx.split(x, 2), [((4, 6),), ((8, 6),), ((50, 4),)])
    run(lambda x: x.reshape(-1, 4) * 2, [((8, 3),), ((4, 5),), ((16, 7),)])
    run(lambda x: x.reshape(2, x.shape[0] // 2, x.shape[1]), [((8, 3),), ((4, 5),), ((16, 7),)])
    run(lambda x: x.reshape(x.shape[0] // 2, -1), [((8, 3),), ((4, 5),), ((16, 7),)])
    run(lambda x, y: x.reshape(-1, y.shape[0] // 2), [((3, 4), (8,)), ((5, 4), (8,)), ((6, 2), (4,))])
    g = mx.compile(lambda x: mx.split(x, 2)[0], shapeless=True)
    g(mx.ones((4, 3)))
    with pytest.raises(ValueError, match="does not split into 2"):
        g(mx.ones((5, 3)))


def test_the_reference_example_is_right_for_every_shape():
    def bad_fn(x):
        return x.reshape(x.shape[0] * x.shape[1], -1)

    run(bad_fn, [((2, 3, 4),), ((5, 2, 3),), ((7, 7, 7),)])


def test_a_branch_is_a_guard_with_its_line():
    def f(x):
        return x * 2 if x.shape[0] > 4 else x * 3

    g = run(f, [((5, 2),), ((9, 2),), ((3, 2),), ((8, 3),), ((4, 2),)], traces=2)
    (reason,) = g.stats()["retrace_reasons"]
    assert "guard" in reason
    assert "shape[0]" in reason
    assert "test_shapeless.py" in reason


def test_a_change_of_rank_or_dtype_retraces():
    g = mx.compile(lambda x: x * 2, shapeless=True)
    g(mx.ones((3, 4)))
    g(mx.ones((3, 4, 5)))
    g(mx.ones((3, 4), mx.int32))
    assert g.stats()["traces"] == 3


def test_a_hundred_lengths_are_one_trace_and_no_growth():
    def loss(w, x, y):
        return ((mx.tanh(x @ w) - y) ** 2).mean()

    step = mx.compile(lambda w, x, y: mx.value_and_grad(loss)(w, x, y), shapeless=True)
    (w,) = arrays([(16, 4)])
    before = None
    for length in range(2, 102):
        x, y = arrays([(length, 16), (length, 4)], length)
        value, grad = step(w, x, y)
        agree([value, grad], list(mx.value_and_grad(loss)(w, x, y)))
        w = w - 0.01 * grad
        mx.eval(w)
        if length == 51:
            gc.collect()
            before = mx.get_active_memory()
    assert step.stats()["traces"] == 1
    assert mx.get_active_memory() < before + (1 << 16)


def test_extents_that_were_equal_may_differ_later():
    f = lambda x: (x.sum(axis=0), x.sum(axis=1), x.reshape(-1))  # noqa: E731
    run(f, [((6, 6),), ((6, 7),), ((3, 6),)])


# ---- Dim ------------------------------------------------------------------------------------------------------------


def traced(f, *shapes):
    """Calls f on arrays in a shapeless trace and returns what it returned beside arrays, and the function."""
    got = []

    def body(*xs):
        got.append(f(*xs))
        return xs[0] * 1

    g = mx.compile(body, shapeless=True)
    g(*arrays(shapes))
    return got[0], g


def test_dims_print_their_expression_and_hint():
    text, _ = traced(lambda x: repr(x.shape[0] * x.shape[1]), (2, 3))
    assert text.startswith("Dim(")
    assert "hint 6" in text
    text, _ = traced(lambda x: repr(x), (2, 3))
    assert text == "array(traced, shape=(2, 3), dtype=float32)"


def test_dim_arithmetic_stays_symbolic():
    def f(x):
        n, m = x.shape
        assert isinstance(n, (int, mx.Dim))
        values = [n + 1, 1 + n, n - m, 10 - n, n * m, 3 * n, n // 2, n % 3, -n, +n, abs(n), divmod(n, 2)[0], n**2]
        assert all(type(v) is type(n) for v in values)
        return mx.zeros((n + m, n * 2, m // 2 + 1))

    run(f, [((5, 6),), ((7, 9),), ((12, 3),)])


@pytest.mark.parametrize(
    "question",
    [
        lambda n: float(n),
        lambda n: n / 2,
        lambda n: 2 / n,
        lambda n: int(n),
        lambda n: hash(n),
        lambda n: list(range(n)),
        lambda n: [10, 20, 30, 40, 50, 60][n],
        lambda n: n**-0.5,
        lambda n: f"{n:d}",
        lambda n: round(n),
        lambda n: n & 3,
        lambda n: n * 1.5,
        lambda n: n > 1.5 and {n: 1}[int(n)],
    ],
)
def test_what_needs_the_number_holds_for_this_number(question):
    def f(x):
        answers.append(question(x.shape[0]))
        return x * 2

    answers = []
    g = mx.compile(f, shapeless=True)
    for n in (3, 5, 3, 5):
        g(mx.ones((n, 2)))
    assert answers == [question(3), question(5)]
    assert g.stats()["traces"] == 2


def test_answers_of_comparisons():
    def f(x):
        n, m = x.shape
        return [
            n == 3,
            n != 3,
            n < 4,
            n <= 3,
            n > 3,
            n >= 4,
            n == m,
            n < m,
            bool(n),
            n == 3,
            n < 4,
            n == "x",
            n in (3, 9),
        ]

    got, _ = traced(f, (3, 5))
    assert got == [True, False, True, True, False, False, False, True, True, True, True, False, True]


def test_a_dim_that_escapes_raises_when_used():
    kept = []
    g = mx.compile(lambda x: (kept.append(x.shape[0]), x * 2)[1], shapeless=True)
    g(mx.ones((3, 4)))
    assert "finished" in repr(kept[0])
    for use in (lambda d: d + 1, lambda d: d == 3, int, lambda d: mx.zeros((d,)), lambda d: mx.ones((2,)) * d):
        with pytest.raises(mx.TraceError, match="outside"):
            use(kept[0])


def test_a_returned_dim_is_an_int():
    run(lambda x: [x.shape[0], x * 2], [((3, 4),), ((3, 5),), ((5, 4),)], traces=2)


def test_len_and_iteration_hold_for_this_number():
    run(lambda x: sum(row * len(x) for row in x), [((3, 4),), ((3, 7),), ((5, 4),)], traces=2)


def test_shapes_without_shapeless_are_ints():
    seen = []
    mx.compile(lambda x: (seen.extend(x.shape), x)[1])(mx.ones((3, 4)))
    assert seen == [3, 4]
    assert all(type(n) is int for n in seen)


def test_nested_transforms_share_the_symbols():
    def f(x, w):
        rows = mx.vmap(lambda r: (r @ w).sum() * r)(x)
        second = mx.grad(lambda x: (mx.grad(lambda x: (x**3).sum())(x) * x).sum())(x)
        return rows, second, mx.checkpoint(lambda x: mx.exp(x).sum(axis=0))(x)

    run(f, [((5, 6), (6, 3)), ((7, 6), (6, 3)), ((9, 8), (8, 4))])


def test_an_error_in_a_shapeless_trace_names_the_extents():
    g = mx.compile(lambda x, y: x + y, shapeless=True)
    with pytest.raises(ValueError, match=r"\(3, 4\).*\(3, 5\)"):
        g(*arrays([(3, 4), (3, 5)]))
    agree(g(*arrays([(3, 4), (3, 4)])), sum(arrays([(3, 4), (3, 4)])))


# ---- Programs -------------------------------------------------------------------------------------------------------

STEPS = [
    lambda x: x * 2 + 1,
    lambda x: x.T,
    lambda x: x[1:],
    lambda x: x[:, :-1],
    lambda x: x[::2],
    lambda x: x[::-1],
    lambda x: mx.concatenate([x, x], axis=0),
    lambda x: mx.concatenate([x, x[:1]], axis=1 - 1),
    lambda x: x.reshape(-1, x.shape[0]),
    lambda x: x.flatten()[None],
    lambda x: x - x.mean(axis=0),
    lambda x: x @ x.T,
    lambda x: mx.softmax(x, axis=0),
    lambda x: mx.pad(x, 1),
    lambda x: mx.tile(x, (1, 2)),
    lambda x: x + x.sum(axis=1, keepdims=True),
    lambda x: mx.cumsum(x, axis=0),
    lambda x: mx.sort(x, axis=1),
    lambda x: x[: x.shape[0] // 2 + 1],
    lambda x: x / x.shape[0] + mx.arange(x.shape[1]),
    lambda x: x if x.shape[0] > x.shape[1] else x.T,
    lambda x: mx.take(x, mx.array([0, -1]), axis=1),
]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(range(len(STEPS))), min_size=1, max_size=4), st.data())
def test_random_programs_agree_with_uncompiled_ones(steps, data):
    def f(x):
        for k in steps:
            x = mx.tanh(STEPS[k](x))
        return x

    g = mx.compile(f, shapeless=True)
    extent = st.integers(0, 7)
    for shape in data.draw(st.lists(st.tuples(extent, extent), min_size=2, max_size=3)):
        (x,) = arrays([shape])
        try:
            wanted = f(x)
            mx.eval(wanted)
        except (ValueError, IndexError) as refused:
            with pytest.raises(type(refused)):
                mx.eval(g(x))
            continue
        agree(g(x), wanted)


def test_the_cache_stays_bounded_when_every_length_is_special():
    g = mx.compile(lambda x: x * int(x.shape[0]), shapeless=True)
    limit = mx.set_compile_cache_limit(4)
    try:
        for n in range(2, 30):
            g(mx.ones((n,)))
        assert len(g.stats()["entries"]) <= 4
    finally:
        mx.set_compile_cache_limit(limit)


def test_unused_arrays_may_give_their_extents():
    run(lambda x, y: x * y.shape[0], [((3, 4), (5,)), ((6, 2), (7,)), ((6, 2), (9,))])


def test_functions_of_numpy_and_keys_of_results_take_the_number():
    def f(x):
        return (
            x / np.sqrt(x.shape[-1]),
            {x.shape[0]: float(np.float32(2) * x.shape[1])},
            mx.array(np.arange(2) * x.shape[0]),
        )

    g = mx.compile(f, shapeless=True)
    for shape in ((2, 3), (4, 9), (2, 3)):
        x = mx.ones(shape)
        scaled, keyed, product = g(x)
        np.testing.assert_allclose(np.array(scaled), np.array(f(x)[0]), rtol=1e-6)
        assert keyed == {shape[0]: 2 * shape[1]} and product.tolist() == [0, shape[0]]
