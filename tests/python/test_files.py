"""Files from Python: round trips with NumPy, the safetensors package and MLX's wheel, file objects and paths, and what
damaged files and unusable arguments raise.
"""

import io
import json
import os
import pathlib
import stat
import struct
import subprocess
import sys
import tempfile

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cermet.core as mx

DTYPES = {
    "bool_": np.bool_,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "uint64": np.uint64,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "int64": np.int64,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float32": np.float32,
    "float64": np.float64,
    "complex64": np.complex64,
}
SHAPES = [(), (0,), (5,), (2, 3), (3, 0, 2), (2, 3, 4)]


def values(name, shape):
    """A NumPy array of a dtype, and the same of ours."""
    data = np.arange(int(np.prod(shape))).reshape(shape)
    data = (data % 2 == 1) if name == "bool_" else data
    data = data.astype(DTYPES[name])
    return data, mx.array(data if name != "bfloat16" else data.astype(np.float32)).astype(getattr(mx, name))


def as_numpy(x):
    """With ml_dtypes' bfloat16."""
    return np.array(x.astype(mx.float32)).astype(ml_dtypes.bfloat16) if x.dtype == mx.bfloat16 else np.array(x)


def assert_same(ours, expected):
    found = as_numpy(ours)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)


# ---- NumPy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_npy_with_numpy(tmp_path, name, shape):
    data, ours = values(name, shape)
    mx.save(tmp_path / "ours.npy", ours)
    theirs = np.load(tmp_path / "ours.npy")
    assert_same(ours, theirs.view(ml_dtypes.bfloat16) if name == "bfloat16" else theirs)
    np.save(tmp_path / "theirs.npy", data)
    loaded = mx.load(tmp_path / "theirs.npy")
    assert_same(loaded, data)
    assert loaded.dtype == getattr(mx, name)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_orders_of_elements_and_bytes(tmp_path, order, byte_order):
    for kind in ("i2", "f4", "f8", "c8"):
        data = np.arange(24).reshape(2, 3, 4).astype(byte_order + kind)
        np.save(tmp_path / "x.npy", np.asarray(data, order=order))
        loaded = mx.load(str(tmp_path / "x.npy"))
        assert_same(loaded, data.astype("=" + kind))
        np.testing.assert_array_equal(np.array(mx.sum(loaded, axis=1)), data.sum(axis=1))


def test_all_versions_of_npy():
    data = np.arange(6, dtype=np.int32).reshape(2, 3)
    for version in ((1, 0), (2, 0), (3, 0)):
        file = io.BytesIO()
        np.lib.format.write_array(file, data, version=version)
        file.seek(0)
        assert_same(mx.load(file, format="npy"), data)


@pytest.mark.parametrize("compressed", [False, True])
def test_npz_with_numpy(tmp_path, compressed):
    pairs = {name: values(name, (3, 50)) for name in DTYPES}
    (mx.savez_compressed if compressed else mx.savez)(tmp_path / "ours", **{n: x for n, (_, x) in pairs.items()})
    with np.load(tmp_path / "ours.npz") as found:
        assert list(found) == list(pairs)
        for name, (data, _) in pairs.items():
            np.testing.assert_array_equal(
                found[name].view(ml_dtypes.bfloat16) if name == "bfloat16" else found[name], data
            )
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "theirs.npz", **{n: data for n, (data, _) in pairs.items()})
    loaded = mx.load(tmp_path / "theirs.npz")
    assert list(loaded) == list(pairs)
    for name, (data, _) in pairs.items():
        assert_same(loaded[name], data)


def test_savez_names(tmp_path):
    mx.savez(tmp_path / "x.npz", mx.array(1), mx.array(2), b=mx.array(3))
    assert {name: x.item() for name, x in mx.load(tmp_path / "x.npz").items()} == {"arr_0": 1, "arr_1": 2, "b": 3}
    with pytest.raises(ValueError, match="'arr_0'"):
        mx.savez(tmp_path / "y.npz", mx.array(1), arr_0=mx.array(2))
    assert not (tmp_path / "y.npz").exists()
    mx.savez(tmp_path / "none.npz")
    assert mx.load(tmp_path / "none.npz") == {}


