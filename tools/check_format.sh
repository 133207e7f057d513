#!/bin/sh
# Formats the sources (`check_format.sh --fix`) or fails where they are not formatted.
set -eu
cd "$(dirname "$0")/.."
mode="--dry-run --Werror"
ruff_format="--check"
ruff_lint=""
if [ "${1:-}" = "--fix" ]; then
  mode="-i"
  ruff_format=""
  ruff_lint="--fix"
fi
# shellcheck disable=SC2086  # options on purpose
find src include tests tools bench examples python/src -name '*.h' -o -name '*.cpp' | sort | xargs -r clang-format $mode
# shellcheck disable=SC2086
.venv/bin/ruff format --quiet $ruff_format .
# shellcheck disable=SC2086
.venv/bin/ruff check --quiet $ruff_lint .
echo "C++ and Python sources are formatted"
