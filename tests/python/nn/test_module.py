"""Modules: items and attributes, trees of parameters, freezing, updates and files; errors change nothing."""

import copy
import gc
import pickle

import numpy as np
import pytest

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten, tree_map


class Everything(nn.Module):
    """One of all that a module can hold."""

    def __init__(self):
        super().__init__()
        self.a = mx.ones(2)
        self._hidden = mx.ones(3)
        self.pair = (mx.ones(1), nn.Linear(2, 2))
        self.mixed = [nn.Linear(1, 2), 3, "x", nn.ReLU()]
        self.table = {"k": nn.Linear(3, 1), "n": 5, "_p": mx.ones(1)}
        self.nothing = None
        self.count = 4
        self.empty = []
        self.nested = [[nn.Linear(1, 1)], {"z": mx.ones(1)}]


def names(tree):
    return [name for name, _ in tree_flatten(tree)]


def snapshot(model):
    """The arrays of a model by name, as objects."""
    return dict(tree_flatten(model.parameters()))


def unchanged(model, before):
    now = snapshot(model)
    return now.keys() == before.keys() and all(now[name] is before[name] for name in before)


# ---- Attributes -----------------------------------------------------------------------------------------------------


def test_arrays_modules_and_containers_are_items():
    m = Everything()
    assert list(m) == ["a", "_hidden", "pair", "mixed", "table", "empty", "nested"]
    assert m.count == 4 and "count" not in m
    assert m.a is m["a"]
    m["b"] = mx.zeros(1)
    assert m.b.shape == (1,)


def test_attributes_change_their_kind():
    m = Everything()
    m.a = None
    assert m.a is None and "a" not in m
    m.a = mx.ones(2)
    assert m.a.shape == (2,) and "a" not in vars(m)
    del m.a
    assert "a" not in m and not hasattr(m, "a")
    with pytest.raises(AttributeError, match="'Everything' object has no attribute 'a'"):
        _ = m.a
    with pytest.raises(AttributeError):
        del m.a


def test_empty_containers_are_found():
    m = Everything()
    assert m.empty == []
    m.table = {}
    assert m.table == {}


def test_properties_are_not_items():
    class Scaled(nn.Module):
        @property
        def scale(self):
            return self.raw * 2

        @scale.setter
        def scale(self, value):
            self.raw = value / 2

    m = Scaled()
    m.scale = mx.array(4.0)
    assert list(m) == ["raw"] and m.scale.item() == 4


@pytest.mark.parametrize("through", [copy.deepcopy, copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(through):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm(3), nn.GELU("fast")).eval()
    model.layers[0].freeze(keys="bias")
    other = through(model)
    assert repr(other) == repr(model)
    assert names(other.trainable_parameters()) == names(model.trainable_parameters())
    assert not other.training
    x = mx.ones((1, 2))
    np.testing.assert_array_equal(np.array(other(x)), np.array(model(x)))


def test_printed():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU()))
    assert repr(model) == (
        "Sequential(\n  (layers.0): Linear(input_dims=2, output_dims=3, bias=True)\n"
        "  (layers.1): Sequential(\n    (layers.0): ReLU()\n  )\n)"
    )


# ---- Trees ----------------------------------------------------------------------------------------------------------


def test_parameters():
    assert names(Everything().parameters()) == [
        "a", "mixed.0.weight", "mixed.0.bias", "table.k.weight", "table.k.bias", "table._p", "nested.0.0.weight",
        "nested.0.0.bias", "nested.1.z",
    ]  # fmt: skip


def test_children_and_leaves():
    model = nn.Sequential(nn.Sequential(nn.Linear(1, 1), nn.ReLU()), nn.Tanh())
    assert [n for n, _ in tree_flatten(model.children(), is_leaf=nn.Module.is_module)] == ["layers.0", "layers.1"]
    leaves = tree_flatten(model.leaf_modules(), is_leaf=nn.Module.is_module)
    assert [n for n, _ in leaves] == ["layers.0.layers.0", "layers.0.layers.1", "layers.1"]
    assert sorted(n for n, _ in model.named_modules()) == [
        "", "layers.0", "layers.0.layers.0", "layers.0.layers.1", "layers.1",
    ]  # fmt: skip
    assert len(model.modules()) == 5


