"""Writes the reference pages (docs/reference/) and the type stubs (python/cermet/core/*.pyi) from the running package:
signatures, types and texts come from mx._function_table() and from nanobind's signatures of the rest.

`make reference` writes them; `tools/make_reference.py --check` (a test) says which file is stale."""

import argparse
import enum
import inspect
import re
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
STUBS = ROOT / "python" / "cermet" / "core"

# What the tables do not say: the page of a function that is no row of the op tables.
FAMILIES = {
    "Reductions": """all any argmax argmin max mean min prod sum std var logsumexp softmax median count_nonzero
        minmax cumsum cumprod cummax cummin logcumsumexp""",
    "Creation": """arange array asarray bartlett blackman empty empty_like eye full full_like hamming hanning identity
        linspace meshgrid ones ones_like tri zeros zeros_like from_dlpack""",
    "Shapes": """as_strided astype atleast_1d atleast_2d atleast_3d broadcast_arrays broadcast_shapes broadcast_to
        concatenate contiguous diag diagonal diff expand_dims flatten flip matrix_transpose moveaxis pad permute_dims
        repeat reshape roll split squeeze stack swapaxes tile transpose tril triu unflatten unstack view""",
    "Element by element": "allclose array_equal clip divmod isclose nan_to_num round stop_gradient",
    "Indices and sorting": """argpartition argsort gather partition put_along_axis searchsorted slice slice_update
        slice_update_add slice_update_prod slice_update_max slice_update_min sort take take_along_axis topk
        masked_scatter unique""",
    "Products": """addmm block_masked_mm einsum einsum_path gather_mm hadamard_transform inner kron matmul outer
        matrix_norm segmented_mm tensordot trace vecdot""",
    "Convolutions": """conv1d conv2d conv3d conv_general conv_transpose1d conv_transpose2d conv_transpose3d
        convolve""",
    "Transforms": """compile disable_compile enable_compile set_compile_cache_limit grad value_and_grad vjp jvp vmap
        checkpoint custom_function depends""",
    "Files": "load save save_safetensors savez savez_compressed",
    "Types": "can_cast finfo iinfo isdtype issubdtype result_type",
    "Devices, memory and evaluation": """async_eval clear_cache clear_kernel_cache clear_streams default_device
        default_stream device_count device_info eval get_active_memory get_array_buffer_size get_cache_memory
        get_memory_limit get_num_threads get_peak_memory get_printoptions get_setting is_available
        kernel_cache_statistics kernels_launched library_calls_made new_stream new_thread_local_stream
        new_thread_unsafe_stream printoptions reset_peak_memory set_cache_limit set_default_device
        set_default_stream set_memory_limit set_num_threads set_printoptions set_setting set_wired_limit
        settings stream synchronize""",
}
MODULES = {
    "cermet.core.random": "Random numbers",
    "cermet.core.linalg": "Linear algebra",
    "cermet.core.fft": "Fourier transforms",
    "cermet.core.fast": "Fast functions of networks",
    "cermet.core.distributed": "Several processes",
}
OPERATORS = """add sub mul truediv floordiv mod pow matmul and or xor lshift rshift radd rsub rmul rtruediv rfloordiv
    rmod rpow rmatmul rand ror rxor rlshift rrshift iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor
    ilshift irshift eq ne lt le gt ge neg pos abs invert getitem copy deepcopy div rdiv"""
HEADER = """# Written by tools/make_reference.py; `make reference` writes it again.
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import cermet.core

ArrayLike: TypeAlias = cermet.core.array | bool | int | float | complex | Sequence[Any] | Any
StreamOrDevice: TypeAlias = cermet.core.Stream | cermet.core.Device | cermet.core.DeviceType | None
"""


# ---- What there is --------------------------------------------------------------------------------------------------


class Entry:
    """A public function: its typed signature, text, and where it is."""

    def __init__(self, name, module, signature, doc, aliases=(), is_method=False):
        self.name, self.module, self.signature, self.doc = name, module, signature, doc
        self.aliases, self.is_method = list(aliases), is_method


