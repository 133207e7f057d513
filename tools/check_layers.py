"""Checks that every #include in src/ and include/ respects src/LAYERS and that no includes form a cycle."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
# Public headers describe arrays and transforms: they may show what those layers may use.
PUBLIC_MAY_USE = "transforms"


def read_layers() -> dict[str, set[str]]:
    """The rows of src/LAYERS, each closed over what its own uses may use."""
    allowed: dict[str, set[str]] = {}
    for line in (SRC / "LAYERS").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, uses = line.partition(":")
        allowed[name] = {name}
        for use in uses.split():
            if use not in allowed:
                sys.exit(f"src/LAYERS: {name} names {use}, which is not above it in the file")
            allowed[name] |= allowed[use]
    return allowed


def sources() -> list[Path]:
    found = [p for root in (SRC, ROOT / "include") for p in root.rglob("*")]
    return sorted(p for p in found if p.suffix in {".h", ".cpp", ".def"})


def resolve(name: str) -> Path | None:
    """The project's file that `name` includes, or None for a system header."""
    for root in (SRC, ROOT / "include"):
        if (root / name).is_file():
            return root / name
    return None


def layer_of(path: Path) -> str | None:
    """The top folder of a file of src/; None for a public header."""
    return path.relative_to(SRC).parts[0] if path.is_relative_to(SRC) else None


def check_row(path: Path, target: Path, allowed: dict[str, set[str]]) -> str | None:
    """What is wrong with `path` including `target`, if anything."""
    layer, used = layer_of(path), layer_of(target)
    if layer is not None and layer not in allowed:
        return f"folder src/{layer} has no row in src/LAYERS"
    if used is None:  # a public header: for the layers that make the public interface
        ok = layer is None or layer in {"array", "transforms", "io"}
    else:
        ok = used in allowed[layer or PUBLIC_MAY_USE]
    if ok:
        return None
    return f"{layer or 'include/cermet'} may not include {used or 'include/cermet'} ({target.relative_to(ROOT)})"


def find_cycle(graph: dict[Path, list[Path]]) -> list[Path] | None:
    """A cycle of includes, as the list of its files, by depth-first search on a work list."""
    done: set[Path] = set()
    for start in graph:
        path: list[Path] = []
        stack = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(node)
            elif node in path:
                return [*path[path.index(node) :], node]
            elif node not in done:
                path.append(node)
                stack.append((node, True))
                stack.extend((n, False) for n in graph.get(node, []) if n not in done)
    return None


def main() -> int:
    allowed = read_layers()
    graph: dict[Path, list[Path]] = {}
    problems = []
    for path in sources():
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            target = resolve(match.group(1))
            if target is None:
                continue
            # An X-macro table is included as data, several times; it takes no part in cycles.
            if target.suffix == ".h":
                graph.setdefault(path, []).append(target)
            if problem := check_row(path, target, allowed):
                line = text.count("\n", 0, match.start()) + 1
                problems.append(f"{path.relative_to(ROOT)}:{line}: {problem}")
    if cycle := find_cycle(graph):
        problems.append("include cycle: " + " -> ".join(str(p.relative_to(ROOT)) for p in cycle))
    print(
        "\n".join(problems) if problems else f"{len(sources())} files respect the {len(allowed)} layers of src/LAYERS"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
