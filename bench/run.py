"""Measures everything side by side, prints the tables and writes bench/results/<time>.json.

Each framework is a process of its own that lives through the run; for every row they are asked in turn, round after
round, together with the machine's own copy, so that a noisy minute hits all of them alike."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bars
import everyday
import table
import workloads
import yardstick

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = Path(os.environ.get("CERMET_BUILD", ROOT / "build" / "release"))
PEERS = ROOT / "build" / "peers"


class Peer:
    """One contestant, a framework compiled or not, in a process: commands and answers, a line each."""

    def __init__(self, label, framework, python, env, compiled=True):
        self.label, self.framework, self.python, self.compiled = label, framework, python, compiled
        self.env = {**os.environ, **env}
        self.process = subprocess.Popen(
            [python, str(HERE / "worker.py")], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.error = self.ask("start", name=framework).get("error")

    def ask(self, command, **arguments):
        try:
            self.process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"{self.label}: the process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def own_environment():
    path = os.pathsep.join([str(BUILD / "python"), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "CERMET_NUM_THREADS": str(yardstick.threads())}


def install_peers():
    """The peers' virtual environment; answers its Python."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    for requirement in (HERE / "requirements-peers.txt").read_text().splitlines():
        if requirement and not requirement.startswith("#"):
            done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", requirement], check=False)
            if done.returncode:
                print(f"{requirement} cannot be installed here: its columns are left out", file=sys.stderr)
    return str(python)


def find_allocator():
    """A caching allocator to preload: libraries of Debian's libjemalloc2 and libtcmalloc-minimal4."""
    for name in ("libjemalloc.so.2", "libtcmalloc_minimal.so.4"):
        path = Path("/usr/lib") / f"{platform.machine()}-linux-gnu" / name
        if path.exists():
            return name.split(".")[0].removeprefix("lib"), str(path)
    return None


def start_peers(wanted, uncompiled_jax=False):
    """Cermet compiled and uncompiled and, if wanted, every other framework that starts here."""
    own = own_environment()
    plans = [("compiled", "cermet", sys.executable, own), ("uncompiled", "cermet", sys.executable, own, False)]
    if wanted:
        python = install_peers()
        # Settings for old OpenBLAS builds would slow a current NumPy.
        plain = {"OPENBLAS_CORETYPE": "", "OPENBLAS_L2_SIZE": "", "PYTHONPATH": ""}
        plans += [("numpy", "numpy", python, plain), ("jax", "jax", python, plain)]
        if uncompiled_jax:
            plans.append(("jax uncompiled", "jax", python, plain, False))
        elif allocator := find_allocator():
            plans.append((f"jax+{allocator[0]}", "jax", python, {**plain, "LD_PRELOAD": allocator[1]}))
        plans += [("mlx", "mlx", python, plain), ("mlx uncompiled", "mlx", python, plain, False)]
    peers = [Peer(*plan) for plan in plans]
    for peer in peers:
        if peer.error:
            print(f"{peer.label} does not start here: {peer.error}", file=sys.stderr)
    if peers[0].error:
        raise SystemExit("cermet does not start: nothing to measure")
    return [peer for peer in peers if not peer.error]


def setup_row(peers, job):
    """Prepares every peer that can do the row; answers what each reported, errors included."""
    results = {}
    for peer in peers:
        if peer.framework == "numpy" and job["dtype"] != "float32":
            continue
        results[peer.label] = {"samples": [], **peer.ask("setup", **job, compiled=peer.compiled)}
    return results


def measure_row(workload, dtype, elements, peers, options):
    """Rounds over the peers and the machine's copy, one turn each, until the rounds or the row's time are over."""
    job = {"workload": workload, "dtype": dtype, "elements": elements}
    nbytes = elements * (4 if dtype == "float32" else 2)
    results = setup_row(peers, job)
    copies, loops, began, rounds = [], [], time.monotonic(), 0
    while rounds < options.rounds and (rounds < 3 or time.monotonic() - began < options.row_seconds):
        rounds += 1
        for peer in peers:
            result = results.get(peer.label, {"error": "no such row"})
            if "error" not in result:
                answer = peer.ask("measure", seconds=options.seconds)
                result["samples"] += answer.pop("samples", [])
                result.update(answer)
        copies += yardstick.copy_samples(nbytes, options.seconds / 2)
        if workload == "sum_of_squares" and dtype == "float32":
            loops += yardstick.sum_of_squares_samples(elements, options.seconds / 2)
    for peer in peers:
        peer.ask("drop")
    for result in results.values():
        samples = result.pop("samples")
        if "error" not in result:
            result.update(median=table.median(samples), spread=table.spread(samples), samples=len(samples))
    if loops:
        results["C loop"] = {"median": table.median(loops), "spread": table.spread(loops), "samples": len(loops)}
    return {**job, "bytes": nbytes, "copy": table.median(copies), "results": results}


