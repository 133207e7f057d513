"""Derivatives and vectorisation of functions over trees of arrays (lists, tuples, named tuples and dicts)."""

import functools

from cermet import _core

__all__ = ["checkpoint", "custom_function", "depends", "grad", "jvp", "value_and_grad", "vjp", "vmap"]


# ---- Trees ----------------------------------------------------------------------------------------------------------


def _map(visit, tree, path=""):
    """The tree with visit(leaf, path) in place of each leaf."""
    if isinstance(tree, dict):
        return {key: _map(visit, value, f"{path}[{key!r}]") for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_map(visit, value, f"{path}[{i}]") for i, value in enumerate(tree)]
        if isinstance(tree, list):
            return items
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    return visit(tree, path)


def _arrays(tree, what, op):
    """All leaves, which must be arrays."""
    found = []

    def visit(leaf, path):
        if not isinstance(leaf, _core.array):
            raise TypeError(f"[{op}] {what}{path} must be an array, not {type(leaf).__name__}.")
        found.append(leaf)

    _map(visit, tree)
    return found


def _rebuild(tree, arrays):
    """The tree with the arrays of an iterator in place of its leaves."""
    arrays = iter(arrays)
    return _map(lambda leaf, path: next(arrays), tree)


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


# ---- Gradients ------------------------------------------------------------------------------------------------------


def _positions(argnums, argnames):
    """argnums as a tuple, and whether a single one was meant."""
    if argnums is None:
        return ((0,), True) if not argnames else ((), False)
    if isinstance(argnums, int):
        return (argnums,), True
    argnums = tuple(argnums)
    if not all(isinstance(n, int) for n in argnums):
        raise TypeError(f"[grad] `argnums` must be an integer or a sequence of integers, not {argnums!r}.")
    return argnums, len(argnums) == 1


def _resolved(argnums, count, name):
    out = []
    for n in argnums:
        at = n + count if n < 0 else n
        if not 0 <= at < count:
            raise ValueError(f"[grad] `argnums` names argument {n}; {name} was called with {count}.")
        if at in out:
            raise ValueError(f"[grad] `argnums` names argument {n} twice.")
        out.append(at)
    return out


def _check_loss(value, name):
    loss = value[0] if isinstance(value, (list, tuple)) and value else value
    if not isinstance(loss, _core.array):
        raise ValueError(
            f"[grad] {name} must return a scalar array, or a tuple that begins with one, not {type(loss).__name__}."
        )
    if loss.ndim != 0:
        raise ValueError(
            f"[grad] {name} must return a scalar to be differentiated, not an array of shape {loss.shape}; reduce it "
            "(mx.mean, mx.sum) or use mx.vjp."
        )
    if not _core.issubdtype(loss.dtype, _core.floating):
        raise ValueError(f"[grad] {name} must return a real floating scalar, not {loss.dtype}.")
    return loss


def _filled(values, like):
    return [_core.zeros_like(x) if value is None else value for value, x in zip(values, like)]


def _check_variables(variables, where):
    for x in variables:
        if not _core.issubdtype(x.dtype, _core.inexact):
            raise ValueError(
                f"[grad] {where} holds an array of dtype {x.dtype}; derivatives are of floating and complex arrays. "
                "Convert it first: x.astype(mx.float32)."
            )


