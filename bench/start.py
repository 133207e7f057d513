"""What a process costs before it computes, what one uncompiled operation costs, and how far graphs scale.

`python bench/start.py`: bare processes (import, first operation, first compiled function, a script of 60 operations on
an empty disk cache), latencies of single operations, chains of up to 100,000 operations; MLX, JAX and NumPy beside
where they can be imported. Whole processes are timed from outside, interpreter start included; minima are printed,
since everything else on the machine only adds."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
IMPORT = {
    "cermet": "import cermet.core as mx",
    "mlx": "import mlx.core as mx",
    "numpy": "import numpy as np",
    "jax": "import jax; import jax.numpy as np",
}
FIRST = {
    "cermet": "mx.eval(mx.exp(mx.array([1.0, 2.0, 3.0])))",
    "mlx": "mx.eval(mx.exp(mx.array([1.0, 2.0, 3.0])))",
    "numpy": "np.exp(np.array([1.0, 2.0, 3.0], dtype=np.float32))",
    "jax": "np.exp(np.array([1.0, 2.0, 3.0])).block_until_ready()",
}
GELU = {
    "cermet": "mx.eval(mx.compile(lambda x: x * (1 + mx.erf(x / 1.41421356)) / 2)(mx.array([1.0, 2.0])))",
    "mlx": "mx.eval(mx.compile(lambda x: x * (1 + mx.erf(x / 1.41421356)) / 2)(mx.array([1.0, 2.0])))",
    "jax": "jax.jit(lambda x: x * (1 + jax.scipy.special.erf(x / 1.41421356)) / 2)(np.ones(2)).block_until_ready()",
}
UNARY = """abs negative sign reciprocal square sqrt rsqrt exp expm1 log log2 log10 log1p sin cos tan arcsin arccos
arctan sinh cosh tanh arcsinh arctanh degrees radians erf erfinv sigmoid floor
ceil round isnan isinf isfinite logical_not"""
BINARY = (
    "add subtract multiply divide maximum minimum power remainder floor_divide equal less greater logaddexp arctan2"
)
SIXTY = f"""
x = mx.array([0.1, 0.2, 0.3] * 20).reshape(6, 10)
y, i = x * 0.5, mx.array([1, 2, 3] * 20)
out = [getattr(mx, n)(x) for n in {UNARY.split()}] + [getattr(mx, n)(x, y) for n in {BINARY.split()}]
out += [mx.sum(x), mx.mean(x, axis=0), mx.max(x, axis=1), mx.argmax(x), mx.softmax(x, axis=-1), mx.var(x)]
out += [i + i, mx.where(x > 0.2, x, y), mx.concatenate([x, y]), x.astype(mx.float16)]
for a in out: mx.eval(a)
"""
LATENCY = """
import json, sys, time
import {module} as mx
x = mx.array([float(k) for k in range(16)]); y = mx.array([float(k) for k in range(16)]); mx.eval(x, y)
def best(f, n=1000):
    times = []
    for _ in range(40):
        begin = time.perf_counter()
        for _ in range(n): f()
        times.append((time.perf_counter() - begin) / n)
    return min(times)
e, ev = mx.exp, mx.eval
print(json.dumps({{
    "exp(x)": (best(lambda: e(x)), best(lambda: ev(e(x)))),
    "x + y": (best(lambda: x + y), best(lambda: ev(x + y))),
    "x + 1.0": (best(lambda: x + 1.0), best(lambda: ev(x + 1.0))),
    "x.reshape(4, 4)": (best(lambda: x.reshape(4, 4)), best(lambda: ev(x.reshape(4, 4)))),
    "x[2:8]": (best(lambda: x[2:8]), best(lambda: ev(x[2:8]))),
    "sum(x)": (best(lambda: mx.sum(x)), best(lambda: ev(mx.sum(x)))),
}}))
"""
SCALE = """
import json, resource, sys, time
import cermet.core as mx
kind, n = "{kind}", {n}
def f(x):
    for k in range(n):
        if kind == "sines": x = mx.sin(x) if k % 2 else x + 0.001 * (k + 1)
        elif kind == "one constant": x = x * 1.0009 if k % 2 else x + 0.5
        else: x = x * (1 + 1e-9 * (k + 1)) if k % 2 else x + 0.001 * (k + 1)
    return x
x = mx.array([0.5] * 16); mx.eval(x)
memory = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, begin = memory(), time.perf_counter()
g = f if kind == "uncompiled" else mx.compile(f)
y = g(x); mx.eval(y)
first = time.perf_counter() - begin
begin = time.perf_counter()
y = g(x); mx.eval(y)
again = time.perf_counter() - begin
begin = time.perf_counter()
del y, g
print(json.dumps({{"first": first, "again": again, "destroy": time.perf_counter() - begin,
    "mib": (memory() - before) / 1024, "kernels": mx.kernel_cache_statistics()["compiled"]}}))
