"""What a process loads and compiles: counted, not timed."""

import json
import os
import subprocess
import sys

import pytest


def run(code, cache, **env):
    code += "\nimport json, sys; print(json.dumps(result))"
    environment = {**os.environ, "CERMET_CACHE_DIR": str(cache), **env}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


MAPS = """
import sys
import cermet.core as mx
maps = open("/proc/self/maps").read()
"""


def test_import_is_light(tmp_path):
    result = run(
        MAPS
        + """
result = {"libraries": [n for n in ("libLLVM", "libdnnl", "openblas", "libcuda") if n in maps],
          "modules": [n for n in ("numpy", "importlib.metadata", "inspect", "dataclasses") if n in sys.modules]}
""",
        tmp_path,
    )
    assert result == {"libraries": [], "modules": []}


FIRST = """
import cermet.core as mx
mx.eval(mx.exp(mx.array([1.0, 2.0])), mx.sum(mx.array([1.0, 2.0])))
result = mx.kernel_cache_statistics()
"""


def test_a_warm_disk_cache_needs_no_llvm(tmp_path):
    cold = run(FIRST, tmp_path, CERMET_PREBUILT="none")
    assert cold["compiled"] >= 2 and cold["llvm_loaded"]
    warm = run(FIRST, tmp_path, CERMET_PREBUILT="none")
    assert warm["compiled"] == 0 and not warm["llvm_loaded"] and warm["disk_hits"] == cold["compiled"]


def test_prebuilt_kernels_need_neither_llvm_nor_the_disk(tmp_path):
    found = run(FIRST, tmp_path / "empty")
    if found["prebuilt_hits"] == 0:
        pytest.skip("this build has no prebuilt kernels of its own (cmake --build ... --target prebuilt)")
    assert found["compiled"] == 0 and not found["llvm_loaded"]
    assert not (tmp_path / "empty").exists()


def test_long_chains_with_distinct_constants_share_kernels(tmp_path):
    counts = []
    for n in (1_000, 4_000):
        counts.append(
            run(
                f"""
import cermet.core as mx
def f(x):
    for k in range({n}):
        x = x * (1 - 1e-4 * (k % 50 + 1)) if k % 2 else x + 0.001 * (k + 1)
    return x
x = mx.array([0.5] * 16)
mx.eval(x)
before = mx.kernel_cache_statistics()["compiled"]
y = mx.compile(f)(x)
mx.eval(y)
result = [mx.kernel_cache_statistics()["compiled"] - before, bool(mx.array_equal(y, f(x)))]
""",
                tmp_path / str(n),
                CERMET_PREBUILT="none",
            )
        )
    assert all(equal for _, equal in counts)
    assert counts[1][0] <= counts[0][0] + 2 <= 8
