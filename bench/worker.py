"""One framework in one process: reads a command a line (JSON) on stdin, answers a line on stdout.

run.py keeps a worker a framework alive and asks them in turn, so that every row is measured side by side."""

import gc
import json
import sys
import time
from types import SimpleNamespace

import everyday
import workloads


class CermetFramework:
    """Cermet, or MLX, which has the same API."""

    def __init__(self, name):
        if name == "cermet":
            import cermet.core as mx
        else:
            import mlx.core as mx
        self.mx, self.name, self.namespace, self.everyday = mx, name, workloads.mlx_like(mx), mx
        self.finish = mx.eval

    def array(self, values, dtype=None):
        x = self.mx.array(values)
        if dtype:
            x = x.astype(getattr(self.mx, dtype))
        self.mx.eval(x)
        return x

    def compile(self, function):
        return self.mx.compile(function)

    def kernels(self):
        return self.mx._core.kernels_launched() if self.name == "cermet" else None


class JaxFramework:
    def __init__(self):
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp, self.namespace = jax, jnp, workloads.jax_like()
        self.everyday = SimpleNamespace(jax=jax, **{name: getattr(jnp, name) for name in dir(jnp) if name[0] != "_"})

    def array(self, values, dtype=None):
        return self.jnp.asarray(values, dtype=dtype).block_until_ready()

    def compile(self, function):
        return self.jax.jit(function)

    def finish(self, y):
        y.block_until_ready()

    def kernels(self):
        return None


class NumpyFramework:
    def __init__(self):
        import numpy as np

        self.namespace = workloads.numpy_like()
        members = {name: getattr(np, name) for name in dir(np) if name[0] != "_"}
        self.everyday = SimpleNamespace(generator=np.random.default_rng(3), **members)

    def array(self, values, dtype=None):
        if dtype not in (None, "float32"):
            raise ValueError(f"NumPy has no {dtype}")
        return values

    def compile(self, function):
        return function

    def finish(self, y):
        pass

    def kernels(self):
        return None


def make_framework(name):
    if name in ("cermet", "mlx"):
        return CermetFramework(name)
    return JaxFramework() if name == "jax" else NumpyFramework()


class Worker:
    def __init__(self, name):
        self.framework, self.framework_name = make_framework(name), name
        self.x = self.function = None

    def setup(self, workload, dtype, elements, compiled):
        """Makes the input and runs the function once; answers that first call's seconds and its kernels."""
        import numpy as np

        body, namespace = workloads.WORKLOADS[workload], self.framework.namespace
        self.function = lambda x: body(namespace, x)
        if compiled:
            self.function = self.framework.compile(self.function)
        values = np.random.default_rng(7).random(workloads.shape_of(workload, elements), dtype=np.float32) * 6 - 3
        self.x = self.framework.array(values, dtype)
        return self.first_runs()

    def setup_everyday(self, name, compiled):
        """The same for a row of everyday.py."""
        import numpy as np

        row = everyday.ROWS[name]
        body = row.function(self.framework_name, self.framework.everyday)
        if body is None or (compiled and not row.compiled):
            return {"error": "not a row of this framework"}
        if compiled:
            body = self.framework.compile(body)
        inputs = [self.framework.array(values) for values in row.inputs(np.random.default_rng(7))]
        self.function, self.x = (lambda _: body(*inputs)), None
        return self.first_runs()

    def first_runs(self):
        begin = time.perf_counter()
        self.framework.finish(self.function(self.x))
        first = time.perf_counter() - begin
        before = self.framework.kernels()
        begin = time.perf_counter()
        self.framework.finish(self.function(self.x))
        self.once = time.perf_counter() - begin
        return {"first": first, "kernels": None if before is None else self.framework.kernels() - before}

    def measure(self, seconds):
        """Seconds a call, one sample a batch of about two milliseconds."""
        function, finish, x = self.function, self.framework.finish, self.x
        batch = max(1, int(0.002 / max(self.once, 1e-7)))
        samples, total = [], 0.0
        while not samples or total < seconds:
            begin = time.perf_counter()
            for _ in range(batch):
                finish(function(x))
            spent = time.perf_counter() - begin
            samples.append(spent / batch)
            total += spent
        self.once = min(samples)
        return {"samples": samples}

    def overhead(self, seconds):
        """Seconds a call on a hit without evaluating the result, which is dropped."""
        function, x = self.function, self.x
        samples, total = [], 0.0
        while total < seconds:  # JAX and an uncompiled Cermet do real work here: that is their call
            begin = time.perf_counter()
            for _ in range(1000):
                function(x)
            spent = time.perf_counter() - begin
            samples.append(spent / 1000)
            total += spent
        return {"samples": samples}

    def drop(self):
        self.x = self.function = None
        gc.collect()
        return {}


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a framework prints must not be taken for an answer
    worker = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            name = command.pop("do")
            if name == "start":
                worker = Worker(**command)
                answer = {}
            else:
                answer = getattr(worker, name)(**command)
        except Exception as error:  # the run goes on without this row
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
