"""Every name that MLX's nn has is there, with the same arguments; what is left out on purpose says so."""

import importlib
import inspect

import pytest

import cermet.nn as nn

# What MLX's modules import for themselves.
imported = {
    "losses": {"Optional", "Literal", "get_args", "math", "mx"},
    "init": {"Callable", "Literal", "math", "mx"},
    "utils": {"Callable", "Optional", "Any", "mx", "reduce", "wraps", "tree_flatten", "tree_map", "tree_reduce"},
    "layers.distributed": {"Callable", "Optional", "Union", "lru_cache", "math", "mx", "reduce"},
    "layers.upsample": {"Callable", "Literal", "Tuple", "Union", "ceil", "mx", "operator", "partial", "product"},
    "layers.base": {"Callable", "List", "Optional", "Tuple", "Union", "textwrap"},
}
modules = [
    "", "losses", "init", "utils", "layers", "layers.activations", "layers.base", "layers.containers",
    "layers.convolution", "layers.convolution_transpose", "layers.distributed", "layers.dropout", "layers.embedding",
    "layers.linear", "layers.normalization", "layers.pooling", "layers.positional_encoding", "layers.quantized",
    "layers.recurrent", "layers.transformer", "layers.upsample",
]  # fmt: skip


def pair(module):
    """A module of MLX's and ours."""
    pytest.importorskip("mlx.nn")
    dotted = f".{module}" if module else ""
    return importlib.import_module(f"mlx.nn{dotted}"), importlib.import_module(f"cermet.nn{dotted}")


def names_of(theirs):
    """Public names that a module defines, or at the top re-exports."""
    top = theirs.__name__ in ("mlx.nn", "mlx.nn.layers")
    for name, value in vars(theirs).items():
        own = top or getattr(value, "__module__", None) == theirs.__name__
        if not name.startswith("_") and (own or isinstance(value, type(inspect))):
            yield name, value


@pytest.mark.parametrize("module", modules)
def test_names(module):
    theirs, ours = pair(module)
    missing = [name for name, _ in names_of(theirs) if not hasattr(ours, name)]
    assert set(missing) <= imported.get(module, set()) | {"math", "mx", "operator"}


def parameters(function):
    """The names and defaults of a function's arguments, where Python can tell."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return [(p.name, p.default if isinstance(p.default, (int, float, str, bool, type(None))) else ...) for p in named]


@pytest.mark.parametrize("module", ["", "losses", "init", "utils", "layers.distributed", "layers.upsample"])
def test_arguments(module):
    theirs, ours = pair(module)
    different = []
    for name, value in names_of(theirs):
        mine = getattr(ours, name, None)
        if "Quantized" in name or name in ("QQLinear", "quantize") or isinstance(value, type(inspect)):
            continue
        if inspect.isclass(value):
            pairs = [(value.__init__, mine.__init__)]
            if "__call__" in vars(value) and not name.endswith(("RoPE",)):
                pairs.append((value.__call__, mine.__call__))
        else:
            pairs = [(value, mine)]
        for a, b in pairs:
            expected, found = parameters(a), parameters(b)
            if expected is None or [n for n, _ in expected] == ["x"] or [n for n, _ in expected] == ["_", "x"]:
                continue
            if found[: len(expected)] != expected:
                different.append((name, expected, found))
    assert not different


def test_methods_of_modules():
    theirs, ours = pair("")
    for name in dir(theirs.Module):
        if name.startswith("_") or name in dir(dict) or not callable(getattr(theirs.Module, name)):
            continue
        expected, found = parameters(getattr(theirs.Module, name)), parameters(getattr(ours.Module, name))
        assert [n for n, _ in found] == [n for n, _ in expected], name


def test_everything_public_is_documented():
    bare = []
    for name, value in vars(nn).items():
        if name.startswith("_") or isinstance(value, type(inspect)):
            continue
        if not (value.__doc__ or "").strip():
            bare.append(name)
    assert not bare
