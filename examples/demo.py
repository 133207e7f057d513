"""`make demo`: what compile is worth on this machine, and when a compiled function traces again."""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))
import table
import workloads
import yardstick

import cermet.core as mx

NAMESPACE = workloads.mlx_like(mx)


def make(workload, compiled):
    body = workloads.WORKLOADS[workload]

    def function(x):
        return body(NAMESPACE, x)

    function.__name__ = workload
    return mx.compile(function) if compiled else function


def timed(function, x):
    begin = time.perf_counter()
    mx.eval(function(x))
    return time.perf_counter() - begin


def kernels_of(function, x):
    before = mx._core.kernels_launched()
    mx.eval(function(x))
    return mx._core.kernels_launched() - before


def measure(workload, x, rounds):
    """Uncompiled, compiled and copy in turn, so that a noisy moment hits all of them."""
    plain, compiled = make(workload, False), make(workload, True)
    mx.eval(plain(x))  # its kernels exist before anything is timed
    result = {"first": timed(compiled, x)}
    result["kernels"] = (kernels_of(plain, x), kernels_of(compiled, x))
    samples = {"plain": [], "compiled": [], "copy": []}
    for _ in range(rounds):
        samples["plain"] += [timed(plain, x) for _ in range(2)]
        samples["compiled"] += [timed(compiled, x) for _ in range(4)]
        samples["copy"] += yardstick.copy_samples(x.nbytes, 0.02)
    return {**result, **{name: table.median(values) for name, values in samples.items()}}


def row(workload, nbytes, result):
    moved = nbytes * (1 if workload == "sum_of_squares" else 2)
    return [
        workload.replace("_", " "),
        f"{result['plain'] * 1e3:.2f} ms",
        f"{result['compiled'] * 1e3:.2f} ms",
        table.ratio(result["plain"] / result["compiled"]),
        f"{moved / result['compiled'] / 1e9:.1f}",
        f"{100 * result['copy'] / result['compiled']:.0f} %",
        "{} -> {}".format(*result["kernels"]),
        f"{result['first'] * 1e3:.1f} ms",
    ]


def show_table(elements, rounds):
    shape = workloads.shape_of("gelu", elements)
    x = mx.array(np.random.default_rng(7).random(shape, dtype=np.float32) * 6 - 3)
    results = {w.__name__: measure(w.__name__, x, rounds) for w in workloads.GENERATED}
    header = ["", "uncompiled", "compiled", "speed-up", "GB/s", "of copy limit", "kernels", "first call"]
    title = f"{shape[0]:,} x {shape[1]:,} float32 ({x.nbytes / 2**20:.0f} MiB), {yardstick.threads()} threads, medians"
    limit = 2 * x.nbytes / table.median([result["copy"] for result in results.values()]) / 1e9
    notes = [
        f"copy limit: a memcpy of the input on all threads, {limit:.1f} GB/s in this run",
        "first call: trace, fuse, generate machine code and run (code from the disk cache if it was made before)",
    ]
    print(table.render(title, header, [row(name, x.nbytes, r) for name, r in results.items()], notes))


def show_traces():
    """A compiled function traces once a signature; stats() says why it traced again."""
    traced = []

    @mx.compile
    def gelu(x):
        traced.append(1)  # plain Python code runs in a trace only
        return workloads.gelu(NAMESPACE, x)

    x = mx.random.uniform(low=-3, high=3, shape=(64, 4096))
    for _ in range(1000):
        mx.eval(gelu(x))
    print(f"\nA thousand calls of a compiled gelu ran its Python code {len(traced)} time(s).")
    mx.eval(gelu(x.astype(mx.bfloat16)))
    mx.eval(gelu(x[:32]))
    print(f"With a new dtype, then a new shape, it ran {len(traced)} times. What gelu.stats() says:")
    rows = [[e["signature"], e["reason"], e["hits"], e["kernels"]] for e in gelu.stats()["entries"]]
    print(table.render("", ["signature", "why it was traced", "hits", "kernels"], rows, left=2))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=8 * 1000 * 4096)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    show_table(options.elements, options.rounds)
    show_traces()


if __name__ == "__main__":
    main()