def item_type(annotation):
    """int of Sequence[int]: what `*items` is annotated with."""
    return annotation[9:-1] if annotation.startswith("Sequence[") else annotation


def typed_signature(row, drop_first=False):
    """The parameters of a table row with their types; `/` and `*` where the row's signature has them."""
    text = row["signature"]
    text = text[text.index("(") + 1 : text.rindex(")")]
    by_name = {p["name"]: p for p in row["parameters"]}
    out = []
    for part in re.split(r",\s*(?![^(\[]*[)\]])", text):
        name = part.split("=")[0].strip()
        if name in ("/", "*"):
            out.append(name)
            continue
        p = by_name[name]
        if name.startswith("*"):
            out.append(f"{name}: {item_type(p['type'])}")
            continue
        default = f" = {p['default']}" if p["default"] is not None else ""
        out.append(f"{name}: {p['type']}{default}")
    if drop_first:
        out = ["self", *(out[1:] if out[1:2] != ["/"] else out[2:])]
    return f"({', '.join(out)}) -> {row['result']}"


def nanobind_signatures(function):
    """The signatures that nanobind keeps, without its module's name; defaults as dots where they are objects."""
    found = []
    for signature, *_ in getattr(function, "__nb_signature__", ()):
        text = re.sub(r"^def \w+", "", signature.strip().split("\n")[-1])
        text = re.sub(r"= \\\d+", "= ...", text).replace("*args | None", "*args")
        found.append(text.replace("cermet._core.", ""))
    return found


def plain_doc(member):
    """A docstring without the signature in its first line."""
    doc = inspect.getdoc(member) or ""
    lines = doc.split("\n")
    while lines and (not lines[0].strip() or re.match(r"^\w+\(.*\)( -> .*)?$", lines[0])):
        lines = lines[1:]
    return "\n".join(lines).strip()


def as_markdown(doc):
    """A docstring with its examples in fences."""
    parts = [
        f"```python\n{part}\n```" if part.lstrip().startswith((">>>", "@")) or part.startswith("    ") else part
        for part in doc.strip().split("\n\n")
    ]
    return "\n\n".join(parts)


def python_signature(member):
    try:
        # Annotations that Python keeps as strings, without their quotes.
        return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(member)))
    except (TypeError, ValueError):
        return "(*args, **kwargs)"


def collect(mx):
    """All public functions, each once, by module and name."""
    entries, seen = {}, set()
    for row in mx._function_table():
        if not row["is_function"]:
            continue
        aliases = row["aliases"].split()
        entries[row["module"], row["name"]] = Entry(
            row["name"], row["module"], typed_signature(row), row["doc"], aliases, row["is_method"]
        )
        seen.update((row["module"], name) for name in [row["name"], *aliases])
    for module in (mx, *(getattr(mx, name.rsplit(".", 1)[1]) for name in MODULES)):
        path = "cermet.core" if module is mx else "cermet.core." + module.__name__.rsplit(".", 1)[1]
        for name in sorted(n for n in dir(module) if not n.startswith("_")):
            member = getattr(module, name)
            is_function = callable(member) and not isinstance(member, (type, types.ModuleType))
            if (path, name) in seen or not is_function or not hasattr(member, "__doc__") or is_constant(member):
                continue
            signature = (nanobind_signatures(member) or [python_signature(member)])[0]
            entries[path, name] = Entry(name, path, signature, plain_doc(member))
    return entries


def is_constant(member):
    return type(member).__name__ in ("Dtype", "DtypeCategory", "DeviceType") or isinstance(member, enum.Enum)


# ---- Pages ----------------------------------------------------------------------------------------------------------