def value_and_grad(fun, argnums=None, argnames=()):
    """value_and_grad(fun, argnums=None, argnames=())

    A function that returns (value, gradient): what `fun` returns, and the gradient of its scalar result (the first, if
    it returns a tuple) with respect to the arguments at the positions `argnums` (default: the first) and with the names
    `argnames`. Each argument may be a tree of arrays; its gradient has the same structure. One position gives its
    gradient, several a tuple of them; with names, (gradients of positions or None, {name: gradient}).

    >>> mx.value_and_grad(lambda x: mx.sum(x * x))(mx.array([1.0, 2.0]))
    (array(5, dtype=float32), array([2, 4], dtype=float32))
    """
    if not callable(fun):
        raise TypeError(f"[value_and_grad] `fun` must be callable, not {type(fun).__name__}.")
    argnames = (argnames,) if isinstance(argnames, str) else tuple(argnames)
    argnums, single = _positions(argnums, argnames)
    if not argnums and not argnames:
        raise ValueError("[grad] `argnums` and `argnames` are empty; name at least one argument.")

    @functools.wraps(fun, updated=())
    def differentiated(*args, **kwargs):
        name = _name(fun)
        args = list(args)
        places = [(args, n, f"Argument {n}") for n in _resolved(argnums, len(args), name)]
        for key in argnames:
            if key not in kwargs:
                raise ValueError(f"[grad] `argnames` names {key!r}; {name} was called without it.")
            places.append((kwargs, key, f"Argument {key!r}"))
        trees, variables = [], []
        for container, key, where in places:
            arrays = _arrays(container[key], where, "grad")
            _check_variables(arrays, where)
            fresh = _core._fresh_variables(arrays)
            trees.append(container[key])
            variables += fresh
            container[key] = _rebuild(container[key], _core._aliases(fresh))  # the function may assign to its own
        tape = _core._Tape()
        try:
            value = fun(*args, **kwargs)
        finally:
            tape.stop()
        loss = _check_loss(value, name)
        found = tape.pull_back([loss], [_core.ones_like(loss)], variables)
        gradients = iter(_filled(found, variables))
        trees = [_rebuild(tree, gradients) for tree in trees]
        positional = trees[: len(argnums)]
        positional = (positional[0] if single else tuple(positional)) if argnums else None
        if not argnames:
            return value, positional
        return value, (positional, dict(zip(argnames, trees[len(argnums) :])))

    return differentiated


def grad(fun, argnums=None, argnames=()):
    """grad(fun, argnums=None, argnames=())

    A function that returns the gradient alone; see value_and_grad.

    >>> mx.grad(mx.sin)(mx.array(0.0))
    array(1, dtype=float32)
    """
    both = value_and_grad(fun, argnums, argnames)

    @functools.wraps(fun, updated=())
    def differentiated(*args, **kwargs):
        return both(*args, **kwargs)[1]

    return differentiated


# ---- Products with the Jacobian -------------------------------------------------------------------------------------


def _outputs(value, op):
    """What a function returned as a list of arrays."""
    if isinstance(value, _core.array):
        return [value]
    return _arrays(value, "The function's result", op)


def _expect_matching(op, what, given, of, expected):
    if len(given) != len(expected):
        raise ValueError(f"[{op}] Got {len(given)} {what}s for {len(expected)} {of}s; one is needed for each.")
    for i, (x, y) in enumerate(zip(given, expected)):
        if x.shape != y.shape:
            raise ValueError(f"[{op}] {what} {i} has shape {x.shape}; the {of} has shape {y.shape}.")


def _seeds(given, like):
    """Cotangents or tangents in the dtype of what they belong to; none for integers."""
    inexact = [_core.issubdtype(x.dtype, _core.inexact) for x in like]
    return [g.astype(x.dtype) if carries else None for g, x, carries in zip(given, like, inexact)]


def _run(fun, variables):
    """fun on a tape: the tape, stopped, and the outputs."""
    tape = _core._Tape()
    try:
        value = fun(*_core._aliases(variables))
    finally:
        tape.stop()
    return tape, value


def vjp(fun, primals, cotangents):
    """vjp(fun, primals, cotangents)

    The results of fun(*primals), and the products of the cotangents (one a result, of its shape) with the Jacobian: one
    array a primal. Both are lists.

    >>> mx.vjp(mx.sin, [mx.array(0.0)], [mx.array(2.0)])
    ([array(0, dtype=float32)], [array(2, dtype=float32)])
    """
    variables = _core._fresh_variables(_arrays(list(primals), "primals", "vjp"))
    cotangents = _arrays(list(cotangents), "cotangents", "vjp")
    tape, value = _run(fun, variables)
    outputs = _outputs(value, "vjp")
    _expect_matching("vjp", "cotangent", cotangents, "output", outputs)
    found = tape.pull_back(outputs, _seeds(cotangents, outputs), variables)
    return outputs, _filled(found, variables)