# ---- safetensors ----------------------------------------------------------------------------------------------------


def test_safetensors_with_the_package(tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    names = [n for n in DTYPES if n != "complex64"]  # the package has no complex numbers
    pairs = {name: values(name, (3, 5)) for name in names}
    mx.save_safetensors(tmp_path / "ours", {n: x for n, (_, x) in pairs.items()}, metadata={"a": "é", "b": ""})
    theirs = package.load_file(tmp_path / "ours.safetensors")
    for name, (data, _) in pairs.items():
        np.testing.assert_array_equal(theirs[name].astype(data.dtype), data)
    with pytest.importorskip("safetensors").safe_open(tmp_path / "ours.safetensors", "np") as file:
        assert file.metadata() == {"a": "é", "b": ""}
    package.save_file({n: data for n, (data, _) in pairs.items()}, tmp_path / "theirs.safetensors", metadata={"k": "v"})
    loaded, metadata = mx.load(tmp_path / "theirs.safetensors", return_metadata=True)
    assert metadata == {"k": "v"} and loaded.keys() == pairs.keys()
    for name, (data, _) in pairs.items():
        assert_same(loaded[name], data)


def test_names_and_order(tmp_path):
    arrays = {"z": mx.array([1], mx.uint8), "layers.0.w": mx.ones((2, 2)), 'q"\n é': mx.array(3), "": mx.zeros((0, 3))}
    mx.save_safetensors(str(tmp_path / "x.safetensors"), arrays)
    loaded = mx.load(str(tmp_path / "x.safetensors"))
    assert list(loaded) == list(arrays)
    for name, x in arrays.items():
        assert_same(loaded[name], np.array(x))


def test_elements_stay_in_the_file(tmp_path):
    """Loading maps: no memory is taken, and saving over the file changes nothing for what was loaded."""
    n = 1 << 22
    for write, name in (
        (lambda x: mx.save_safetensors(tmp_path / "x.safetensors", {"x": x}), "x.safetensors"),
        (lambda x: mx.save(tmp_path / "x.npy", x), "x.npy"),
    ):
        write(mx.arange(n, dtype=mx.float32))
        before = mx.get_active_memory()
        loaded = mx.load(tmp_path / name)
        loaded = loaded["x"] if isinstance(loaded, dict) else loaded
        assert mx.get_active_memory() - before < n
        write(mx.zeros(n))
        os.remove(tmp_path / name)
        assert loaded[-1].item() == n - 1 and mx.sum(loaded[:3]).item() == 3
        loaded += 1  # moves to memory of its own
        assert loaded[0].item() == 1


# ---- MLX ------------------------------------------------------------------------------------------------------------

MLX_READS_AND_WRITES = """
import sys, mlx.core as mx
folder = sys.argv[1]
for name in ("ours.npy", "ours.npz", "ours.safetensors"):
    found = mx.load(f"{folder}/{name}")
    if name == "ours.npy":
        mx.save(f"{folder}/theirs.npy", found)
    elif name == "ours.npz":
        mx.savez(f"{folder}/theirs.npz", **found)
    else:
        found, metadata = mx.load(f"{folder}/{name}", return_metadata=True)
        mx.save_safetensors(f"{folder}/theirs.safetensors", found, metadata)
        mx.save_safetensors(f"{folder}/plain.safetensors", found)
"""


def test_with_mlx(tmp_path):
    pytest.importorskip("mlx.core")
    arrays = {name: values(name, (3, 5))[1] for name in DTYPES if name != "float64"}  # MLX reads no F64
    mx.save(tmp_path / "ours", arrays["bfloat16"])
    mx.savez(tmp_path / "ours", **arrays)
    mx.save_safetensors(tmp_path / "ours", arrays, {"format": "mlx"})
    done = subprocess.run([sys.executable, "-c", MLX_READS_AND_WRITES, str(tmp_path)], capture_output=True, text=True)
    assert (tmp_path / "plain.safetensors").exists(), done.stderr
    assert_same(mx.load(tmp_path / "theirs.npy"), as_numpy(arrays["bfloat16"]))
    loaded, metadata = mx.load(tmp_path / "theirs.safetensors", return_metadata=True)
    assert metadata == {"format": "mlx"}
    plain, none = mx.load(tmp_path / "plain.safetensors", return_metadata=True)
    assert none == {}
    for found in (mx.load(tmp_path / "theirs.npz"), loaded, plain):
        assert found.keys() == arrays.keys()
        for name, x in arrays.items():
            assert_same(found[name], as_numpy(x))


# ---- Paths and file objects -----------------------------------------------------------------------------------------


def test_extensions_and_kinds_of_paths(tmp_path):
    mx.save(str(tmp_path / "a"), mx.array(1))
    mx.save(tmp_path / "b.txt", mx.array(2))
    mx.save(os.fsencode(tmp_path / "c.npy"), mx.array(3))
    mx.save_safetensors(tmp_path / "d", {"x": mx.array(4)})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npy", "b.txt.npy", "c.npy", "d.safetensors"]
    assert mx.load(pathlib.Path(tmp_path / "a.npy")).item() == 1
    (tmp_path / "a.npy").rename(tmp_path / "weights")
    assert mx.load(tmp_path / "weights", format="npy").item() == 1
    assert mx.load(os.fsencode(tmp_path / "c.npy")).item() == 3


def test_file_objects(tmp_path):
    x = mx.array([[1.5, 2.5]])
    for fmt, save in (
        ("npy", lambda f: mx.save(f, x)),
        ("npz", lambda f: mx.savez(f, x=x)),
        ("npz", lambda f: mx.savez_compressed(f, x=x)),
        ("safetensors", lambda f: mx.save_safetensors(f, {"x": x})),
    ):
        memory = io.BytesIO()
        save(memory)
        memory.seek(0)
        for opened in (memory, io.BufferedReader(io.BytesIO(memory.getvalue()))):
            found = mx.load(opened, format=fmt)
            assert_same(found if fmt == "npy" else found["x"], np.array(x))
        with open(tmp_path / f"x.{fmt}", "wb", buffering=0) as file:
            save(file)
        with open(tmp_path / f"x.{fmt}", "rb") as file:  # the format comes from the name
            found = mx.load(file)
        assert_same(found if fmt == "npy" else found["x"], np.array(x))
    with tempfile.TemporaryFile() as file:
        mx.save(file, x)
        file.seek(0)
        assert_same(mx.load(file, format="npy"), np.array(x))


def test_arrays_one_after_the_other_in_a_file_object():
    file = io.BytesIO()
    for i in range(3):
        mx.save(file, mx.full((i,), i))
    file.seek(0)
    assert [mx.load(file, format="npy").shape for _ in range(3)] == [(0,), (1,), (2,)]
    file.seek(0)
    assert [np.load(file).shape for _ in range(3)] == [(0,), (1,), (2,)]


def test_a_file_object_that_takes_parts():
    class Slow(io.RawIOBase):
        taken = b""

        def writable(self):
            return True

        def write(self, data):
            self.taken += bytes(data[:7])
            return min(7, len(data))

    slow = Slow()
    mx.save(slow, mx.arange(10))
    assert_same(mx.load(io.BytesIO(slow.taken), format="npy"), np.arange(10, dtype=np.int32))


def test_lazy_and_strided_arrays(tmp_path):
    x = mx.arange(12).reshape(3, 4)
    mx.savez(tmp_path / "x.npz", a=x.T, b=x[::2, 1:3], c=mx.exp(x.astype(mx.float32)), d=mx.broadcast_to(x[0], (2, 4)))
    found = mx.load(tmp_path / "x.npz")
    n = np.arange(12, dtype=np.int32).reshape(3, 4)
    assert_same(found["a"], n.T)
    assert_same(found["b"], n[::2, 1:3])
    assert_same(found["d"], np.stack([n[0], n[0]]))
    np.testing.assert_allclose(np.array(found["c"]), np.exp(n.astype(np.float32)), rtol=1e-6)


# ---- Saving whole or not at all -------------------------------------------------------------------------------------


def test_a_failed_save_leaves_the_old_file(tmp_path):
    target = tmp_path / "x.safetensors"
    mx.save_safetensors(target, {"x": mx.array(1)})
    before = target.read_bytes()
    for arrays, error in (
        ({"x": mx.array(1), "y": 3}, TypeError),
        ({"__metadata__": mx.array(1)}, ValueError),
        ({1: mx.array(1)}, TypeError),
        ({"x": {"nested": mx.array(1)}}, TypeError),
    ):
        with pytest.raises(error, match="save_safetensors"):
            mx.save_safetensors(target, arrays)
    with pytest.raises(ValueError, match="metadata"):
        mx.save_safetensors(target, {"x": mx.array(2)}, metadata={"epoch": 3})
    assert target.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    os.symlink("/dev/full", tmp_path / "x.npy")
    with pytest.raises(OSError, match="No space"):
        mx.save(tmp_path / "x.npy", mx.ones(100000))


def test_a_traced_array_cannot_be_saved(tmp_path):
    @mx.compile
    def f(x):
        mx.save(tmp_path / "x.npy", x)
        return x

    with pytest.raises(mx.TraceError, match="save"):
        f(mx.ones(3))
    assert not list(tmp_path.iterdir())


def test_links_and_modes_are_kept(tmp_path):
    mx.save(tmp_path / "real.npy", mx.array(1))
    os.chmod(tmp_path / "real.npy", 0o600)
    os.symlink(tmp_path / "real.npy", tmp_path / "link.npy")
    mx.save(tmp_path / "link.npy", mx.array(2))
    assert (tmp_path / "link.npy").is_symlink() and mx.load(tmp_path / "real.npy").item() == 2
    assert stat.S_IMODE(os.stat(tmp_path / "real.npy").st_mode) == 0o600


# ---- Errors ---------------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.npy") as caught:
        mx.load(tmp_path / "nothing.npy")
    assert caught.value.filename == str(tmp_path / "nothing.npy")
    with pytest.raises(FileNotFoundError, match="x.npy"):
        mx.save(tmp_path / "no" / "folder" / "x.npy", mx.array(1))
    (tmp_path / "d.npy").mkdir()
    with pytest.raises(IsADirectoryError, match="d.npy"):
        mx.load(tmp_path / "d.npy")


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda p: mx.load(p / "x"), ValueError, "does not end in .npy, .npz or .safetensors"),
        (lambda p: mx.load(p / "x.npy", format="hdf5"), ValueError, "unknown format 'hdf5'"),
        (lambda p: mx.load(p / "x.npy", format=3), TypeError, "`format`"),
        (lambda p: mx.load(p / "x.gguf"), ValueError, "GGUF"),
        (lambda p: mx.load(p / "x.npy", format="gguf"), ValueError, "GGUF"),
        (lambda p: mx.load(p / "x.npz", return_metadata=True), ValueError, "no metadata"),
        (lambda p: mx.load(io.BytesIO()), ValueError, "give `format`"),
        (lambda p: mx.load(io.StringIO(), format="npy"), TypeError, "bytes"),
        (lambda p: mx.load(3), TypeError, "path or a file object"),
        (lambda p: mx.load("a\0b.npy"), ValueError, "not the name of a file"),
        (lambda p: mx.save(3, mx.array(1)), TypeError, "path or a file object"),
        (lambda p: mx.save(p / "x.npy", [1, 2]), TypeError, "`arr` must be an array, not list"),
        (lambda p: mx.savez(p / "x.npz", [1, 2]), TypeError, "'arr_0' must be an array, not list"),
        (lambda p: mx.savez(p / "x.npz", a={"b": mx.array(1)}), TypeError, "tree_flatten"),
        (lambda p: mx.save_safetensors(p / "x", [mx.array(1)]), TypeError, "`arrays` must be a dict"),
        (lambda p: mx.save_safetensors(p / "x", {}, metadata="x"), TypeError, "`metadata`"),
    ],
)
def test_arguments(tmp_path, call, error, message):
    with pytest.raises(error, match=message):
        call(tmp_path)
    assert not list(tmp_path.iterdir())


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("x.npy", b"", "has 0 bytes"),
        ("x.npy", b"PK\3\4" + bytes(100), "begins otherwise"),
        ("x.npy", b"\x93NUMPY\1\0\xff\xff{}", "cut short"),
        ("x.npz", b"\x93NUMPY\1\0\xff\xff{}" + bytes(100), "no end record"),
        ("x.safetensors", b"\x93NUMPY\1\0\xff\xff{}", "cut short, or not a safetensors file"),
        ("x.safetensors", struct.pack("<Q", 1 << 62) + b"{}", "4611686018427387904 bytes"),
        ("x.safetensors", safetensors(b"{not json"), "not JSON"),
        ("x.safetensors", safetensors(b'{"\xff": 1}'), "not JSON"),
        ("x.safetensors", safetensors({"a": 1}), "the number 1 at 'a'"),
        (
            "x.safetensors",
            safetensors({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}, bytes(8)),
            "'a' is at bytes 0 to 36 of 8",
        ),
        (
            "x.safetensors",
            safetensors({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}}, bytes(8)),
            r"float32 of shape \(9\), but its data_offsets \[0, 8\] hold 8 bytes",
        ),
        (
            "x.safetensors",
            safetensors({"a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}, bytes(1)),
            "'a' has the dtype 'F4'; expected one of BOOL",
        ),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        mx.load(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    with pytest.raises(ValueError, match="<file object>"):
        mx.load(io.BytesIO(content), format=name[2:])


def test_npy_types_that_are_not_there(tmp_path):
    for data, message in (
        (np.array(["text"]), "<U4"),
        (np.array([1j]), "<c16"),
        (np.zeros(2, dtype=[("a", "f4")]), "fields"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "<M8"),
    ):
        np.save(tmp_path / "x.npy", data)
        with pytest.raises(ValueError, match=message):
            mx.load(tmp_path / "x.npy")
    np.save(tmp_path / "x.npy", np.array([None]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"\|O"):
        mx.load(tmp_path / "x.npy")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_never_crashes(data):
    """Bytes changed, cut and added at random: an array or a ValueError."""
    fmt = data.draw(st.sampled_from(["npy", "npz", "safetensors"]))
    file = io.BytesIO()
    x = mx.array([[1, 2, 3]], mx.int16)
    if fmt == "npy":
        mx.save(file, x)
    elif fmt == "npz":
        mx.savez_compressed(file, x=x, y=mx.array([True, False]))
    else:
        mx.save_safetensors(file, {"x": x, "y": mx.array([True, False])}, {"k": "v"})
    content = bytearray(file.getvalue())
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)):
        content[at] = byte
    content = content[: data.draw(st.integers(0, len(content)))] + data.draw(st.binary(max_size=9))
    try:
        found = mx.load(io.BytesIO(bytes(content)), format=fmt)
    except ValueError:
        return
    for value in found.values() if isinstance(found, dict) else [found]:
        np.array(value)


# ---- State of training ----------------------------------------------------------------------------------------------


def test_the_state_of_an_optimizer_goes_through_a_file(tmp_path):
    import cermet.optimizers as optim
    from cermet.utils import tree_flatten, tree_unflatten

    parameters = {"layers": [{"w": mx.ones((2, 2))}, {"b": mx.zeros(2)}]}
    optimizer = optim.AdamW(0.1, bias_correction=True)
    parameters = optimizer.apply_gradients(parameters, parameters)
    mx.save_safetensors(tmp_path / "optimizer", tree_flatten(optimizer.state, destination={}))
    other = optim.AdamW(0.9, bias_correction=True)
    other.state = tree_unflatten(mx.load(tmp_path / "optimizer.safetensors"))
    first, second = (dict(tree_flatten(o.apply_gradients(parameters, parameters))) for o in (optimizer, other))
    for path in first:
        np.testing.assert_array_equal(np.array(first[path]), np.array(second[path]))
