"""Every example runs to its end on small settings, says sensible numbers and saves its picture."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples"


def run(name, folder, *options):
    """The example's output; `folder` gets its pictures."""
    command = [sys.executable, FOLDER / f"{name}.py", "--output", folder, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def require_picture(path):
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 5_000


@pytest.fixture(autouse=True)
def packages():
    for package in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(package)


def test_digits_trains_alike_compiled_and_uncompiled_with_one_trace(tmp_path):
    text = run("digits", tmp_path, "--epochs", "4")
    gap = float(re.search(r"differ by at most (\S+)", text).group(1))
    assert gap < 1e-3
    accuracies = [float(value) for value in re.findall(r"accuracy ([\d.]+)%", text)]
    assert len(accuracies) == 2
    assert min(accuracies) > 85
    assert "traces: 1," in text
    require_picture(tmp_path / "digits_losses.png")


def test_characters_learns_and_writes_with_one_trace_a_function(tmp_path):
    small = ["--steps", "30", "--width", "32", "--characters", "20000", "--generate", "40", "--layers", "1"]
    text = run("characters", tmp_path, *small)
    before, after = (float(value) for value in re.search(r"loss ([\d.]+) -> ([\d.]+)", text).groups())
    assert after < before - 0.5
    assert "def " in text
    require_picture(tmp_path / "characters_loss.png")


def test_cnn_reads_most_digits_after_two_epochs(tmp_path):
    text = run("cnn", tmp_path, "--epochs", "3", "--channels", "8")
    assert float(re.search(r"accuracy ([\d.]+)%", text).group(1)) > 60
    require_picture(tmp_path / "cnn_mistakes.png")


def test_vae_bounds_the_evidence_better_than_a_coin(tmp_path):
    text = run("vae", tmp_path, "--epochs", "10")
    assert float(re.search(r"digits ([\d.]+) nats", text).group(1)) < 64 * 0.6931
    require_picture(tmp_path / "vae_samples.png")


def test_pendulum_finds_the_parameters_with_one_trace(tmp_path):
    text = run("pendulum", tmp_path, "--iterations", "12")
    pairs = [(float(a), float(b)) for a, b in re.findall(r"true ([\d.]+) .*found ([\d.]+)", text)]
    assert len(pairs) == 3
    for true, found in pairs:
        assert abs(found - true) < 0.05
    assert "1 trace" in text
    require_picture(tmp_path / "pendulum_fit.png")