def own_cells(row, own, eager):
    """Cermet's own figures: time, spread, rate, the machine's copy, the uncompiled function, kernels."""
    cells = [table.count(row["elements"]), table.seconds(own["median"]), f"{own['spread'] * 100:.0f} %"]
    if row["workload"] == "matmul":
        cells.append(f"{2 * row['elements'] ** 1.5 / own['median'] / 1e9:.0f}")
    else:
        moved = row["bytes"] * (1 if row["workload"] == "sum_of_squares" else 2)
        share = table.ratio(own["median"] / row["copy"]) if row["copy"] > 1e-6 else "-"
        cells += [f"{moved / own['median'] / 1e9:.1f}", table.seconds(row["copy"]), share]
    if "median" not in eager:
        return [*cells, "error", "-", "-"]
    kernels = f"{own['kernels']} for {eager['kernels']}"
    return [*cells, table.seconds(eager["median"]), table.ratio(eager["median"] / own["median"]), kernels]


def print_rows(rows):
    """One workload and dtype: a line a size; to the right each other contestant's time over Cermet's."""
    names = dict.fromkeys(name for row in rows for name in row["results"])
    others = [name for name in names if name not in ("compiled", "uncompiled")]
    rate = ["GF/s"] if rows[0]["workload"] == "matmul" else ["GB/s", "copy", "of copy"]
    header = ["elements", "compiled", "+-", *rate, "uncompiled", "speed-up", "kernels", *others]
    lines = []
    for row in rows:
        results = row["results"]
        own = results["compiled"]
        if "error" in own:
            lines.append([table.count(row["elements"]), own["error"], *[""] * (len(header) - 2)])
            continue
        cells = own_cells(row, own, results.get("uncompiled", {}))
        for other in (results.get(name, {}) for name in others):
            cells.append(table.ratio(other["median"] / own["median"]) if "median" in other else "-")
        lines.append(cells)
    notes = ["right of kernels: the other's time over Cermet's compiled time (above 1: Cermet is faster)"]
    title = f"\n{rows[0]['workload']}, {rows[0]['dtype']}"
    print(table.render(title, header, lines, notes if others else []), flush=True)


def measure_overheads(peers, seconds):
    """One array of 16 elements: the call alone (its result dropped unevaluated), and the call with eval."""
    rows = []
    for peer in peers:
        job = {"workload": "gelu", "dtype": "float32", "elements": 16, "compiled": peer.compiled}
        if peer.framework == "numpy" or "error" in peer.ask("setup", **job):
            continue
        call, with_eval = peer.ask("overhead", seconds=seconds), peer.ask("measure", seconds=seconds)
        peer.ask("drop")
        if "error" not in call and "error" not in with_eval:
            name = f"cermet {peer.label}" if peer.framework == "cermet" else peer.label
            rows.append({"name": name, "call": call["samples"], "call_and_eval": with_eval["samples"]})
    return rows


def measure_everyday(name, peers, options):
    """One row of everyday.py in rounds, like measure_row."""
    results = {
        peer.label: {"samples": [], **peer.ask("setup_everyday", name=name, compiled=peer.compiled)} for peer in peers
    }
    began, rounds = time.monotonic(), 0
    while rounds < options.rounds and (rounds < 3 or time.monotonic() - began < options.row_seconds):
        rounds += 1
        for peer in peers:
            result = results[peer.label]
            if "error" not in result:
                answer = peer.ask("measure", seconds=options.seconds)
                result["samples"] += answer.pop("samples", [])
                result.update(answer)
    for peer in peers:
        peer.ask("drop")
    for result in results.values():
        samples = result.pop("samples")
        if samples and "error" not in result:
            result.update(median=table.median(samples), spread=table.spread(samples), samples=len(samples))
    return {"name": name, "results": results}


def run_everyday(peers, options):
    """A line a row: Cermet's times, then the others' over Cermet's (compiled over compiled, else over uncompiled)."""
    rows, lines = [], []
    others = [peer for peer in peers if peer.framework != "cermet"]
    for name in everyday.ROWS:
        if options.everyday and not any(word in name for word in options.everyday):
            continue
        row = measure_everyday(name, peers, options)
        rows.append(row)
        found = {label: r.get("median") for label, r in row["results"].items()}
        cells = [name] + [
            table.seconds(found[k]) if found.get(k) else row["results"][k].get("error", "-")[:60]
            for k in ("uncompiled", "compiled")
        ]
        for peer in others:
            own = found.get("compiled" if peer.compiled and peer.framework != "numpy" else "uncompiled")
            other = found.get(peer.label)
            cells.append(table.ratio(other / own) if own and other else "-")
        lines.append(cells)
    header = ["", "uncompiled", "compiled", *(peer.label for peer in others)]
    notes = ["right of compiled: the other's time over Cermet's (NumPy and uncompiled: over the uncompiled one)"]
    print(table.render("\nEveryday rows", header, lines, notes if others else []), flush=True)
    return rows