def jvp(fun, primals, tangents):
    """jvp(fun, primals, tangents)

    The results of fun(*primals), and the products of the Jacobian with the tangents (one a primal, of its shape): one
    array a result. Both are lists.

    >>> mx.jvp(mx.sin, [mx.array(0.0)], [mx.array(2.0)])
    ([array(0, dtype=float32)], [array(2, dtype=float32)])
    """
    primals = _arrays(list(primals), "primals", "jvp")
    tangents = _arrays(list(tangents), "tangents", "jvp")
    _expect_matching("jvp", "tangent", tangents, "primal", primals)
    variables = _core._fresh_variables(primals)
    tape, value = _run(fun, variables)
    outputs = _outputs(value, "jvp")
    found = tape.push_forward(variables, _seeds(tangents, primals), outputs)
    return outputs, _filled(found, outputs)


# ---- Vectorisation --------------------------------------------------------------------------------------------------


def _axes(axes, tree, what, path=""):
    """One axis (an int or None) for each leaf of the tree: `axes` is such a tree, or stands for whole subtrees."""
    if axes is None or isinstance(axes, int):
        found = []
        _map(lambda leaf, _: found.append(axes), tree)
        return found
    if isinstance(tree, dict) and isinstance(axes, dict) and axes.keys() == tree.keys():
        return [axis for key in tree for axis in _axes(axes[key], tree[key], what, f"{path}[{key!r}]")]
    if isinstance(tree, (list, tuple)) and isinstance(axes, (list, tuple)) and len(axes) == len(tree):
        return [x for i, item in enumerate(tree) for x in _axes(axes[i], item, what, f"{path}[{i}]")]
    raise ValueError(f"[vmap] `{what}`{path} is {axes!r}; expected an int, None, or the structure of the arrays there.")


def vmap(fun, in_axes=0, out_axes=0):
    """vmap(fun, in_axes=0, out_axes=0)

    A function that does for every element of a batch what `fun` does for one, in one go. `in_axes` says which axis of
    the arguments is the batch: an int for all, or one entry (int, None for "the same for all elements", or a tree of
    these) an argument. `out_axes` says where the batch goes in the results.

    >>> mx.vmap(lambda x, y: mx.sum(x * y), in_axes=(0, None))(mx.ones((2, 3)), mx.arange(3.0))
    array([3, 3], dtype=float32)
    """
    if not callable(fun):
        raise TypeError(f"[vmap] `fun` must be callable, not {type(fun).__name__}.")

    @functools.wraps(fun, updated=())
    def vectorised(*args):
        arrays = _arrays(args, "Argument", "vmap")
        axes = _axes(list(in_axes) if isinstance(in_axes, tuple) else in_axes, list(args), "in_axes")
        for i, (a, x) in enumerate(zip(axes, arrays)):
            if a is not None and not -x.ndim <= a < x.ndim:
                raise ValueError(f"[vmap] `in_axes` names axis {a} of array {i}, which has shape {x.shape}.")
        axes = [None if a is None else a + x.ndim if a < 0 else a for a, x in zip(axes, arrays)]
        structure = []

        def flat(variables):
            structure[:] = [fun(*_rebuild(args, variables))]
            return _outputs(structure[0], "vmap")

        found = _core._vmap(flat, arrays, [-1 if a is None else a for a in axes])
        places = _axes(out_axes, structure[0], "out_axes")
        for i, place in enumerate(places):
            if place is None:
                raise ValueError("[vmap] `out_axes` is None for a result; name the axis that the batch goes to.")
            if not -found[i].ndim <= place < found[i].ndim:
                raise ValueError(f"[vmap] `out_axes` names axis {place} of a result of {found[i].ndim} dimensions.")
        return _rebuild(structure[0], [_core.moveaxis(x, 0, place) for x, place in zip(found, places)])

    return vectorised


# ---- Functions with rules of their own ------------------------------------------------------------------------------