def test_filters_say_what_is_kept():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    found = model.filter_and_map(
        lambda module, key, value: key != "bias", map_fn=lambda x: x.shape, is_leaf_fn=lambda m, k, v: "wei" in k
    )
    assert found == {"layers": [{"weight": (3, 2)}, {"weight": (1, 3)}]}


def test_same_trees_as_mlx():
    theirs = pytest.importorskip("mlx.nn")
    core = pytest.importorskip("mlx.core")

    def build(nn, mx):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = [nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(2)]
                self.heads = {"x": nn.Linear(2, 1), "y": {"deep": [nn.Linear(1, 1)]}}
                self.scale = mx.ones(3)
                self._cache = mx.ones(4)
                self.pair = (mx.ones(1),)

        net = Net()
        net.blocks[0].freeze(keys="bias")
        return net

    def shapes(tree):
        if isinstance(tree, dict):
            return {key: shapes(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [shapes(value) for value in tree]
        return tuple(tree.shape)

    ours, mlx = build(nn, mx), build(theirs, core)
    assert shapes(ours.parameters()) == shapes(mlx.parameters())
    assert shapes(ours.trainable_parameters()) == shapes(mlx.trainable_parameters())
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in mlx.named_modules()]
    assert repr(ours) == repr(mlx)
    assert repr(ours.leaf_modules()) == repr(mlx.leaf_modules())


# ---- Training and freezing ------------------------------------------------------------------------------------------


def test_training_mode_is_that_of_all_modules():
    model = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5)))
    assert model.training
    assert model.eval() is model
    assert not any(m.training for m in model.modules())
    model.train()
    assert all(m.training for m in model.modules())


def test_freeze_and_unfreeze():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    assert names(model.freeze().trainable_parameters()) == []
    model.layers[1].unfreeze(keys=["bias"])
    assert names(model.trainable_parameters()) == ["layers.1.bias"]
    model.unfreeze(recurse=False)
    assert names(model.trainable_parameters()) == ["layers.1.bias"]
    model.unfreeze()
    model.freeze(keys="weight")
    assert names(model.trainable_parameters()) == ["layers.0.bias", "layers.1.bias"]


def test_freezing_names_its_own_arrays_within_containers():
    m = Everything()
    m.freeze(recurse=False)
    assert "table.k.weight" in names(m.trainable_parameters())
    assert {"a", "table._p", "nested.1.z"}.isdisjoint(names(m.trainable_parameters()))


def test_strict_keys():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    model.freeze(keys="bias", strict=True)
    with pytest.raises(KeyError, match="'bogus'"):
        model.freeze(keys=["weight", "bogus"], strict=True)
    with pytest.raises(KeyError, match="Sequential has 'bias'|Sequential has"):
        model.unfreeze(recurse=False, keys="bias", strict=True)
    assert names(model.trainable_parameters()) == ["layers.0.weight"]
    model.unfreeze(keys="bogus")


def test_dtypes():
    model = nn.Sequential(nn.Linear(2, 3))
    model.layers[0].steps = mx.array([1, 2])
    model.set_dtype(mx.float16)
    assert model.layers[0].weight.dtype == mx.float16
    assert model.layers[0].steps.dtype == mx.int32
    model.set_dtype(mx.float32, predicate=None)
    assert model.layers[0].steps.dtype == mx.float32


def test_apply():
    model = nn.Linear(2, 3)
    assert model.apply(mx.zeros_like) is model
    assert mx.all(model.weight == 0).item()
    model.apply(mx.ones_like, filter_fn=lambda module, key, value: key == "bias")
    assert mx.all(model.weight == 0).item() and mx.all(model.bias == 1).item()