def measure_cpp():
    """Google Benchmark's medians for the C++ calls, by name."""
    binary = BUILD / "bin" / "bench_call"
    if not binary.exists():
        return {}
    command = [str(binary), "--benchmark_format=json", "--benchmark_repetitions=9", "--benchmark_min_time=0.05"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return {}
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}
    return {
        b["run_name"]: b["real_time"] * scale[b["time_unit"]]
        for b in json.loads(done.stdout)["benchmarks"]
        if b.get("aggregate_name") == "median"
    }


def first_call(python, framework, env):
    command = [python, str(HERE / "first_call.py"), framework]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["first"] if done.returncode == 0 else float("nan")


def measure_first_calls(peers, repeats):
    """First call of GELU in fresh processes; Cermet with an empty and with a filled disk cache."""
    results = {}
    for peer in peers:
        if not peer.compiled or peer.framework == "numpy" or "+" in peer.label:
            continue
        for _ in range(repeats):
            if peer.framework != "cermet":
                results.setdefault(peer.label, []).append(first_call(peer.python, peer.framework, peer.env))
                continue
            with tempfile.TemporaryDirectory() as folder:
                env = {**peer.env, "CERMET_CACHE_DIR": folder}
                for state in ("cold", "warm"):
                    times = results.setdefault(f"cermet, {state} disk cache", [])
                    times.append(first_call(peer.python, "cermet", env))
    return results


def machine():
    """What the figures depend on."""
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    flags = facts.get("flags", "").split()
    vector = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    cpu = facts.get("model name", platform.machine())
    return {"cpu": cpu, "vector": vector, "threads": yardstick.threads(), "commit": commit}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", action="store_true", help="NumPy, JAX and MLX in the same run")
    parser.add_argument("--workloads", nargs="+", choices=workloads.WORKLOADS, default=list(workloads.WORKLOADS))
    parser.add_argument("--dtypes", nargs="+", choices=workloads.DTYPES, default=list(workloads.DTYPES))
    parser.add_argument("--max-elements", type=int, default=max(workloads.SIZES), help="leave larger sizes out")
    parser.add_argument("--min-elements", type=int, default=1, help="leave smaller sizes out")
    parser.add_argument("--rounds", type=int, default=7, help="turns that each contestant gets a row")
    parser.add_argument("--seconds", type=float, default=0.04, help="how long one turn lasts")
    parser.add_argument("--row-seconds", type=float, default=20, help="after which a row ends, three rounds at least")
    parser.add_argument(
        "--only",
        choices=("tables", "calls", "everyday"),
        help="only the tables, only overheads and first calls, or only everyday rows",
    )
    parser.add_argument("--everyday", nargs="+", metavar="WORD", help="everyday rows whose name has one of these words")
    parser.add_argument("--output", type=Path, help="where the JSON goes")
    return parser.parse_args()


def run_tables(peers, options):
    rows = []
    for workload in options.workloads:
        for dtype in options.dtypes:
            sizes = [n for n in workloads.sizes_of(workload) if options.min_elements <= n <= options.max_elements]
            group = [measure_row(workload, dtype, elements, peers, options) for elements in sizes]
            if group:
                print_rows(group)
            rows += group
    return rows


def run_calls(peers):
    overheads, cpp = measure_overheads(peers, 0.5), measure_cpp()
    lines = [
        [row["name"], *(table.seconds(table.median(row[k])) for k in ("call", "call_and_eval"))] for row in overheads
    ]
    if cpp:
        lines.append(["cermet compiled, C++", *(table.seconds(cpp[k]) for k in ("call", "call_and_eval"))])
    print(table.render("\nA call of GELU on a hit, 16 float32", ["", "call", "call + eval"], lines), flush=True)
    firsts = measure_first_calls(peers, 5)
    lines = [[name, table.seconds(table.median(times))] for name, times in firsts.items()]
    print(table.render("\nThe first call of GELU in a fresh process, 4,096 float32", ["", "median"], lines), flush=True)
    return {"overheads": overheads, "cpp": cpp, "first_calls": firsts}


def main():
    options = parse()
    facts = machine()
    print(f"{facts['cpu']}, {facts['vector']}, {facts['threads']} threads, commit {facts['commit']}")
    peers = [] if options.only == "everyday" else start_peers(options.peers)
    report = {"machine": facts, "time": time.strftime("%Y-%m-%dT%H:%M:%S")}
    try:
        if options.only in (None, "tables"):
            report["rows"] = run_tables(peers, options)
        if options.only in (None, "calls"):
            report["calls"] = run_calls(peers)
    finally:
        for peer in peers:
            peer.close()
    if options.only in (None, "everyday"):
        peers = start_peers(options.peers, uncompiled_jax=True)
        try:
            report["everyday"] = run_everyday(peers, options)
        finally:
            for peer in peers:
                peer.close()
    output = options.output or HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(report, indent=1))
    print(bars.render(report))
    print(f"\nwritten to {output}")


if __name__ == "__main__":
    main()
