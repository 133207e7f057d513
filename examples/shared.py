"""What the examples share: data that needs no download, progress bars, pictures."""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm


def arguments(description, **defaults):
    """A command line with an option for each default, `--seed` and `--output` (a folder for pictures)."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in {"seed": 0, **defaults}.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help=f"[{default}]")
    parser.add_argument("--output", type=Path, default=Path("examples_output"), help="folder for pictures")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    return options


def progress(iterable, title, **keywords):
    """A progress bar on a terminal; nothing elsewhere, so that logs stay short."""
    shown = sys.stderr.isatty() or "EXAMPLES_PROGRESS" in os.environ
    return tqdm(iterable, desc=title, disable=not shown, **keywords)


def digits(seed, held_out=297):
    """scikit-learn's 1,797 scanned digits, 8 x 8, shuffled: (train x, train y), (test x, test y); x in [0, 1]."""
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(seed).permutation(len(data.target))
    x = (data.data[order] / 16).astype(np.float32)
    y = data.target[order].astype(np.uint32)
    return (x[held_out:], y[held_out:]), (x[:held_out], y[:held_out])


def batches(rng, size, *arrays):
    """One pass over the rows of `arrays` in random order; what is left over after the last whole batch is dropped."""
    order = rng.permutation(len(arrays[0]))
    for begin in range(0, len(order) - size + 1, size):
        rows = order[begin : begin + size]
        yield tuple(array[rows] for array in arrays)


def figure(**keywords):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt.subplots(**keywords, layout="constrained")


def save(picture, path):
    picture.savefig(path, dpi=150)
    print(f"picture: {path}")