# ---- Updates --------------------------------------------------------------------------------------------------------


def test_update_fills_in_place():
    m = Everything()
    inner = m.nested[1]
    m.update({"nested": [{}, {"z": mx.zeros(5)}], "mixed": [{"bias": mx.zeros(2)}]})
    assert inner["z"].shape == (5,)
    assert mx.all(m.mixed[0].bias == 0).item()


def test_update_with_a_whole_tree_of_parameters():
    m = Everything()
    m.update(tree_map(lambda x: x * 0, m.parameters()))
    assert all(mx.all(value == 0).item() for _, value in tree_flatten(m.parameters()))


def test_update_lists_all_that_does_not_fit_and_changes_nothing():
    m = Everything()
    before = snapshot(m)
    with pytest.raises(ValueError) as e:
        m.update({
            "a": mx.zeros(2), "bogus": mx.ones(1), "mixed": [{"weight": 3}, {"x": mx.ones(1)}], "nested": 4,
            "empty": [mx.ones(1)],
        })  # fmt: skip
    for part in ("bogus", "mixed.0.weight must be an array, not int", "mixed.1 is no parameter", "nested", "empty.0"):
        assert part in str(e.value)
    assert unchanged(m, before)


def test_update_not_strict_takes_what_fits():
    m = Everything()
    m.update({"a": mx.zeros(2), "bogus": mx.ones(1), "mixed": [{"weight": 3}]}, strict=False)
    assert mx.all(m.a == 0).item() and "bogus" not in m
    assert m.mixed[0].weight.shape == (2, 1)


def test_update_reaches_dicts_with_numbers_for_keys():
    m = nn.Module()
    m.levels = {"0": nn.Linear(1, 1), "1": nn.Linear(1, 1)}
    weights = [(name, value * 0) for name, value in tree_flatten(m.parameters())]
    m.load_weights(weights)
    assert all(mx.all(value == 0).item() for _, value in tree_flatten(m.parameters()))


def test_update_modules():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    model.update_modules({"layers": [{}, nn.Tanh()]})
    assert isinstance(model.layers[1], nn.Tanh)
    model.update_modules(tree_map(lambda m: m, model.children(), is_leaf=nn.Module.is_module))
    with pytest.raises(ValueError) as e:
        model.update_modules({"layers": [nn.GELU(), mx.ones(1), nn.ReLU()], "x": nn.ReLU()})
    assert "layers.2" in str(e.value) and "named x" in str(e.value) and "layers.1" in str(e.value)
    assert isinstance(model.layers[0], nn.Linear)
    model.update_modules({"x": nn.ReLU()}, strict=False)


# ---- Weights --------------------------------------------------------------------------------------------------------


def test_load_weights_lists_all_that_does_not_fit_and_changes_nothing():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = snapshot(model)
    with pytest.raises(ValueError) as e:
        model.load_weights([
            ("layers.0.weight", mx.ones((2, 3))), ("layers.0.bias", mx.ones(3)), ("layers.1.weight", mx.ones((1, 3))),
            ("extra.x", mx.ones(4)),
        ])  # fmt: skip
    text = str(e.value)
    assert "missing: layers.1.bias (1,)" in text
    assert "unexpected: extra.x (4,)" in text
    assert "wrong shape: layers.0.weight is (2, 3); the module has (3, 2)" in text
    assert unchanged(model, before)


def test_load_weights_not_strict():
    model = nn.Linear(2, 3)
    model.load_weights([("bias", mx.ones(3)), ("bogus", mx.ones(1))], strict=False)
    assert mx.all(model.bias == 1).item()
    model.load_weights({"bias": mx.zeros(4)}, strict=False)
    assert model.bias.shape == (4,)


@pytest.mark.parametrize("strict", [True, False])
def test_weights_must_be_arrays(strict):
    model = nn.Linear(2, 3)
    before = snapshot(model)
    with pytest.raises(ValueError, match=r"weight: list"):
        model.load_weights([("weight", [1.0]), ("bias", mx.ones(3))], strict=strict)
    assert unchanged(model, before)