def family_of(entry, op_names):
    if entry.module in MODULES:
        return MODULES[entry.module]
    for family, names in FAMILIES.items():
        if entry.name in names.split():
            return family
    if entry.name in op_names:
        return "Element by element"
    raise SystemExit(f"{entry.name} is on no page: add it to FAMILIES in tools/make_reference.py")


def describe(entry):
    path = entry.module.replace("cermet.core", "mx")
    lines = [
        f"### {entry.name}",
        "",
        f"```python\n{path}.{entry.name}{entry.signature}\n```",
        "",
        as_markdown(entry.doc),
    ]
    notes = []
    if entry.aliases:
        notes.append("Also: " + ", ".join(f"`{path}.{alias}`" for alias in entry.aliases) + ".")
    if entry.is_method:
        notes.append(f"Also a method: `x.{entry.name}(...)`.")
    return "\n".join([*lines, *(["", " ".join(notes)] if notes else []), ""])


def describe_class(cls):
    """Attributes and own methods; operators and Python's protocols are left out."""
    lines = [f"### {cls.__name__}", "", as_markdown(plain_doc(cls)), ""]
    for name, member in sorted(vars(cls).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            found = nanobind_signatures(member.fget)
            kind = ": " + found[0].rsplit("->", 1)[1].strip() if found else ""
        elif callable(member):
            kind = (nanobind_signatures(member) or [""])[0]
        else:
            continue
        first = re.split(r"(?<=[.:])\s", plain_doc(member) + " ")[0].strip()
        lines.append(f"- `{name}{kind}` {first}".rstrip())
    return "\n".join([*lines, ""])


def file_of(family):
    return re.sub(r"\W+", "_", family.lower()).strip("_") + ".md"


def pages(mx):
    """Text by path."""
    op_names = {row["name"] for row in mx._core._op_table()}
    families = {family: [] for family in ["Element by element", *FAMILIES, *MODULES.values()]}
    for entry in collect(mx).values():
        families[family_of(entry, op_names)].append(entry)
    out, index = (
        {},
        ["# Reference", "", "Written by `make reference` from the tables that the functions come from.", ""],
    )
    for family, entries in families.items():
        entries.sort(key=lambda e: e.name)
        body = "\n".join(describe(e) for e in entries)
        out[PAGES / file_of(family)] = f"# {family}\n\n{body}"
        links = ", ".join(f"[{e.name}]({file_of(family)}#{e.name})" for e in entries)
        index += [f"**[{family}]({file_of(family)})**: {links}", ""]
    classes = [c for _, c in sorted(vars(mx).items()) if isinstance(c, type) and c.__module__.startswith("cermet")]
    out[PAGES / "classes.md"] = "# Classes\n\n" + "\n".join(describe_class(c) for c in classes)
    index += [
        "**[Classes](classes.md)**: " + ", ".join(f"[{c.__name__}](classes.md#{c.__name__})" for c in classes),
        "",
    ]
    out[PAGES / "README.md"] = "\n".join(index)
    return out


# ---- Stubs ----------------------------------------------------------------------------------------------------------


def doc_lines(doc, indent):
    doc = doc.strip().replace("\\", "\\\\").replace('"""', "'''")
    return (
        f'{indent}"""{doc}"""'.replace("\n", f"\n{indent}").replace(f"\n{indent}\n", "\n\n") if doc else f"{indent}..."
    )


def function_stub(name, signature, doc, indent=""):
    ignore = "  # type: ignore[override]" if name in ("__eq__", "__ne__") and "-> array" in signature else ""
    signature = re.sub(r"= (inf|nan|[a-z]+\d+|bool_)\b", "= ...", signature)
    signature = re.sub(r"\b_[A-Z]\w+", "Any", signature)  # types without a public name
    return f"{indent}def {name}{signature}:{ignore}\n{doc_lines(doc, indent + '    ')}\n"


def property_stub(name, member):
    found = nanobind_signatures(member.fget)
    result = found[0].rsplit("->", 1)[1].strip() if found else "Any"
    return f"    @property\n    def {name}(self) -> {result}:\n{doc_lines(plain_doc(member), '        ')}\n"


def method_signature(cls, name, member):
    plain = name.strip("_")
    if name == "__format__":
        return "(self, spec: str, /) -> str"
    if name == "__reduce_ex__":
        return "(self, protocol: Any, /) -> Any"
    if cls.__name__ == "array" and name.startswith("__") and plain in OPERATORS.split():
        parameters = "self" if plain in ("neg", "pos", "abs", "invert", "copy") else "self, other: Any, /"
        return f"({parameters}) -> array"
    return (nanobind_signatures(member) or ["(self, *args: Any, **kwargs: Any) -> Any"])[0]


def class_stub(cls, methods):
    lines = [f"class {cls.__name__}:", doc_lines(plain_doc(cls), "    ") if plain_doc(cls) else ""]
    members = vars(cls)
    if issubclass(cls, BaseException):
        return f"class {cls.__name__}({cls.__bases__[0].__name__}):\n{doc_lines(plain_doc(cls), '    ')}\n"
    for name in sorted(members):
        member = members[name]
        if name in methods:
            row = methods[name]
            lines.append(function_stub(name, typed_signature(row, drop_first=True), row["doc"], "    "))
        elif isinstance(member, property):
            lines.append(property_stub(name, member))
        elif isinstance(member, cls) or is_constant(member):
            lines.append(f"    {name}: {type(member).__name__}")
        elif callable(member) and (not name.startswith("__") or hasattr(member, "__nb_signature__")):
            lines.append(function_stub(name, method_signature(cls, name, member), plain_doc(member), "    "))
    if len(lines) == 2 and not lines[1]:
        lines.append("    ...")
    return "\n".join(line for line in lines if line) + "\n"


def module_stub(mx, path):
    module = mx if path == "cermet.core" else getattr(mx, path.rsplit(".", 1)[1])
    rows = mx._function_table()
    methods = {
        n: r for r in rows if r["is_method"] and path == "cermet.core" for n in [r["name"], *r["aliases"].split()]
    }
    parts = [HEADER]
    if path == "cermet.core":
        parts.append(
            "\n".join(f"from cermet.core import {p.rsplit('.', 1)[1]} as {p.rsplit('.', 1)[1]}" for p in MODULES)
        )
    else:
        parts.append("from cermet.core import Dtype, array")
    functions = {}
    for entry in collect(mx).values():
        if entry.module == path:
            functions.update({name: entry for name in [entry.name, *entry.aliases]})
    for name in sorted(n for n in dir(module) if not n.startswith("_")):
        member = getattr(module, name)
        if isinstance(member, types.ModuleType):
            continue
        if isinstance(member, type):
            parts.append(class_stub(member, methods if name == "array" else {}))
        elif name in functions:
            parts.append(function_stub(name, functions[name].signature, functions[name].doc))
        else:
            parts.append(f"{name}: {type(member).__name__ if member is not None else 'None'}")
    if path == "cermet.core":
        parts.append("__version__: str")
    return "\n".join(parts) + "\n"


def stubs(mx):
    out = {STUBS / "__init__.pyi": module_stub(mx, "cermet.core")}
    for path in MODULES:
        out[STUBS / f"{path.rsplit('.', 1)[1]}.pyi"] = module_stub(mx, path)
    for text in out.values():
        compile(text, "stub", "exec")  # it must at least parse
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    options = parser.parse_args()
    import cermet.core as mx

    texts = {**pages(mx), **stubs(mx)}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    old = [
        p for folder in (PAGES, STUBS) if folder.exists() for p in folder.iterdir() if p.is_file() and p not in texts
    ]
    if options.check and stale + old:
        names = ", ".join(str(p.relative_to(ROOT)) for p in stale + old)
        sys.exit(f"stale: {names}\nrun `make reference`")
    for path in stale if not options.check else []:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path])
    for path in old:
        path.unlink()


if __name__ == "__main__":
    main()
