"""Seconds of the first call of a compiled GELU in this fresh process, as JSON: the process itself is the experiment."""

import json
import sys
import time

import numpy as np
import workloads
from worker import make_framework


def main():
    framework = make_framework(sys.argv[1])
    x = framework.array(np.linspace(-3, 3, 4096, dtype=np.float32).reshape(1, 4096), "float32")
    function = framework.compile(lambda x: workloads.gelu(framework.namespace, x))
    begin = time.perf_counter()
    framework.finish(function(x))
    print(json.dumps({"first": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
