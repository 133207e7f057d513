"""The bars that the project holds itself to, judged from a report of run.py: `python bench/bars.py report.json`."""

import json
import sys

import table

LARGE = 1 << 24


def _median(row, name):
    return row["results"].get(name, {}).get("median")


def _largest(rows, workload):
    found = [r for r in rows if r["workload"] == workload and r["dtype"] == "float32" and r["elements"] >= LARGE]
    found = [r for r in found if _median(r, "compiled") and _median(r, "uncompiled")]
    return max(found, key=lambda r: r["elements"], default=None)


def _ratio_bars(rows):
    """Yields (what, figure, bar, met) of the bars that compare large rows with the copy and the uncompiled run."""
    gelu = _largest(rows, "gelu")
    if gelu:
        speed_up = _median(gelu, "uncompiled") / _median(gelu, "compiled")
        yield "GELU, compiled over uncompiled", table.ratio(speed_up), "4x or more", speed_up >= 4
        if mlx := _median(gelu, "mlx uncompiled"):
            ratio = _median(gelu, "uncompiled") / mlx
            yield "GELU, uncompiled over MLX's uncompiled", table.ratio(ratio), "1x or less", ratio <= 1
    for workload, bar in (("gelu", 1.15), ("softmax", 1.15), ("layer_norm", 1.15), ("sum_of_squares", 0.5)):
        if row := _largest(rows, workload):
            ratio = _median(row, "compiled") / row["copy"]
            yield f"{workload}, over the copy (AVX-512)", table.ratio(ratio), f"{bar}x or less", ratio <= bar


def _peer_bars(rows):
    """One line a workload and dtype: the row where Cermet does worst against the fastest other framework."""
    groups = {}
    for row in rows:
        groups.setdefault((row["workload"], row["dtype"]), []).append(row)
    for (workload, dtype), group in groups.items():
        worst = None
        for row in group:
            others = [_median(row, n) for n in row["results"] if n not in ("compiled", "uncompiled", "C loop")]
            others = [x for x in others if x]
            own = _median(row, "compiled")
            if own and others:
                ratio = own / min(others)
                worst = max(worst or (0, 0), (ratio, row["elements"]))
        if worst:
            figure = f"{table.ratio(worst[0])} at {table.count(worst[1])}"
            yield f"{workload}, {dtype}, over the best peer, worst size", figure, "1.05x or less", worst[0] <= 1.05


def _call_bars(calls):
    own = next((row for row in calls["overheads"] if row["name"] == "cermet compiled"), None)
    limits = []
    if own:
        limits.append(("a call on a hit, Python", table.median(own["call"]), 1e-6))
        limits.append(("the same with eval, Python", table.median(own["call_and_eval"]), 3e-6))
    if "call" in calls["cpp"]:
        limits.append(("a call on a hit, C++", calls["cpp"]["call"], 0.2e-6))
    for state, bar in (("cold", 40e-3), ("warm", 4e-3)):
        if times := calls["first_calls"].get(f"cermet, {state} disk cache"):
            limits.append((f"first call of GELU, {state} disk cache", table.median(times), bar))
    for what, value, bar in limits:
        yield what, table.seconds(value), f"{table.seconds(bar).strip()} or less", value <= bar


def _everyday_bars(rows):
    """One line a row: Cermet's time over the fastest other's, compiled over compiled and uncompiled over uncompiled."""
    for row in rows:
        times = {label: r["median"] for label, r in row["results"].items() if "median" in r}
        for own, others in (("compiled", ("jax", "mlx")), ("uncompiled", ("jax uncompiled", "mlx uncompiled"))):
            rivals = [times[label] for label in others if label in times]
            if own in times and rivals:
                ratio = times[own] / min(rivals)
                yield f"{row['name']}, {own}", table.ratio(ratio), "1.05x or less", ratio <= 1.05


def judge(report):
    """Every bar that the report has figures for: (what, figure, bar, met)."""
    rows = report.get("rows", [])
    bars = [*_ratio_bars(rows), *_peer_bars(rows), *_everyday_bars(report.get("everyday", []))]
    return bars + list(_call_bars(report["calls"])) if "calls" in report else bars


def render(report):
    lines = [[what, figure, bar, "met" if met else "MISSED"] for what, figure, bar, met in judge(report)]
    return table.render("\nBars", ["", "measured", "bar", ""], lines)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(render(json.load(file)))
