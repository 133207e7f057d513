// Kernels in text form that several tests read: one of each shape of computation, as built and as mapped.
#pragma once

#include <string_view>

namespace cermet::kernel::examples {

inline constexpr std::string_view elementwise =
    R"(kernel scale(b0: f32 in align 64, b1: f32 out align 64 alias b0, p0: i64 [2, inf) hint 4096) {
  %0: f32 = literal 0.5
  parallel i0 in [0, p0) {
    %1: f32 = load b0[i0]
    %2: f32 = multiply %1, %0
    %3: f32 = add %2, %1
    store b1[i0] = %3
  }
}
)";

inline constexpr std::string_view softmax =
    R"(kernel softmax(b0: f32 in, b1: f32 out, b2: f32 scratch[1000] align 64, p0: i64 [2, inf) multiple 4) {
  parallel r in [0, p0) {
    %0 = reduce max chunked i in [0, 1000) {
      %1: f32 = load b0[1000*r + i]
      yield %1
    }
    %2: f32 = result %0.0
    serial j in [0, 1000) {
      %3: f32 = load b0[1000*r + j]
      %4: f32 = subtract %3, %2
      %5: f32 = exp %4
      store b2[j] = %5
    }
    %6 = reduce sum chunked k in [0, 1000) {
      %7: f32 = load b2[k]
      yield %7
    }
    %8: f32 = result %6.0
    serial l in [0, 1000) {
      %9: f32 = load b2[l]
      %10: f32 = divide %9, %8
      store b1[1000*r + l] = %10
    }
  }
}
)";

inline constexpr std::string_view column_sum =
    R"(kernel column_sum(b0: f64 in, b1: f64 out, rows: i64 [0, inf), columns: i64 [1, 65536]) {
  parallel c in [0, columns) {
    %0 = reduce sum lanes r in [0, rows) {
      %1: f64 = load b0[columns*r + c]
      yield %1
    }
    %2: f64 = result %0.0
    store b1[c] = %2
  }
}
)";

inline constexpr std::string_view argmax = R"(kernel argmax(b0: bf16 in, b1: u32 out, p0: i64 [1, 4294967295]) {
  %0 = reduce argmax chunked i in [0, p0) {
    %1: bf16 = load b0[i]
    %2: f32 = convert %1
    %3: u32 = index [i]
    yield %2, %3
  }
  %4: u32 = result %0.1
  store b1[0] = %4
}
)";

inline constexpr std::string_view gather =
    R"(kernel gather(b0: f32 in, b1: i32 in, b2: f32 out, n: i64 [0, inf), m: i64 [1, inf)) {
  parallel i in [0, n) {
    %0: i32 = load b1[i]
    bind j = %0 [-2147483648, 2147483647]
    %1: f32 = load b0[max(min(j, m - 1), 0)]
    store b2[n - i - 1] = %1
  }
}
)";

/// Masked vectors: a sum of squares of each row in 64 accumulators, which four vectors of 16 lanes hold.
inline constexpr std::string_view masked_rows =
    R"(kernel sum_squares(b0: f32 in align 64, b1: f32 out, n: i64 [0, 8192], rows: i64 [0, inf)) {
  grid r in [0, rows) {
    %0: f32x16 = literal 0
    %1 = vector i in [0, n) step 64 lanes 16 carry (%2 = %0, %3 = %0, %4 = %0, %5 = %0) {
      %6: b1x16 = lane_mask [i < n]
      %7: f32x16 = load b0[n*r + i] contiguous i mask %6 else 0
      %8: f32x16 = fma %7, %7, %2
      %9: b1x16 = lane_mask [i < n - 16]
      %10: f32x16 = load b0[n*r + i + 16] contiguous i mask %9 else 0
      %11: f32x16 = fma %10, %10, %3
      %12: b1x16 = lane_mask [i < n - 32]
      %13: f32x16 = load b0[n*r + i + 32] contiguous i mask %12 else 0
      %14: f32x16 = fma %13, %13, %4
      %15: b1x16 = lane_mask [i < n - 48]
      %16: f32x16 = load b0[n*r + i + 48] contiguous i mask %15 else 0
      %17: f32x16 = fma %16, %16, %5
      yield %8, %11, %14, %17
    }
    %18: f32x16 = result %1.0
    %19: f32x16 = result %1.1
    %20: f32x16 = result %1.2
    %21: f32x16 = result %1.3
    %22: f32x16 = add %18, %20
    %23: f32x16 = add %19, %21
    %24: f32x16 = add %22, %23
    %25 = reduce_lanes sum %24
    %26: f32 = result %25.0
    store b1[r] = %26
  }
}
)";

inline constexpr std::string_view vectors =
    R"(kernel vectors(b0: f32 in align 64, b1: i32 in, b2: f32 out align 64, b3: u8 out, p0: i64 [0, inf)) {
  %0: f32 = load b0[0]
  %1: f32x8 = broadcast %0
  grid t in [0, (p0 + 255 // 256)) {
    prefetch b0[256*t + 256]
    vector i in [256*t, min(p0, 256*t + 256)) step 8 lanes 8 {
      %2: b1x8 = lane_mask [i < p0]
      %3: i32x8 = load b1[i] contiguous i mask %2 else 0
      bind j = %3 [0, 1023] multiple 2
      %4: f32x8 = load b0[j + (i % 3)] gather i mask %2 else bits 0x7fc00001
      %5: f32x8 = where %2, %4, %1
      store b2[i] contiguous i = %5 mask %2
      %6: u8x8 = index [i] along i
      store b3[p0 - i - 1] gather i = %6 mask %2
    }
  }
}
)";

inline constexpr std::string_view streaming = R"(kernel fill(b0: bf16 out align 64, b1: c64 out) {
  %0: bf16x32 = literal -0.5
  grid t in [0, 4) {
    vector i in [1024*t, 1024*t + 1024) step 32 lanes 32 {
      store b0[i] contiguous i = %0 streaming
    }
    %1: c64 = literal (1+2j)
    store b1[t] = %1
    %2: u16 = index [t]
    %3: bf16 = bitcast %2
    serial k in [0, 8) step 2 {
      store b0[k + 4096] = %3
    }
  }
}
)";

/// All of them: name, text, and whether it is mapped (else as built).
struct Example {
  std::string_view name;
  std::string_view text;
  bool mapped;
};

inline constexpr Example all[] = {{"elementwise", elementwise, false}, {"softmax", softmax, false},
                                  {"column_sum", column_sum, false},   {"argmax", argmax, false},
                                  {"gather", gather, false},           {"masked_rows", masked_rows, true},
                                  {"vectors", vectors, true},          {"streaming", streaming, true}};

}  // namespace cermet::kernel::examples
