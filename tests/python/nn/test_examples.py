"""The examples in docstrings do what they say."""

import doctest
import importlib
import pkgutil

import pytest

import cermet.core as mx
import cermet.nn as nn
from cermet.utils import tree_flatten

modules = ["cermet.nn", *(m.name for m in pkgutil.walk_packages(nn.__path__, "cermet.nn."))]


@pytest.mark.parametrize("name", modules)
def test_examples(name):
    module = importlib.import_module(name)
    names = {"mx": mx, "nn": nn, "tree_flatten": tree_flatten}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder(recurse=True).find(module, globs=names):
        result = runner.run(example)
        assert not result.failed, example.name
