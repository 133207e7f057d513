"""The examples of docs/memory.md do what the page says."""

import doctest
import pathlib

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "memory.md"


def test_examples():
    text = PAGE.read_text().replace("```", "")
    example = doctest.DocTestParser().get_doctest(text, {}, "memory.md", str(PAGE), 0)
    failures = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(example, out=failures.append)
    assert len(example.examples) > 20
    assert runner.failures == 0, "".join(failures)
