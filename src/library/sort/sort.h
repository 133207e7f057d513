// Sorting, partitioning and searching: the run functions of the library calls of graph/ops/sort.h.
#pragma once

#include "library/library.h"

namespace cermet::library {

void run_sort(const Primitive& call, std::span<const Operand> operands);
void run_argsort(const Primitive& call, std::span<const Operand> operands);
void run_partition(const Primitive& call, std::span<const Operand> operands);
void run_argpartition(const Primitive& call, std::span<const Operand> operands);
void run_topk(const Primitive& call, std::span<const Operand> operands);
void run_searchsorted(const Primitive& call, std::span<const Operand> operands);

}  // namespace cermet::library
