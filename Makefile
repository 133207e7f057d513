# The one front door. Every target does its own set-up: `make test` works from a fresh clone on Debian 12.
JOBS ?= $(shell nproc)
PRESET ?= release
BUILD := build/$(PRESET)
PYTHON ?= python3
TARGETS := all
PYTHON_TESTS := $(wildcard tests/python tests/differential)
export PYTHONPATH := $(CURDIR)/$(BUILD)/python

.PHONY: help setup build demo test bench charts reference sanitize format clean

help:
	@echo "make build     install what is missing, build into $(BUILD)"
	@echo "make demo      what compile is worth on this machine: a table, then a classifier trained on scanned digits"
	@echo "make test      build, then every test: C++, Python, layers, format"
	@echo "make bench     the tables of bench/, JSON beside (PEERS=1: NumPy, JAX and MLX in the same run)"
	@echo "make charts    the pictures of the README from the newest report of make bench PEERS=1"
	@echo "make reference writes docs/reference/ and the type stubs from the op tables"
	@echo "make sanitize  the C++ tests under address and undefined-behaviour sanitizers, then thread sanitizer"
	@echo "make format    format C++ and Python sources"
	@echo "make clean     remove build/ and .venv"
	@echo "After a build: .venv/bin/python imports cermet; JOBS=$(JOBS) sets the compile jobs."

setup: .venv/.complete
	@tools/install_packages.sh

.venv/.complete: tools/requirements.txt
	@tools/install_packages.sh
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

# Writing the .pth makes .venv's Python see the package without any environment variable.
build: setup
	@mkdir -p build
	@cmake --preset $(PRESET) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@nice cmake --build $(BUILD) -j $(JOBS) --target $(TARGETS)
	@test $(PRESET) != release || test -e $(BUILD)/libcermet.kernels || nice cmake --build $(BUILD) --target prebuilt
	@echo "$(CURDIR)/$(BUILD)/python" > "$$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/cermet.pth"

demo: TARGETS := _core cermet_yardstick prebuilt
demo: build
	@.venv/bin/python examples/demo.py
	@echo
	@.venv/bin/python examples/digits.py --output build/demo

test: build
	@tools/check_format.sh
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)
	$(if $(PYTHON_TESTS),.venv/bin/python -m pytest -q $(PYTHON_TESTS))

bench: TARGETS := _core cermet_yardstick bench_call prebuilt
bench: build
	$(if $(PEERS),@tools/install_packages.sh bench/peer_packages.txt)
	@.venv/bin/python bench/run.py $(if $(PEERS),--peers) $(BENCH_ARGS)
	@.venv/bin/python bench/start.py
	@.venv/bin/python bench/training.py $(if $(PEERS),,--no-peers)
	@.venv/bin/python bench/decode.py
	$(if $(PEERS),@build/peers/bin/python bench/decode.py --peer mlx)
	@.venv/bin/python bench/training.py $(if $(PEERS),,--no-peers)

# The reference pages and the type stubs, from the tables of the built package.
reference: build
	@.venv/bin/python tools/make_reference.py

# From a report with peers: the newest, or REPORT=file.
charts: REPORT ?= $(firstword $(shell ls -t bench/results/*.json))
charts:
	@build/peers/bin/python bench/charts.py $(REPORT) docs/images

# What threads share; ThreadSanitizer does not survive a fork of a process with threads.
THREAD_TESTS := runtime:(ThreadPool|Buffer|KernelCache)|exec:(Evaluation|Program)|transforms:Compile
THREAD_EXCEPT := Fork|Process|Million|TenThousand
# Without leak detection: its scan of running threads fails at random once LLVM was opened. Growth has tests of its own.
sanitize: export ASAN_OPTIONS := detect_leaks=0
sanitize: export UBSAN_OPTIONS := halt_on_error=1:print_stacktrace=1
sanitize: setup
	@mkdir -p build
	@cmake --preset sanitize > build/sanitize.log 2>&1 || { cat build/sanitize.log; exit 1; }
	nice cmake --build build/sanitize -j $(JOBS)
	ctest --test-dir build/sanitize --output-on-failure -j $(JOBS) -LE repository
	@cmake --preset thread > build/thread.log 2>&1 || { cat build/thread.log; exit 1; }
	nice cmake --build build/thread -j $(JOBS) --target test_runtime test_exec test_transforms
	ctest --test-dir build/thread --output-on-failure -j $(JOBS) -R "$(THREAD_TESTS)" -E "$(THREAD_EXCEPT)"

format: setup
	@tools/check_format.sh --fix

clean:
	rm -rf build .venv
