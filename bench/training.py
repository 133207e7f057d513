"""Training steps against MLX and JAX: time, traces, kernels, what the matrix products alone take, and peak memory.

`python bench/training.py` prints the tables (`--quick`: short runs, `--json FILE`: the figures). Every contestant is a
process of its own that lives through the timing rounds and is asked in turn; peak memory is that of further fresh
processes that do nothing but five steps. Both networks are written twice below, once over MLX's names (Cermet and MLX)
and once over JAX's, with the same parameters and data."""

import argparse
import gc
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ROOT / "build" / "peers"

RATE, BETA1, BETA2, EPSILON, DECAY = 1e-3, 0.9, 0.999, 1e-8, 0.01


# ---- Models ---------------------------------------------------------------------------------------------------------


def map_tree(function, tree, *others):
    if isinstance(tree, dict):
        return {key: map_tree(function, value, *(other[key] for other in others)) for key, value in tree.items()}
    return function(tree, *others)


def linear(rng, inputs, outputs):
    bound = 1 / math.sqrt(inputs)
    return lambda: rng.uniform(-bound, bound, (outputs, inputs)).astype("float32")


def constant(value, *shape):
    def make():
        import numpy as np

        return np.full(shape, value, "float32")

    return make


def cross_entropy(m, logits, labels):
    picked = m.take_along_axis(logits, m.expand_dims(labels, -1), axis=-1)
    return m.mean(m.logsumexp(logits, axis=-1) - m.squeeze(picked, -1))


class Digits:
    """The multilayer perceptron of the digits demo."""

    name, sizes, batch = "digits MLP, 64-256-256-10, batch 64", (64, 256, 256, 10), 64

    def parameters(self, rng):
        layers = list(zip(self.sizes, self.sizes[1:]))
        weights = {f"w{i}": linear(rng, a, b) for i, (a, b) in enumerate(layers)}
        return {**weights, **{f"b{i}": constant(0.0, b) for i, (_, b) in enumerate(layers)}}

    def data(self, rng):
        x = rng.random((self.batch, self.sizes[0]), dtype="float32")
        return x, rng.integers(0, self.sizes[-1], self.batch).astype("int32")

    def loss(self, m, p, x, y):
        for i in range(len(self.sizes) - 1):
            x = m.matmul(x, m.transpose(p[f"w{i}"])) + p[f"b{i}"]
            if i < len(self.sizes) - 2:
                x = m.maximum(x, 0.0)
        return cross_entropy(m, x, y)

    def products(self):
        """The matrix products of a step as shapes and whether the operands come transposed: ((a), ta, (b), tb)."""
        out = []
        for i, (a, b) in enumerate(zip(self.sizes, self.sizes[1:])):
            n = self.batch
            out += linear_products(n, a, b, needs_input=i > 0)
        return out


def linear_products(rows, inputs, outputs, needs_input=True):
    """Forward x @ w.T, then w's gradient g.T @ x and x's gradient g @ w."""
    x, w, g = (rows, inputs), (outputs, inputs), (rows, outputs)
    return [(x, False, w, True), (g, True, x, False)] + ([(g, False, w, False)] if needs_input else [])