class custom_function:
    """custom_function(fun)

    A function whose derivatives and vectorisation you define; each rule is optional. The rules get what the function
    was called with: the argument itself if there is one, else a tuple of them. They hold wherever the function is used:
    in grad(vmap(f)), vmap(grad(f)), compiled functions. With a vjp or jvp, arrays that the function captures are
    constants for derivatives. A missing vjp is the jvp's transpose; a missing jvp is an error where one is needed.

    >>> @mx.custom_function
    ... def f(x, y):
    ...     return mx.sin(x) * y
    >>> @f.vjp
    ... def f_vjp(primals, cotangent, output):
    ...     x, y = primals
    ...     return cotangent * mx.cos(x) * y, cotangent * mx.sin(x)
    >>> @f.vmap
    ... def f_vmap(inputs, axes):
    ...     x, y = inputs
    ...     return mx.sin(x) * y, axes[0]
    """

    def __init__(self, fun):
        if not callable(fun):
            raise TypeError(f"[custom_function] `fun` must be callable, not {type(fun).__name__}.")
        functools.update_wrapper(self, fun, updated=())
        self._fun, self._vjp, self._jvp, self._vmap = fun, None, None, None

    def vjp(self, rule):
        """Decorates rule(primals, cotangents, outputs), which returns the cotangents of the primals."""
        self._vjp = rule
        return rule

    def jvp(self, rule):
        """Decorates rule(primals, tangents), which returns the tangents of the results."""
        self._jvp = rule
        return rule

    def vmap(self, rule):
        """Decorates rule(inputs, axes), which returns the results for the whole batch and the axes where it is in them.

        `axes` has the structure of the inputs, with None for an input that is the same for all elements.
        """
        self._vmap = rule
        return rule

    def __call__(self, *args, **kwargs):
        return _call_with_rules(self._fun, args, kwargs, self._vjp, self._jvp, self._vmap)


def _call_with_rules(fun, args, kwargs, vjp=None, jvp=None, vmap=None, recomputes=False):
    arrays = _arrays(args, "Argument", "checkpoint" if recomputes else "custom_function")
    given = args[0] if len(args) == 1 else args
    results = []

    def flat(variables):
        value = fun(*_rebuild(args, variables), **kwargs)
        results[:] = results or [value]  # a checkpoint calls this again
        return _outputs(value, "custom_function")

    def flat_vjp(primals, cotangents, outputs):
        found = vjp(_rebuild(given, primals), _rebuild(results[0], cotangents), _rebuild(results[0], outputs))
        return _outputs(found, "custom_function")

    def flat_jvp(primals, tangents):
        return _outputs(jvp(_rebuild(given, primals), _rebuild(given, tangents)), "custom_function")

    def flat_vmap(inputs, axes):
        found = vmap(_rebuild(given, inputs), _rebuild(given, [None if a < 0 else a for a in axes]))
        if not isinstance(found, tuple) or len(found) != 2:
            raise ValueError("[custom_function] The vmap rule must return its results and their axes.")
        outputs = _outputs(found[0], "custom_function")
        places = _axes(found[1], found[0], "axes of the vmap rule")
        return outputs, [-1 if a is None else a + y.ndim if a < 0 else a for a, y in zip(places, outputs)]

    rules = [flat_vjp if vjp else None, flat_jvp if jvp else None, flat_vmap if vmap else None]
    found = _core._custom(flat, arrays, *rules, recomputes)
    return _rebuild(results[0], found)


def checkpoint(fun):
    """checkpoint(fun)

    `fun`, whose intermediate values are not kept for the derivative but computed again, with the same random numbers.
    They are computed once the derivative needs them: memory is saved in compiled functions too.
    """
    if not callable(fun):
        raise TypeError(f"[checkpoint] `fun` must be callable, not {type(fun).__name__}.")

    @functools.wraps(fun, updated=())
    def checkpointed(*args, **kwargs):
        return _call_with_rules(fun, args, kwargs, recomputes=True)

    return checkpointed


def depends(inputs, dependencies):
    """depends(inputs, dependencies)

    The same arrays, which nothing computes or reads before `dependencies` are computed; compiled functions keep that
    order. Both are an array or a list of arrays, as is the result. Derivatives pass to `inputs`.

    >>> mx.depends(mx.array(1.0), mx.array(2.0))
    array(1, dtype=float32)
    """
    single = isinstance(inputs, _core.array)
    given = [inputs] if single else _arrays(list(inputs), "inputs", "depends")
    before = [dependencies] if isinstance(dependencies, _core.array) else dependencies
    found = _core._depends(given, _arrays(list(before), "dependencies", "depends"))
    return found[0] if single else found
