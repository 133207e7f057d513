// What a machine can do, as a value: passes ask it, nothing else knows which target it is.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "ops/op.h"

namespace cermet {

struct Target {
  std::string name;              ///< "x86-64-v4", "x86-64-v3", "interpreter"; part of every kernel cache key.
  std::string cpu;               ///< What the code generator is asked for ("znver5"), from the host.
  std::string features;          ///< Its feature string ("+avx512f,+avx512vl,...").
  int vector_bytes = 64;         ///< Width of a native vector register.
  bool masked_memory = true;     ///< Masked loads and stores are native for 1 to 8 byte elements.
  std::bitset<op_count> native;  ///< Ops that the printer writes itself; all others are expanded.
  bool native_half_arithmetic =
      false;  ///< float16 arithmetic in registers (never used for results: rounding at store).
  std::int64_t last_level_cache = 32 << 20;
  std::int64_t level_one_cache = 32 << 10;
  int threads = 1;             ///< Workers that a grid may be spread over (a hint; results never depend on it).
  int unroll_elementwise = 2;  ///< Copies of a light element-wise body per iteration.
  int tile_elements = 4096;    ///< Elements per grid step of an element-wise kernel.
  int column_tile = 128;       ///< Columns per grid step of a column reduction.
  int transpose_tile = 64;
  int max_arguments = 64;     ///< Buffers plus parameters per kernel.
  int max_region_cost = 500;  ///< Fused ops per kernel before it is cut.
};

/// The machine this process runs on (detected once).
const Target& host_target();
/// "x86-64-v2", "x86-64-v3", "x86-64-v4", "interpreter"; throws ValueError listing the names.
Target target_preset(std::string_view name);

}  // namespace cermet