class Transformer:
    """A decoder with learnt positions, layer norms before each part, GELU, and an output layer of its own."""

    name = "transformer, 4 layers of 256, batch 4 x 128, vocabulary 2048"
    layers, width, heads, batch, length, vocabulary = 4, 256, 4, 4, 128, 2048

    def parameters(self, rng):
        d, v = self.width, self.vocabulary
        table = lambda n: lambda: (rng.standard_normal((n, d)) * 0.02).astype("float32")  # noqa: E731
        one, zero = constant(1.0, d), constant(0.0, d)
        tree = {"tokens": table(v), "positions": table(self.length), "scale": one, "shift": zero}
        for i in range(self.layers):
            tree[f"layer{i}"] = {
                **{"scale1": one, "shift1": zero, "scale2": one, "shift2": zero},
                **{k: linear(rng, d, d) for k in ("query", "key", "value", "out")},
                **{"up": linear(rng, d, 4 * d), "up_bias": constant(0.0, 4 * d)},
                **{"down": linear(rng, 4 * d, d), "down_bias": zero},
            }
        return {**tree, "logits": linear(rng, d, v)}

    def data(self, rng):
        tokens = rng.integers(0, self.vocabulary, (self.batch, self.length + 1)).astype("int32")
        return tokens[:, :-1].copy(), tokens[:, 1:].copy()

    def norm(self, m, x, scale, shift):
        x = x - m.mean(x, axis=-1, keepdims=True)
        return x * m.rsqrt(m.mean(x * x, axis=-1, keepdims=True) + 1e-5) * scale + shift

    def attention(self, m, p, x):
        n, t, d = self.batch, self.length, self.width
        q, k, v = (
            m.transpose(m.reshape(m.matmul(x, m.transpose(p[name])), (n, t, self.heads, d // self.heads)), (0, 2, 1, 3))
            for name in ("query", "key", "value")
        )
        scores = m.matmul(q * (self.heads / d) ** 0.5, m.transpose(k, (0, 1, 3, 2)))
        causal = m.expand_dims(m.arange(t), 1) >= m.arange(t)
        weights = m.softmax(m.where(causal, scores, -1e9), axis=-1)
        mixed = m.reshape(m.transpose(m.matmul(weights, v), (0, 2, 1, 3)), (n, t, d))
        return m.matmul(mixed, m.transpose(p["out"]))

    def loss(self, m, p, x, y):
        h = m.take(p["tokens"], x, axis=0) + p["positions"]
        for i in range(self.layers):
            q = p[f"layer{i}"]
            h = h + self.attention(m, q, self.norm(m, h, q["scale1"], q["shift1"]))
            u = m.matmul(self.norm(m, h, q["scale2"], q["shift2"]), m.transpose(q["up"])) + q["up_bias"]
            u = u * (1 + m.erf(u * 0.5**0.5)) * 0.5
            h = h + m.matmul(u, m.transpose(q["down"])) + q["down_bias"]
        return cross_entropy(m, m.matmul(self.norm(m, h, p["scale"], p["shift"]), m.transpose(p["logits"])), y)

    def products(self):
        rows, d, t = self.batch * self.length, self.width, self.length
        q, s = (self.batch, self.heads, t, d // self.heads), (self.batch, self.heads, t, t)
        layer = 4 * linear_products(rows, d, d) + linear_products(rows, d, 4 * d) + linear_products(rows, 4 * d, d)
        # Scores q @ k.T and weights @ v, then the gradients of both operands of each.
        layer += [(q, False, q, True), (s, False, q, False), (q, False, q, True), (s, True, q, False)]
        layer += [(s, False, q, False), (s, True, q, False)]
        return self.layers * layer + linear_products(rows, d, self.vocabulary)


MODELS = {"digits": Digits(), "transformer": Transformer()}


def make_step(model, m, value_and_grad):
    """One step of AdamW: (parameters, moments, x, y) to the new ones and the loss."""

    def update(p, g, mean, square):
        mean = BETA1 * mean + (1 - BETA1) * g
        square = BETA2 * square + (1 - BETA2) * g * g
        return p * (1 - RATE * DECAY) - RATE * mean / (m.sqrt(square) + EPSILON), mean, square

    def step(parameters, moments, x, y):
        loss, grads = value_and_grad(lambda p: model.loss(m, p, x, y))(parameters)
        new = map_tree(update, parameters, grads, moments["mean"], moments["square"])
        pick = lambda tree, i: {k: pick(v, i) if isinstance(v, dict) else v[i] for k, v in tree.items()}  # noqa: E731
        return pick(new, 0), {"mean": pick(new, 1), "square": pick(new, 2)}, loss

    return step


# ---- One contestant in its process ----------------------------------------------------------------------------------


def memory(key):
    """Kilobytes of a line of /proc/self/status: VmRSS now, VmHWM the most so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no line {key}")


class MlxLike:
    def __init__(self, name):
        if name == "cermet":
            import cermet.core as mx
        else:
            import mlx.core as mx
        self.mx, self.namespace, self.value_and_grad = mx, mx, mx.value_and_grad
        self.array, self.finish, self.cermet = mx.array, mx.eval, name == "cermet"

    def zeros(self, x):
        return self.mx.zeros(x.shape, dtype=self.mx.float32)

    def compile(self, function):
        return self.mx.compile(function)

    def product(self, ta, tb):
        mx = self.mx
        swap = lambda x, t: mx.swapaxes(x, -1, -2) if t else x  # noqa: E731
        return mx.compile(lambda a, b: mx.matmul(swap(a, ta), swap(b, tb)))


class Jax:
    def __init__(self):
        import jax
        import jax.numpy as jnp

        members = {name: getattr(jnp, name) for name in dir(jnp) if name[0] != "_"}
        self.jax, self.jnp, self.cermet, self.value_and_grad = jax, jnp, False, jax.value_and_grad
        self.namespace = SimpleNamespace(**members)
        self.namespace.rsqrt, self.namespace.erf = jax.lax.rsqrt, jax.scipy.special.erf
        self.namespace.softmax, self.namespace.logsumexp = jax.nn.softmax, jax.nn.logsumexp
        self.array = jnp.array

    def zeros(self, x):
        return self.jnp.zeros(x.shape, "float32")

    def compile(self, function):
        return self.jax.jit(function, donate_argnums=(0, 1))

    def finish(self, *values):
        self.jax.block_until_ready(values)

    def product(self, ta, tb):
        jnp = self.jnp
        swap = lambda x, t: jnp.swapaxes(x, -1, -2) if t else x  # noqa: E731
        return self.jax.jit(lambda a, b: jnp.matmul(swap(a, ta), swap(b, tb)))


class Training:
    """A framework and one of the models in training; each method answers a dict of figures."""

    def __init__(self, framework, model, compiled):
        import numpy as np

        self.framework = Jax() if framework == "jax" else MlxLike(framework)
        self.after_import = memory("VmRSS")
        rng = np.random.default_rng(7)
        self.model, self.traces = MODELS[model], 0
        self.parameters = map_tree(lambda make: self.framework.array(make()), self.model.parameters(rng))
        zeros = lambda: map_tree(self.framework.zeros, self.parameters)  # noqa: E731
        self.moments = {"mean": zeros(), "square": zeros()}
        self.batch = [self.framework.array(values) for values in self.model.data(rng)]
        self.framework.finish(self.parameters, self.moments, *self.batch)
        step = make_step(self.model, self.framework.namespace, self.framework.value_and_grad)

        def counted(*arguments):
            self.traces += 1
            return step(*arguments)

        self.step = self.framework.compile(counted) if compiled else counted
        begin = time.perf_counter()
        self.run()
        self.first = time.perf_counter() - begin

    def run(self):
        self.parameters, self.moments, self.loss = self.step(self.parameters, self.moments, *self.batch)
        self.framework.finish(self.parameters, self.moments, self.loss)

    def describe(self):
        """What one step does, and the loss after ten: equal everywhere to rounding."""
        for _ in range(8):
            self.run()
        counters = self.launches()
        self.run()
        made = [b - a for a, b in zip(counters, self.launches())]
        figures = {"first": self.first, "loss": float(self.loss.item()), "traces": self.traces}
        return {**figures, "kernels": made[0], "calls": made[1]} if made else figures

    def launches(self):
        if not self.framework.cermet:
            return []
        core = self.framework.mx._core
        return [core.kernels_launched(), core.library_calls_made()]

    def measure(self, seconds):
        samples, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or len(samples) < 3:
            begin = time.perf_counter()
            self.run()
            samples.append(time.perf_counter() - begin)
        return {"samples": samples}

    def products(self, seconds):
        """Seconds that the step's matrix products take, each measured alone: the sum of their least times."""
        import numpy as np

        rng, finish, known, total = np.random.default_rng(3), self.framework.finish, {}, 0.0
        shapes = self.model.products()
        for a_shape, ta, b_shape, tb in shapes:
            key = (a_shape, ta, b_shape, tb)
            if key not in known:
                a, b = (self.framework.array(rng.standard_normal(s, dtype="float32")) for s in (a_shape, b_shape))
                finish(a, b)
                known[key] = least(self.framework.product(ta, tb), (a, b), finish, seconds / len(set(shapes)))
            total += known[key]
        return {"products": total, "count": len(shapes)}

    def peak(self):
        for _ in range(4):
            self.run()
        return {"peak": (memory("VmHWM") - self.after_import) * 1024}


def least(function, arguments, finish, seconds):
    """The least time of a call, in batches of about a millisecond that end in one wait each."""
    finish(function(*arguments))
    begin = time.perf_counter()
    finish(function(*arguments))
    batch = max(1, int(1e-3 / (time.perf_counter() - begin)))
    best, end = math.inf, time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        for _ in range(batch):
            finish(function(*arguments))
        best = min(best, (time.perf_counter() - begin) / batch)
    return best


def measure_lengths():
    """The digits network in Cermet's modules, its step shapeless: batches of 100 lengths, over and over; then of 64."""
    from functools import partial

    import numpy as np

    import cermet.core as mx
    import cermet.nn as nn
    import cermet.optimizers as optim

    sizes, rng, traces = Digits.sizes, np.random.default_rng(7), []
    layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), nn.ReLU())][:-1]
    model, optimizer = nn.Sequential(*layers), optim.AdamW(RATE)
    optimizer.init(model.trainable_parameters())
    state = [model.state, optimizer.state]

    def loss(x, y):
        return nn.losses.cross_entropy(model(x), y, reduction="mean")

    @partial(mx.compile, inputs=state, outputs=state, shapeless=True)
    def step(x, y):
        traces.append(x.shape)
        value, grads = nn.value_and_grad(model, loss)(x, y)
        optimizer.update(model, grads)
        return value

    def train(count):
        x = mx.array(rng.random((count, sizes[0]), dtype="float32"))
        y = mx.array(rng.integers(0, sizes[-1], count).astype("int32"))
        mx.eval(step(x, y), state)
        return x, y

    for count in 3 * list(range(101, 1, -1)):  # until the allocator has blocks of all sizes
        train(count)
    before = memory("VmRSS")
    for count in range(2, 102):
        train(count)
    growth = (memory("VmRSS") - before) * 1024
    x, y = train(Digits.batch)
    seconds = least(lambda: step(x, y), (), lambda value: mx.eval(value, state), 1.0)
    return {"traces": len(traces), "growth": growth, "least": seconds}


def serve():
    """Reads a command a line (JSON) and answers a line."""
    answers, training = sys.stdout, None
    sys.stdout = sys.stderr
    for line in sys.stdin:
        command = json.loads(line)
        name = command.pop("do")
        try:
            if name == "start":
                training, answer = Training(**command), {}
            elif name == "lengths":
                answer = measure_lengths()
            else:
                answer = getattr(training, name)(**command)
        except Exception as error:  # the run goes on without this contestant
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


# ---- The run --------------------------------------------------------------------------------------------------------


class Contestant:
    def __init__(self, label, framework, compiled, python, env):
        self.label, self.framework, self.compiled = label, framework, compiled
        self.python, self.env, self.process = python, {**os.environ, **env}, None

    def start(self, model, **env):
        self.open(env)
        return self.ask("start", framework=self.framework, model=model, compiled=self.compiled)

    def open(self, env):
        self.process = subprocess.Popen(
            [self.python, __file__, "--serve"],
            env={**self.env, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command, **arguments):
        try:
            self.process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"{self.label}: the process ended"}

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None


def contestants(peers):
    build = Path(os.environ.get("CERMET_BUILD", ROOT / "build" / "release"))
    own = {"PYTHONPATH": os.pathsep.join([str(build / "python"), os.environ.get("PYTHONPATH", "")])}
    out = [Contestant("compiled", "cermet", True, sys.executable, own)]
    out += [Contestant("uncompiled", "cermet", False, sys.executable, own)]
    python = PEERS / "bin" / "python"
    if peers and python.exists():
        # Settings for old OpenBLAS builds would slow a current NumPy.
        plain = {"OPENBLAS_CORETYPE": "", "OPENBLAS_L2_SIZE": "", "PYTHONPATH": ""}
        out += [Contestant(name, name, True, str(python), plain) for name in ("jax", "mlx")]
    return out


def peak_of(contestant, model):
    """Peak bytes over the import in a fresh process: for Cermet with the kernels on disk, and with an empty cache."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        states = ["peak_cold", "peak"] if contestant.framework == "cermet" else ["peak"]
        for state in states:
            answer = contestant.start(model, CERMET_CACHE_DIR=folder)
            answer = answer if "error" in answer else contestant.ask("peak")
            contestant.close()
            figures[state] = answer.get("peak")
    return figures


def measure(model, options):
    results, alive = {}, []
    for contestant in contestants(options.peers):
        figures = peak_of(contestant, model)
        answer = contestant.start(model)
        answer = answer if "error" in answer else contestant.ask("describe")
        if "error" in answer:
            print(f"{contestant.label} is left out: {answer['error']}", file=sys.stderr)
            contestant.close()
            continue
        results[contestant.label] = {**answer, **figures, "samples": []}
        alive.append(contestant)
    for _ in range(options.rounds):
        for contestant in alive:
            answer = contestant.ask("measure", seconds=options.seconds)
            results[contestant.label]["samples"] += answer.get("samples", [])
            if contestant.framework == "cermet" and contestant.compiled:
                alone = contestant.ask("products", seconds=options.seconds)
                best = results[contestant.label].get("products", math.inf)
                results[contestant.label]["products"] = min(best, alone["products"])
    for contestant in alive:
        contestant.close()
    return results


def lengths():
    own = contestants(False)[0]
    own.open({})
    answer = own.ask("lengths")
    own.close()
    return answer


def summarise(results):
    import statistics

    for figures in results.values():
        samples = figures.pop("samples")
        figures["least"], figures["median"] = min(samples), statistics.median(samples)
    return results


def megabytes(value):
    return "-" if value is None else f"{value / 1e6:.0f} MB"


def show(model, results):
    import table

    own, lines = results["compiled"], []
    for label, r in results.items():
        peak = megabytes(r.get("peak")) + (f" ({megabytes(r['peak_cold'])})" if "peak_cold" in r else "")
        launches = f"{r['kernels']} + {r['calls']}" if "kernels" in r else "-"
        share = table.ratio(r["least"] / own["least"])
        traces = r["traces"] if label != "uncompiled" else "-"
        cells = [table.seconds(r[k]) for k in ("least", "median", "first")]
        lines.append([label, *cells, share, traces, launches, peak, f"{r['loss']:.4f}"])
    alone = own["products"]
    outside = 1 - alone / own["least"]
    notes = [
        f"matrix products of the step alone: {table.seconds(alone)}; compiled over them: "
        f"{table.ratio(own['least'] / alone)}; share of time outside of them: {outside * 100:.0f} %",
        "kernels + library calls of one step; in parentheses: peak memory where no kernel was on disk yet",
    ]
    header = ["", "least", "median", "first call", "over compiled", "traces", "launches", "peak memory", "loss"]
    print(table.render(f"\n{MODELS[model].name}", header, lines, notes), flush=True)


def bars(report):
    """Yields (what, figure, bar, met)."""
    import table

    if found := report.get("lengths"):
        yield "100 batch lengths, shapeless: traces", str(found["traces"]), "1", found["traces"] == 1
        growth = found["growth"]
        yield "the same: growth of memory in a pass", f"+{growth / 1e3:.0f} kB", "1 MB or less", growth <= 1e6
    for model in MODELS:
        if model not in report:
            continue
        results, short = report[model], model
        own = results["compiled"]
        if model == "digits":
            ratio = own["least"] / own["products"]
            yield f"{short}: step over its products", table.ratio(ratio), "1.5x or less", ratio <= 1.5
        yield f"{short}: traces", str(own["traces"]), "1", own["traces"] == 1
        for label, other in results.items():
            if label == "compiled":
                continue
            if label != "uncompiled":
                ratio = own["least"] / other["least"]
                yield f"{short}: step over {label}'s", table.ratio(ratio), "below 1x", ratio < 1
            if model == "transformer" and own.get("peak") and other.get("peak"):
                ratio = own["peak"] / other["peak"]
                yield f"{short}: peak memory over {label}'s", table.ratio(ratio), "below 1x", ratio < 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="Cermet alone")
    parser.add_argument("--rounds", type=int, default=5, help="turns that each contestant gets")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a turn lasts")
    parser.add_argument("--quick", action="store_true", help="two turns of 0.3 s")
    parser.add_argument("--json", type=Path, help="where the figures go")
    options = parser.parse_args()
    if options.serve:
        return serve()
    if options.quick:
        options.rounds, options.seconds = 2, 0.3
    import table

    report = {}
    for model in options.models:
        report[model] = summarise(measure(model, options))
        show(model, report[model])
    report["lengths"] = lengths()
    if "error" in report["lengths"]:
        print(f"lengths: {report.pop('lengths')['error']}", file=sys.stderr)
    else:
        print(f"digits in modules, shapeless, batch 64: {table.seconds(report['lengths']['least'])} a step")
    lines = [[what, figure, bar, "met" if met else "MISSED"] for what, figure, bar, met in bars(report)]
    print(table.render("\nBars of training", ["", "measured", "bar", ""], lines))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))
    gc.collect()
    return None


if __name__ == "__main__":
    main()