@pytest.mark.parametrize("extension", ["npz", "safetensors"])
def test_files(tmp_path, extension):
    if not hasattr(mx, "save_safetensors"):
        pytest.skip("files are not there yet")
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm(3))
    path = tmp_path / f"weights.{extension}"
    model.save_weights(path)
    other = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm(3))
    assert other.load_weights(str(path)) is other
    for name, value in tree_flatten(model.parameters()):
        np.testing.assert_array_equal(np.array(snapshot(other)[name]), np.array(value))


@pytest.mark.parametrize("extension", ["npz", "safetensors"])
def test_files_are_mlx_ones(tmp_path, extension):
    theirs = pytest.importorskip("mlx.nn")
    if not hasattr(mx, "save_safetensors"):
        pytest.skip("files are not there yet")
    ours, mlx = nn.Linear(2, 3), theirs.Linear(2, 3)
    ours.save_weights(tmp_path / f"a.{extension}")
    mlx.load_weights(str(tmp_path / f"a.{extension}"))
    np.testing.assert_array_equal(np.array(mlx.weight), np.array(ours.weight))
    theirs.Linear(2, 3).save_weights(str(tmp_path / f"b.{extension}"))
    ours.load_weights(str(tmp_path / f"b.{extension}"))


def test_unknown_files(tmp_path):
    with pytest.raises(ValueError, match=r"\.npz or \.safetensors"):
        nn.Linear(2, 2).save_weights(tmp_path / "w.bin")


# ---- Gradients ------------------------------------------------------------------------------------------------------


def loss_of(model, x, y):
    return nn.losses.mse_loss(model(x), y)


X, Y = mx.ones((4, 2)), mx.zeros((4, 3))


def test_value_and_grad():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3))
    model.layers[0].freeze(keys="bias")
    before = snapshot(model)
    loss, grads = nn.value_and_grad(model, loss_of)(model, X, Y)
    assert names(grads) == names(model.trainable_parameters())
    assert unchanged(model, before)
    plain = mx.grad(lambda w: loss_of(nn.Sequential(*model.layers).update({"layers": [{"weight": w}]}), X, Y))
    expected = plain(before["layers.0.weight"])
    np.testing.assert_allclose(np.array(grads["layers"][0]["weight"]), np.array(expected), rtol=1e-6)
    assert loss.item() == pytest.approx(loss_of(model, X, Y).item())


def test_value_and_grad_passes_arguments_and_results():
    model = nn.Linear(2, 3)

    def loss(x, *, y, scale=1):
        return loss_of(model, x, y) * scale, {"out": model(x)}

    wrapped = nn.value_and_grad(model, loss)
    assert wrapped.__name__ == "loss"
    (value, extra), grads = wrapped(X, y=Y, scale=2)
    assert value.item() == pytest.approx(2 * loss_of(model, X, Y).item())
    assert extra["out"].shape == (4, 3)
    assert grads["weight"].shape == (3, 2)


def test_an_exception_gives_the_parameters_back():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm(3))
    before = snapshot(model)

    def loss(x):
        model(x)
        model.layers[0].weight = model.layers[0].weight * 2
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        nn.value_and_grad(model, loss)(X)
    for name in names(model.trainable_parameters()):
        assert snapshot(model)[name] is before[name]


def test_what_the_loss_assigns_stays():
    model = nn.Linear(2, 3)
    new = mx.zeros(3)

    def loss(x):
        value = loss_of(model, x, Y)
        model.bias = new
        return value

    weight = model.weight
    nn.value_and_grad(model, loss)(X)
    assert model.bias is new and model.weight is weight


