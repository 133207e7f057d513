"""What all Python tests share: counting kernels, and a fresh seed."""

import pytest

import cermet.core as mx


class KernelCounter:
    """Kernels launched since the last call."""

    def __init__(self):
        self.last = mx.kernels_launched()

    def __call__(self):
        now = mx.kernels_launched()
        launched, self.last = now - self.last, now
        return launched


@pytest.fixture
def kernels():
    return KernelCounter()


@pytest.fixture(autouse=True)
def seeded():
    mx.random.seed(0)
    mx.enable_compile()
