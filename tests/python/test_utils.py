"""Tree functions: paths and back, maps over several trees, merges, and what malformed paths raise."""

from collections import namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx
from cermet.utils import tree_flatten, tree_map, tree_map_with_path, tree_merge, tree_reduce, tree_unflatten

Pair = namedtuple("Pair", "x y")
TREE = {"layers": [{"weight": 1, "bias": 2}, {"weight": 3}], "head": (4, Pair(5, 6)), "none": None}
PATHS = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "head.0", "head.1.0", "head.1.1", "none"]


def test_names_are_mlxs():
    ours = __import__("cermet.utils").utils
    theirs = pytest.importorskip("mlx.utils")
    names = {n for n in dir(theirs) if n.startswith("tree_")}
    assert names and names == set(ours.__all__)


def test_flatten_gives_paths_in_order():
    assert tree_flatten(TREE) == list(zip(PATHS, [1, 2, 3, 4, 5, 6, None]))
    assert tree_flatten(7) == [("", 7)]
    assert tree_flatten({}) == [] and tree_flatten({"a": [], "b": {}}) == []


def test_flatten_prefix_leaf_and_destination():
    assert tree_flatten([[0]], prefix=".top") == [("top.0.0", 0)]
    assert tree_flatten({"a": (1, 2)}, is_leaf=lambda x: isinstance(x, tuple)) == [("a", (1, 2))]
    into = {"kept": 0}
    assert tree_flatten({"a": [1]}, destination=into) is into and into == {"kept": 0, "a.0": 1}
    into = [("kept", 0)]
    assert tree_flatten({"a": [1]}, destination=into) is into and into == [("kept", 0), ("a.0", 1)]
    with pytest.raises(ValueError, match="destination"):
        tree_flatten({}, destination=())


def test_unflatten_reverses_flatten():
    tree = {"a": {"b": [1, [2, 3]]}, "c": 4, "d": [{"e": 5}]}
    assert tree_unflatten(tree_flatten(tree)) == tree
    assert tree_unflatten(tree_flatten(tree, destination={})) == tree
    assert tree_unflatten([("", 3)]) == 3 and tree_unflatten([]) == []
    many = list(range(23))
    assert tree_unflatten(tree_flatten(many)[::-1]) == many  # positions order as numbers


NAMES = st.text("abc_", min_size=1, max_size=3)
TREES = st.recursive(
    st.integers(),
    lambda below: st.dictionaries(NAMES, below, min_size=1, max_size=4) | st.lists(below, min_size=1, max_size=12),
    max_leaves=30,
)


@settings(max_examples=200, deadline=None)
@given(TREES, st.randoms())
def test_any_tree_comes_back_from_its_paths(tree, random):
    flat = tree_flatten(tree)
    random.shuffle(flat)
    assert tree_unflatten(flat) == tree_unflatten(dict(flat)) == tree
    assert tree_map_with_path(lambda path, leaf: (path or "", leaf), tree, is_leaf=None) is not None
    assert sorted(path for path, _ in flat) == sorted(path for path, _ in tree_flatten(tree_map(lambda x: x, tree)))
    assert tree_reduce(lambda total, x: total + x, tree, 0) == sum(leaf for _, leaf in flat)
    assert tree_merge(tree, tree, lambda x, y: x) == tree


def test_unflatten_leaves_gaps_as_empty_dicts():
    assert tree_unflatten([("2", 5), ("0", 1)]) == [1, {}, 5]
    assert tree_unflatten([("0", 1), ("a", 2)]) == {"0": 1, "a": 2}


@pytest.mark.parametrize(
    "pairs, message",
    [
        ([("a", 1), ("a", 1)], "'a' is given twice"),
        ([("a", 1), ("a.b", 2)], "'a.b' goes on where another path ends"),
        ([("a.b", 1), ("a", 2)], "'a' ends where other paths go on"),
        ([("a..b", 1)], "'a..b' has an empty name"),
        ([(".a", 1)], "empty name"),
        ([("x.0", 1), ("x.00", 2)], "element 0 of 'x'"),
        ([("x.99999999999999", 1)], "more than"),
        ([("", 1), ("b", 2)], "empty name"),
    ],
)
def test_paths_that_belong_to_no_tree(pairs, message):
    with pytest.raises(ValueError, match=message):
        tree_unflatten(pairs)


@pytest.mark.parametrize("pairs", [[1], [(1, 2)], [("a", 1, 2)]])
def test_pairs_must_be_pairs(pairs):
    with pytest.raises(TypeError, match="pairs of a path"):
        tree_unflatten(pairs)


def test_map_keeps_the_structure():
    assert tree_map(lambda x: x if x is None else x + 1, TREE) == {
        "layers": [{"weight": 2, "bias": 3}, {"weight": 4}],
        "head": (5, Pair(6, 7)),
        "none": None,
    }
    assert isinstance(tree_map(lambda x: x, Pair(1, 2)), Pair)
    assert tree_map(len, [(1, 2), (3,)], is_leaf=lambda x: isinstance(x, tuple)) == [2, 1]


def test_map_over_a_superset():
    assert tree_map(lambda x, y: (x, y), {"a": [1]}, {"a": [2, 3], "b": 4}) == {"a": [(1, 2)]}
    assert tree_map(lambda x, y: (x, y), {"a": 1}, {"a": [2, 3]}) == {"a": (1, [2, 3])}


@pytest.mark.parametrize(
    "other, message",
    [({"b": 1}, "no 'a' at its root"), ({"a": [1]}, "ends after 1 elements at a"), ({"a": 5}, "has int at a")],
)
def test_map_over_less_says_where(other, message):
    with pytest.raises(ValueError, match=message):
        tree_map(lambda x, y: x, {"a": [1, 2]}, other)


def test_map_with_path():
    found = []
    tree_map_with_path(lambda path, x: found.append(path), TREE)
    assert found == PATHS
    assert tree_map_with_path(lambda p, x, y: (p, x, y), {"a": [1]}, {"a": [2]}, path="m") == {"a": [("m.a.0", 1, 2)]}


def test_reduce():
    assert tree_reduce(lambda total, x: total + x, {"a": [1, 2, 3], "b": (4, 5)}) == 15
    assert tree_reduce(lambda total, x: total + x, [], 3) == 3
    assert tree_reduce(lambda total, x: total + len(x), [(1, 2), (3,)], 0, lambda x: isinstance(x, tuple)) == 3
    total = tree_reduce(lambda a, x: a + mx.sum(x), {"w": mx.ones((2, 2)), "b": mx.ones(3)}, mx.array(0.0))
    assert total.item() == 7


def test_merge():
    assert tree_merge({"a": 1}, {"b": {"c": 2}}) == {"a": 1, "b": {"c": 2}}
    assert tree_merge({"a": [1, {}]}, {"a": [{}, 3], "b": ()}) == {"a": [1, 3], "b": ()}
    assert tree_merge([1], [None, 2]) == [1, 2] and tree_merge((1, {}), ({}, 2)) == (1, 2)
    assert tree_merge({"a": 1}, {"a": 2}, lambda x, y: x + y) == {"a": 3}
    with pytest.raises(ValueError, match="'a.b'"):
        tree_merge({"a": {"b": 1}}, {"a": {"b": 2}})
    with pytest.raises(ValueError, match="their root"):
        tree_merge([1], {"a": 2})
