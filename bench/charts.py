"""Draws the charts of the README from a report of run.py: `python bench/charts.py report.json docs/images`.

Needs matplotlib; `make charts` runs it with the peers' virtual environment."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import table
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

PEERS = {"numpy": "NumPy", "jax": "JAX (jit)", "mlx": "MLX (compiled)"}
EVERYDAY = {"numpy": "NumPy", "jax": "JAX", "mlx": "MLX"}
COLOURS = {"NumPy": "#4c72b0", "JAX": "#dd8452", "JAX (jit)": "#dd8452", "MLX": "#55a868", "MLX (compiled)": "#55a868"}
ratio_format = FuncFormatter(lambda value, _: f"{value:g}x")


def style(axes):
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def ratios(rows, peer):
    """(elements, the peer's time over Cermet's compiled one) of the rows that have both."""
    points = []
    for row in rows:
        own, other = (row["results"].get(name, {}).get("median") for name in ("compiled", peer))
        if own and other:
            points.append((row["elements"], other / own))
    return sorted(points)


def draw_sizes(report, path):
    """One panel a workload: how many times faster than each peer, by size."""
    rows = [row for row in report.get("rows", []) if row["dtype"] == "float32"]
    names = list(dict.fromkeys(row["workload"] for row in rows))
    columns = min(3, len(names))
    lines = -(-len(names) // columns)
    figure, panels = plt.subplots(lines, columns, figsize=(4 * columns, 3 * lines), squeeze=False, sharey=True)
    for axes, name in zip(panels.flat, names):
        for peer, label in PEERS.items():
            points = ratios([row for row in rows if row["workload"] == name], peer)
            if points:
                axes.plot(*zip(*points), marker="o", markersize=4, label=label, color=COLOURS[label])
        axes.axhline(1, color="black", linewidth=1)
        axes.set(xscale="log", yscale="log", title=name.replace("_", " "))
        axes.xaxis.set_major_locator(LogLocator(base=16))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: table.count(int(value))))
        axes.yaxis.set_major_formatter(ratio_format)
        style(axes)
    for axes in panels.flat[len(names) :]:
        axes.remove()
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=9, loc="lower right", ncols=len(labels))
    figure.supxlabel("elements, float32", fontsize=9)
    figure.supylabel("time of the other over Cermet's, compiled (above 1: Cermet is faster)", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def everyday_points(rows, peer):
    """A peer's time over Cermet's for each row: both as fast as they get, compiled or not."""
    points = []
    for row in rows:
        times = {label: r["median"] for label, r in row["results"].items() if "median" in r}
        own = min((times[k] for k in ("compiled", "uncompiled") if k in times), default=None)
        other = min((times[k] for k in (peer, f"{peer} uncompiled") if k in times), default=None)
        points.append(other / own if own and other else None)
    return points


def draw_everyday(report, path):
    """A line a row: how many times faster than each peer."""
    rows = report.get("everyday", [])
    figure, axes = plt.subplots(figsize=(8, 0.24 * len(rows) + 1.2))
    heights = range(len(rows), 0, -1)
    for peer, label in EVERYDAY.items():
        found = [(p, h) for p, h in zip(everyday_points(rows, peer), heights) if p]
        if found:
            axes.scatter(*zip(*found), label=label, color=COLOURS[label], s=22, zorder=3)
    axes.axvline(1, color="black", linewidth=1)
    axes.set(xscale="log", ylim=(0.3, len(rows) + 0.7))
    axes.set_xlabel("time of the other over Cermet's, each at its best\n(right of 1: Cermet is faster)")
    axes.set_yticks(list(heights), [row["name"] for row in rows], fontsize=8)
    axes.xaxis.set_major_formatter(ratio_format)
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    style(axes)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    report = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if report.get("rows"):
        draw_sizes(report, folder / "speed_by_size.png")
    if report.get("everyday"):
        draw_everyday(report, folder / "speed_everyday.png")


if __name__ == "__main__":
    main()
