// Attention as ordinary array operations, with the matrix of scores in memory: what derivatives of derivatives are made
// from, and float64.
#pragma once

#include <cermet/array.h>

#include <span>

#include "graph/ops/attention.h"

namespace cermet {

/// The value of graph::AttentionArguments::call("attention") on these inputs (graph/ops/attention.h).
array plain_attention(const graph::AttentionArguments& given, std::span<const array> inputs);

}  // namespace cermet