"""


def python_of(framework):
    """Peers have a virtual environment of their own (make bench PEERS=1)."""
    peers = HERE.parent / "build" / "peers" / "bin" / "python"
    return str(peers) if framework != "cermet" and peers.exists() else sys.executable


def can_import(framework):
    command = [python_of(framework), "-c", IMPORT[framework]]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def process(framework, code, repeats, folder=None):
    """Seconds of a whole process, the least of several; without `folder` the disk cache is empty each time."""
    best = float("inf")
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as fresh:
            env = {**os.environ, "CERMET_CACHE_DIR": folder or fresh}
            begin = time.perf_counter()
            subprocess.run([python_of(framework), "-c", code], env=env, check=True)
            best = min(best, time.perf_counter() - begin)
    return best


def output(framework, code, folder):
    env = {**os.environ, "CERMET_CACHE_DIR": folder}
    command = [python_of(framework), "-c", code]
    run = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def measure_processes(frameworks, repeats):
    rows = {"python alone": {"": process("cermet", "pass", repeats)}}
    with tempfile.TemporaryDirectory() as folder:
        for name in frameworks:
            for what, codes in (("import", None), ("first operation", FIRST), ("first compiled GELU", GELU)):
                if codes is not None and name not in codes:
                    continue
                code = IMPORT[name] + ("" if codes is None else "\n" + codes[name])
                rows.setdefault(what, {})[name] = process(name, code, repeats, folder)
            if name in ("cermet", "mlx"):
                row = rows.setdefault("60 operations, cold disk cache", {})
                row[name] = process(name, IMPORT[name] + SIXTY, 3)
    return rows


def measure_latencies(frameworks):
    with tempfile.TemporaryDirectory() as folder:
        modules = {"cermet": "cermet.core", "mlx": "mlx.core"}
        return {n: output(n, LATENCY.format(module=modules[n]), folder) for n in frameworks if n in modules}


def measure_scale(most):
    rows = []
    for kind in ("one constant", "constants differ", "sines", "uncompiled"):
        for n in (100, 1_000, 10_000, 100_000):
            if n <= most:
                with tempfile.TemporaryDirectory() as folder:
                    rows.append({"kind": kind, "ops": n, **output("cermet", SCALE.format(kind=kind, n=n), folder)})
    return rows


BARS = (
    ("import", "import", 75e-3),
    ("import + first operation, warm disk cache", "first operation", 90e-3),
    ("import + first compiled GELU, warm disk cache", "first compiled GELU", 100e-3),
    ("a script of 60 operations, cold disk cache", "60 operations, cold disk cache", 1.5),
)


def judge(report):
    """Every bar: (what, figure, bar, met)."""
    for what, row, bar in BARS:
        value = report["processes"][row]["cermet"]
        yield what, table.seconds(value), table.seconds(bar), value <= bar
    own = report["latencies"]["cermet"]
    for what, at, bar in (("build", 0, 0.5e-6), ("build + eval", 1, 4e-6)):
        value = max(own[k][at] for k in ("exp(x)", "x + y"))
        yield f"uncompiled operation, {what}", table.seconds(value), table.seconds(bar), value <= bar
    chains = [r for r in report["scale"] if r["ops"] == 100_000 and r["kind"] != "uncompiled"]
    if chains:
        value = max(r["first"] for r in chains)
        yield "100,000 operations, traced, compiled, run", table.seconds(value), "20 s", value <= 20


def print_report(report):
    lines = []
    for what, row in report["processes"].items():
        lines += [[what, name, table.seconds(value)] for name, value in row.items()]
    print(table.render("\nBare processes, least of several", ["", "", "whole process"], lines, left=2))
    lines = [
        [name, what, table.seconds(build), table.seconds(evaluated)]
        for name, row in report["latencies"].items()
        for what, (build, evaluated) in row.items()
    ]
    print(table.render("\nOne operation on 16 float32", ["", "", "build", "build + eval"], lines, left=2))
    header = ["", "operations", "first call", "again", "destroyed", "memory", "kernels compiled"]
    lines = [
        [
            r["kind"],
            f"{r['ops']:,}",
            *(table.seconds(r[k]) for k in ("first", "again", "destroy")),
            f"{r['mib']:.0f} MiB",
            r["kernels"],
        ]
        for r in report["scale"]
    ]
    print(table.render("\nChains", header, lines))
    lines = [[what, figure, bar, "met" if met else "MISSED"] for what, figure, bar, met in judge(report)]
    print(table.render("\nBars", ["", "measured", "bar", ""], lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10, help="processes a row")
    parser.add_argument("--most", type=int, default=100_000, help="longest chain")
    parser.add_argument("--output", type=Path, help="where the JSON goes")
    options = parser.parse_args()
    frameworks = [name for name in IMPORT if can_import(name)]
    report = {
        "processes": measure_processes(frameworks, options.repeats),
        "latencies": measure_latencies(frameworks),
        "scale": measure_scale(options.most),
    }
    print_report(report)
    if options.output:
        options.output.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
