"""Files: arrays in .npy, .npz and .safetensors files and file objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from cermet import _core
from cermet._core import array

TYPE_CHECKING = False  # importing typing would take milliseconds
if TYPE_CHECKING:
    from typing import Any

__all__ = ["load", "save", "save_safetensors", "savez", "savez_compressed"]

_formats = ("npy", "npz", "safetensors")


# ---- Where to -------------------------------------------------------------------------------------------------------


def _path(file: Any, op: str) -> str:
    path = os.fsdecode(file)
    try:
        path.encode()
    except UnicodeEncodeError:
        path = "\0"
    if not path or "\0" in path:
        raise ValueError(f"[{op}] {file!r} is not the name of a file (in UTF-8).")
    return path


def _writer(file: Any, op: str) -> str | Callable[[memoryview], None]:
    """A path, or a function that takes the bytes for a file object."""
    if isinstance(file, (str, bytes, os.PathLike)):
        return _path(file, op)
    if not hasattr(file, "write"):
        raise TypeError(f"[{op}] `file` must be a path or a file object open for writing, not {type(file).__name__}.")

    def write(data: memoryview) -> None:
        while len(data):
            count = file.write(data)  # an unbuffered file may take a part
            data = data[count if isinstance(count, int) else len(data) :]

    return write


def _checked(arrays: Mapping, op: str) -> dict:
    for name, value in arrays.items():
        if not isinstance(name, str):
            raise TypeError(f"[{op}] Names of arrays must be strings, not {name!r}.")
        if not isinstance(value, array):
            hint = " (cermet.utils.tree_flatten makes a flat dict of a tree)" if isinstance(value, (dict, list)) else ""
            raise TypeError(f"[{op}] {name!r} must be an array, not {type(value).__name__}{hint}.")
    return dict(arrays)


def save(file: object, arr: array) -> None:
    """Saves an array in NumPy's .npy format.

    `file` is a path (".npy" is added where it is missing) or a file object open for writing bytes. bfloat16 is written
    as NumPy's two-byte records, which ml_dtypes' bfloat16 can view. A file is written beside the old one and then takes
    its place: if saving fails, the old one stays as it was. OSError where the file cannot be written.

    >>> mx.save("weights.npy", mx.ones((2, 3)))
    """
    if not isinstance(arr, array):
        raise TypeError(f"[save] `arr` must be an array, not {type(arr).__name__}.")
    _core._save_npy(_writer(file, "save"), arr)


def _save_npz(file: Any, args: tuple, kwargs: dict, compressed: bool, op: str) -> None:
    arrays = dict(kwargs)
    for i, value in enumerate(args):
        if f"arr_{i}" in arrays:
            raise ValueError(f"[{op}] 'arr_{i}' is the name of the unnamed array {i}; rename the other one.")
        arrays[f"arr_{i}"] = value
    for name in arrays:
        if len(name) > 65000:
            raise ValueError(f"[{op}] An array's name has {len(name)} characters; 65000 are allowed.")
    _core._save_npz(_writer(file, op), _checked(arrays, op), compressed)


def savez(file: object, *args: array, **kwargs: array) -> None:
    """Saves several arrays in NumPy's .npz format, an archive of .npy files.

    Arrays without a name become "arr_0", "arr_1", and so on. `file` is a path (".npz" is added where it is missing) or
    a file object.

    >>> mx.savez("model.npz", **dict(tree_flatten(model.parameters())))
    """
    _save_npz(file, args, kwargs, False, "savez")


def savez_compressed(file: object, *args: array, **kwargs: array) -> None:
    """Saves several arrays as savez does, each of them deflated."""
    _save_npz(file, args, kwargs, True, "savez_compressed")


def save_safetensors(file: object, arrays: dict[str, array], metadata: dict[str, str] | None = None) -> None:
    """Saves named arrays, and text to go with them, in the safetensors format.

    `file` is a path (".safetensors" is added where it is missing) or a file object.

    >>> mx.save_safetensors("model.safetensors", {"w": mx.ones(3)}, metadata={"epoch": "7"})
    """
    op = "save_safetensors"
    if not isinstance(arrays, Mapping):
        raise TypeError(f"[{op}] `arrays` must be a dict of names and arrays, not {type(arrays).__name__}.")
    metadata = {} if metadata is None else metadata
    if not isinstance(metadata, Mapping):
        raise TypeError(f"[{op}] `metadata` must be a dict of strings, not {type(metadata).__name__}.")
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ValueError(f"[{op}] `metadata` must be a dict of strings; it has {key!r}: {value!r}.")
    _core._save_safetensors(_writer(file, op), _checked(arrays, op), dict(metadata))


# ---- Where from -----------------------------------------------------------------------------------------------------


def _format(given: str | None, name: str) -> str:
    extension = os.path.splitext(name)[1][1:].lower()
    found = extension if given is None else given
    if found == "gguf":
        raise ValueError(f"[load] {name}: GGUF files cannot be read yet; convert it to safetensors.")
    if found in _formats:
        return found
    if given is not None:
        raise ValueError(f"[load] {name}: unknown format {given!r}; expected one of {', '.join(_formats)}.")
    raise ValueError(
        f"[load] {name}: the name does not end in .npy, .npz or .safetensors; give `format`, one of "
        f"{', '.join(map(repr, _formats))}."
    )


def _read(file: Any, name: str) -> bytes:
    data = file.read()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"[load] {name} gives {type(data).__name__}; open it for reading bytes (mode 'rb').")
    return bytes(data)  # arrays stand on these bytes: nobody may change them


def load(
    file: object, /, format: str | None = None, return_metadata: bool = False, *, stream: object = None
) -> array | dict[str, array] | tuple[dict[str, array], dict[str, str]]:
    """Loads a .npy file (an array), or a .npz or .safetensors file (a dict of names and arrays).

    `file` is a path or a file object open for reading bytes; `format` ("npy", "npz", "safetensors") is needed where its
    name does not tell. With `return_metadata`, (arrays, metadata) of a safetensors file. `stream` is there for MLX's
    sake.

    The elements of .npy and .safetensors files are not read but mapped into memory, so that loading takes no time, and
    what is not used is never read; the file may be deleted or replaced (as saving does), but must not be cut short in
    place while arrays stand on it. A file that is cut short, or whose header contradicts it, raises ValueError, one
    that cannot be read OSError.

    >>> weights = mx.load("model.safetensors")
    >>> weights, metadata = mx.load("model.safetensors", return_metadata=True)
    """
    if format is not None and not isinstance(format, str):
        raise TypeError(f"[load] `format` must be a string, not {type(format).__name__}.")
    is_path = isinstance(file, (str, bytes, os.PathLike))
    if not is_path and not hasattr(file, "read"):
        raise TypeError(f"[load] `file` must be a path or a file object open for reading, not {type(file).__name__}.")
    own = getattr(file, "name", None)
    name = _path(file, "load") if is_path else own if isinstance(own, str) else "<file object>"
    found = _format(format, name)
    if return_metadata and found != "safetensors":
        raise ValueError(f"[load] {name}: {found} files have no metadata; `return_metadata` is for safetensors.")
    start = file.tell() if found == "npy" and not is_path and _is_seekable(file) else None
    data = None if is_path else _read(file, name)
    if found == "npz":
        return _core._load_npz(name, data)
    if found == "safetensors":
        arrays, metadata = _core._load_safetensors(name, data)
        return (arrays, metadata) if return_metadata else arrays
    value, end = _core._load_npy(name, data)
    if start is not None:
        file.seek(start + end)  # several arrays may follow each other in a file
    return value


def _is_seekable(file: Any) -> bool:
    return bool(getattr(file, "seekable", lambda: False)())