def test_second_derivatives():
    model = nn.Linear(2, 1)
    inner = nn.value_and_grad(model, lambda x: (model(x) ** 2).sum())

    def outer(x):
        _, grads = inner(x)
        return (grads["weight"] ** 2).sum()

    _, grads = nn.value_and_grad(model, outer)(X)
    # d/dw of (sum over rows of 2 (w x + b) x)^2, rows all ones: s = 4 * 2 * out in both columns
    out = (model.weight.sum() + model.bias.sum()).item()
    np.testing.assert_allclose(np.array(grads["weight"]), np.full((1, 2), 2 * 2 * (8 * out) * 8), rtol=1e-5)


def test_whole_numbers_are_named():
    model = nn.Linear(2, 3)
    model.positions = mx.array([1, 2])
    with pytest.raises(ValueError, match=r"positions \(int32\).*[Ff]reeze"):
        nn.value_and_grad(model, loss_of)(model, X, Y)
    model.freeze(keys="positions")
    nn.value_and_grad(model, loss_of)(model, X, Y)


def test_a_model_must_be_a_module():
    with pytest.raises(TypeError, match="module, not dict"):
        nn.value_and_grad({}, loss_of)
    with pytest.raises(TypeError, match="callable"):
        nn.value_and_grad(nn.ReLU(), 3)


def test_compiled_steps():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3))
    step = nn.value_and_grad(model, loss_of)
    expected, grads = step(model, X, Y)
    found, compiled = mx.compile(lambda x, y: step(model, x, y))(X, Y)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    for (name, a), (_, b) in zip(tree_flatten(grads), tree_flatten(compiled)):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-5, atol=1e-7, err_msg=name)


def test_no_memory_is_kept():
    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 64))
    x, y = mx.ones((128, 64)), mx.zeros((128, 64))
    step = nn.value_and_grad(model, loss_of)

    def once():
        loss, grads = step(model, x, y)
        model.update(tree_map(lambda p, g: p - 0.1 * g, model.parameters(), grads))
        mx.eval(model.parameters(), loss)

    for _ in range(3):
        once()
    gc.collect()
    before = mx.get_active_memory()
    for _ in range(5):
        once()
    gc.collect()
    assert mx.get_active_memory() <= before


# ---- Checkpoints ----------------------------------------------------------------------------------------------------


def test_checkpoint_has_the_same_gradients():
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3))

    def loss(call, x):
        return nn.losses.mse_loss(call(x), Y)

    expected = nn.value_and_grad(model, lambda x: loss(model, x))(X)
    found = nn.value_and_grad(model, lambda x: loss(nn.utils.checkpoint(model), x))(X)
    for (name, a), (_, b) in zip(tree_flatten(expected), tree_flatten(found)):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-6, err_msg=name)
    by_x = [mx.grad(lambda x, call=call: loss(call, x))(X) for call in (model, nn.utils.checkpoint(model))]
    np.testing.assert_allclose(np.array(by_x[0]), np.array(by_x[1]), rtol=1e-6)


def test_checkpoint_draws_and_counts_once():
    model = nn.Sequential(nn.BatchNorm(2), nn.Dropout(0.5), nn.Linear(2, 3))
    x = mx.random.normal((16, 2))

    def run(call):
        model.layers[0].running_mean = mx.zeros(2)
        mx.random.seed(4)
        value, grads = nn.value_and_grad(model, lambda x: (call(x) ** 2).sum())(x)
        return value, grads, mx.array(model.layers[0].running_mean)

    plain, checkpointed = run(model), run(nn.utils.checkpoint(model))
    for (name, a), (_, b) in zip(tree_flatten(plain), tree_flatten(checkpointed)):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-5, atol=1e-6, err_msg=name)


def test_checkpoint_takes_other_arguments_too():
    class Scaled(nn.Linear):
        def __call__(self, x, mode, scale=None):
            assert mode == "double" and scale == 2
            return super().__call__(x) * scale

    model = Scaled(2, 3)
    _, grads = nn.value_and_grad(model, lambda x: nn.utils.checkpoint(model)(x, "double", scale=2).sum())(X)
    np.testing.assert_allclose(np.array(grads["bias"]), [8, 8, 8])
