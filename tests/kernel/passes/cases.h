// Kernels as lower builds them, one of each shape of computation, with the sizes to run them at: what every pass and
// the generated code must not change.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace cermet::kernel {

using Sizes = std::vector<std::int64_t>;

struct Case {
  std::string name;
  std::string text;
  std::vector<Sizes> parameters;                        ///< One run each.
  std::function<Sizes(const Sizes& parameters)> sizes;  ///< Elements of each buffer.
  double tolerance = 0;  ///< For ops whose expansion rounds otherwise than the interpreter.
};

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

inline const std::vector<Sizes> lengths{{0}, {1}, {15}, {16}, {63}, {64}, {65}, {1000}, {4096}, {4097}, {9000}};
/// Rows and columns.
inline const std::vector<Sizes> matrices{{0, 5},    {5, 0},    {1, 1},   {3, 16},   {3, 63},   {2, 64},   {5, 65},
                                         {2, 1000}, {130, 17}, {64, 64}, {65, 129}, {2, 8191}, {2, 8192}, {3, 8193}};

inline Case elementwise_case() {
  return {"elementwise", R"(kernel k(b0: f32 in align 64, b1: f32 in align 64, b2: f32 out align 64, p0: i64 [0, inf)) {
  parallel i in [0, p0) {
    %0: f32 = load b0[i]
    %1: f32 = load b1[i]
    %2: f32 = multiply %0, %1
    %3: f32 = maximum %2, %0
    %4: f32 = minimum %3, %1
    %5: f32 = divide %4, %1
    %6: f32 = floor %5
    %7: f32 = subtract %6, %0
    store b2[i] = %7
  }
}
)",
          lengths, [](const Sizes& p) {
            return Sizes{p[0], p[0], p[0]};
          }};
}

inline Case half_case() {
  return {
      "halves",
      R"(kernel k(b0: bf16 in, b1: f16 in, b2: f64 in, b3: i32 in, b4: f32 out, b5: bf16 out, b6: f16 out, b7: bf16 out, b8: f16 out, b9: bf16 out, b10: i32 out, p0: i64 [0, inf)) {
  parallel i in [0, p0) {
    %0: bf16 = load b0[i]
    %1: f16 = load b1[i]
    %2: f32 = convert %0
    %3: f32 = convert %1
    %4: f32 = add %2, %3
    store b4[i] = %4
    %5: bf16 = convert %4
    store b5[i] = %5
    %6: f16 = convert %4
    store b6[i] = %6
    %7: f64 = load b2[i]
    %8: bf16 = convert %7
    store b7[i] = %8
    %9: f16 = convert %7
    store b8[i] = %9
    %10: i32 = load b3[i]
    %11: bf16 = convert %10
    store b9[i] = %11
    %12: i32 = convert %1
    store b10[i] = %12
  }
}
)",
      {{0}, {1}, {64}, {1000}},
      [](const Sizes& p) { return Sizes(11, p[0]); }};
}

inline Case integer_case(const std::string& type) {
  return {"integers_" + type,
          replaced(R"(kernel k(b0: T in, b1: T in, b2: T out, b3: u8 out, b4: f32 out, b5: b1 out, p0: i64 [0, inf)) {
  parallel i in [0, p0) {
    %0: T = load b0[i]
    %1: T = load b1[i]
    %2: T = quotient %0, %1
    %3: T = left_shift %0, %1
    %4: T = right_shift %0, %1
    %5: T = bitwise_xor %2, %3
    %6: T = add %5, %4
    %7: T = index [3*i + 2]
    %8: T = multiply %6, %7
    %9: T = abs %8
    %10: T = maximum %9, %6
    store b2[i] = %10
    %11: u8 = convert %0
    store b3[i] = %11
    %12: f32 = convert %0
    store b4[i] = %12
    %13: b1 = less %0, %1
    store b5[i] = %13
  }
}
)",
                   "T", type),
          {{0}, {1}, {65}, {500}},
          [](const Sizes& p) { return Sizes(6, p[0]); }};
}

inline Case to_integer_case() {
  return {
      "to_integers",
      R"(kernel k(b0: f32 in, b1: i32 out, b2: u8 out, b3: i64 out, b4: u64 out, b5: b1 out, b6: i8 out, b7: u32 out, p0: i64 [0, inf)) {
  parallel i in [0, p0) {
    %0: f32 = load b0[i]
    %1: f32 = literal 100000000
    %2: f32 = multiply %0, %1
    %3: f32 = multiply %2, %2
    %4: f32 = multiply %3, %2
    %5: i32 = convert %2
    store b1[i] = %5
    %6: u8 = convert %0
    store b2[i] = %6
    %7: i64 = convert %4
    store b3[i] = %7
    %8: u64 = convert %4
    store b4[i] = %8
    %9: b1 = convert %0
    store b5[i] = %9
    %10: i8 = convert %2
    store b6[i] = %10
    %11: u32 = convert %2
    store b7[i] = %11
  }
}
)",
      {{0}, {1}, {65}, {500}},
      [](const Sizes& p) { return Sizes(8, p[0]); }};
}

/// Broadcast operands, a bool result, an outer axis.
inline Case broadcast_case() {
  return {"broadcast",
          R"(kernel k(b0: f32 in, b1: f32 in, b2: f32 in, b3: b1 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel q in [0, 3) {
    parallel r in [0, rows) {
      parallel c in [0, columns) {
        %0: f32 = load b0[columns*r + c]
        %1: f32 = load b1[r]
        %2: f32 = load b2[columns*q + c]
        %3: f32 = add %0, %1
        %4: b1 = less %3, %2
        store b3[rows*columns*q + columns*r + c] = %4
      }
    }
  }
}
)",
          matrices, [](const Sizes& p) {
            return Sizes{p[0] * p[1], p[0], 3 * p[1], 3 * p[0] * p[1]};
          }};
}

inline Case transpose_case(const std::string& type) {
  return {"transpose_" + type,
          replaced(R"(kernel k(b0: T in, b1: T out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    parallel c in [0, columns) {
      %0: T = load b0[rows*c + r]
      store b1[columns*r + c] = %0
    }
  }
}
)",
                   "T", type),
          matrices, [](const Sizes& p) {
            return Sizes{p[0] * p[1], p[0] * p[1]};
          }};
}

/// Negative and odd strides, whose collapsing needs care.
inline Case strided_case() {
  return {"strided", R"(kernel k(b0: f32 in, b1: f32 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    parallel c in [0, columns) {
      %0: f32 = load b0[3*columns*r - 2*c + 2*columns]
      %1: f32 = negative %0
      store b1[columns*r + c] = %1
    }
  }
}
)",
          matrices, [](const Sizes& p) {
            return Sizes{3 * p[0] * p[1] + 1, p[0] * p[1]};
          }};
}

inline Case gather_case() {
  return {"gather", R"(kernel k(b0: f32 in, b1: i32 in, b2: f32 out, n: i64 [0, inf)) {
  parallel i in [0, n) {
    %0: i32 = load b1[i]
    bind j = %0 [-2147483648, 2147483647]
    %1: f32 = load b0[max(min(j, 49), 0)]
    store b2[n - i - 1] = %1
  }
}
)",
          lengths, [](const Sizes& p) {
            return Sizes{50, p[0], p[0]};
          }};
}

/// Rows of a table at indices, and one index an element.
inline Case take_case(const char* type) {
  return {
      std::string("take_") + type,
      replaced(
          R"(kernel k(b0: T in, b1: u8 in, b2: i64 in, b3: T out, b4: T out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    parallel c in [0, columns) {
      %0: u8 = load b1[r]
      %1: u32 = convert %0
      %2: u32 = literal 49
      %3: u32 = minimum %1, %2
      %4: i32 = convert %3
      bind at = %4 [0, 49]
      %5: T = load b0[columns*at + c]
      store b3[columns*r + c] = %5
      %6: i64 = load b2[columns*r + c]
      %7: i64 = literal 0
      %8: i64 = maximum %6, %7
      %9: i64 = literal 49
      %10: i64 = minimum %8, %9
      bind place = %10 [0, 49]
      %11: T = load b0[columns*place + c]
      store b4[columns*r + c] = %11
    }
  }
}
)",
          "T", type),
      {{0, 5}, {5, 0}, {1, 1}, {3, 63}, {5, 65}, {130, 17}, {2, 1000}},
      [](const Sizes& p) {
        return Sizes{50 * p[1], p[0], p[0] * p[1], p[0] * p[1], p[0] * p[1]};
      }};
}

/// A running sum down a tile of columns, a running maximum along rows, and a running sum in blocks of 256.
inline Case scan_case() {
  return {
      "scan",
      R"(kernel k(b0: f16 in, b1: f16 out, b2: bf16 in, b3: bf16 out, b4: f32 in, b5: f32 out, b6: f32 scratch[128] align 64, b7: f32 scratch[256] align 64, b8: f32 scratch[1] align 64, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel once in [0, 1) {
    serial tile in [0, (columns + 127 // 128)) {
      parallel c0 in [0, min(columns - 128*tile, 128)) {
        %0: f32 = literal 0
        store b6[c0] = %0
      }
      serial t in [0, rows) {
        parallel c1 in [0, min(columns - 128*tile, 128)) {
          %1: f32 = load b6[c1]
          %2: f16 = load b0[columns*t + 128*tile + c1]
          %3: f32 = convert %2
          %4: f32 = add %1, %3
          store b6[c1] = %4
          %5: f16 = convert %4
          store b1[columns*t + 128*tile + c1] = %5
        }
      }
    }
    serial r in [0, rows) {
      %6: bf16 = literal -inf
      %7 = serial i in [0, columns) carry (%8 = %6) {
        %9: bf16 = load b2[columns*r + columns - i - 1]
        %10: bf16 = maximum %8, %9
        store b3[columns*r + columns - i - 1] = %8
        yield %10
      }
      %11: f32 = literal 0
      store b8[0] = %11
      serial block in [0, (columns + 255 // 256)) {
        parallel k in [0, min(columns - 256*block, 256)) {
          %12: f32 = load b4[columns*r + 256*block + k]
          %13: f32 = multiply %12, %12
          store b7[k] = %13
        }
        %14: f32 = load b8[0]
        %15 = serial l in [0, min(columns - 256*block, 256)) carry (%16 = %14) {
          %17: f32 = load b7[l]
          %18: f32 = add %16, %17
          store b7[l] = %18
          yield %18
        }
        %19: f32 = result %15.0
        store b8[0] = %19
        parallel m in [0, min(columns - 256*block, 256)) {
          %20: f32 = load b7[m]
          %21: f32 = load b4[columns*r + 256*block + m]
          %22: f32 = subtract %20, %21
          store b5[columns*r + 256*block + m] = %22
        }
      }
    }
  }
}
)",
      {{0, 5}, {5, 0}, {1, 1}, {3, 16}, {3, 63}, {5, 130}, {2, 1000}, {130, 17}},
      [](const Sizes& p) { return Sizes(6, p[0] * p[1]); }};
}

/// The shape of a softmax without its exponential, whose interpretation is not that of its expansion.
inline Case rows_case() {
  return {
      "rows",
      R"(kernel k(b0: f32 in align 64, b1: f32 out align 64, b2: f32 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce max chunked i in [0, columns) {
      %1: f32 = load b0[columns*r + i]
      yield %1
    }
    %2: f32 = result %0.0
    %3 = reduce sum chunked k in [0, columns) {
      %4: f32 = load b0[columns*r + k]
      %5: f32 = subtract %4, %2
      %6: f32 = multiply %5, %5
      yield %6
    }
    %7: f32 = result %3.0
    store b2[r] = %7
    parallel l in [0, columns) {
      %8: f32 = load b0[columns*r + l]
      %9: f32 = subtract %8, %2
      %10: f32 = divide %9, %7
      store b1[columns*r + l] = %10
    }
  }
}
)",
      matrices, [](const Sizes& p) {
        return Sizes{p[0] * p[1], p[0] * p[1], p[0]};
      }};
}

/// A softmax with constant extents: its exponential is kept between stages.
inline Case softmax_case() {
  Case softmax{"softmax",
               R"(kernel k(b0: f32 in align 64, b1: f32 out align 64, rows: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce max chunked i in [0, 1000) {
      %1: f32 = load b0[1000*r + i]
      yield %1
    }
    %2: f32 = result %0.0
    %3 = reduce sum chunked k in [0, 1000) {
      %4: f32 = load b0[1000*r + k]
      %5: f32 = subtract %4, %2
      %6: f32 = exp %5
      yield %6
    }
    %7: f32 = result %3.0
    parallel l in [0, 1000) {
      %8: f32 = load b0[1000*r + l]
      %9: f32 = subtract %8, %2
      %10: f32 = exp %9
      %11: f32 = divide %10, %7
      store b1[1000*r + l] = %11
    }
  }
}
)",
               {{0}, {1}, {3}},
               [](const Sizes& p) {
                 return Sizes{1000 * p[0], 1000 * p[0]};
               }};
  softmax.tolerance = 2e-6;
  return softmax;
}

inline Case reduction_case(const std::string& reduction, const std::string& type, bool columns) {
  const std::string index = columns ? "rows*i + r" : "columns*r + i";
  return {reduction + "_" + type + (columns ? "_columns" : "_rows"),
          replaced(replaced(replaced(R"(kernel k(b0: T in, b1: T out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce R chunked i in [0, columns) {
      %1: T = load b0[INDEX]
      yield %1
    }
    %2: T = result %0.0
    store b1[r] = %2
  }
}
)",
                                     "T", type),
                            " R ", " " + reduction + " "),
                   "INDEX", index),
          matrices, [](const Sizes& p) {
            return Sizes{p[0] * p[1], p[0]};
          }};
}

inline Case argument_case(bool columns) {
  return {columns ? "argmax_columns" : "argmax_rows",
          replaced(R"(kernel k(b0: f32 in, b1: u32 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce argmax chunked i in [0, columns) {
      %1: f32 = load b0[INDEX]
      %2: u32 = index [i]
      yield %1, %2
    }
    %3: u32 = result %0.1
    store b1[r] = %3
  }
}
)",
                   "INDEX", columns ? "rows*i + r" : "columns*r + i"),
          matrices, [](const Sizes& p) {
            return Sizes{p[0] * p[1], p[0]};
          }};
}

/// Reductions across memory whose results feed a store a column and a loop over the elements.
inline Case column_stages_case() {
  return {
      "column_stages",
      R"(kernel k(b0: f32 in align 64, b1: f32 out align 64, b2: f32 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce max chunked i in [0, columns) {
      %1: f32 = load b0[rows*i + r]
      yield %1
    }
    %2: f32 = result %0.0
    %3 = reduce sum lanes k in [0, columns) {
      %4: f32 = load b0[rows*k + r]
      %5: f32 = subtract %4, %2
      yield %5
    }
    %6: f32 = result %3.0
    %7: f32 = add %6, %2
    store b2[r] = %7
    parallel l in [0, columns) {
      %8: f32 = load b0[rows*l + r]
      %9: f32 = multiply %8, %7
      store b1[rows*l + r] = %9
    }
  }
}
)",
      matrices, [](const Sizes& p) {
        return Sizes{p[0] * p[1], p[0] * p[1], p[0]};
      }};
}

/// Partial sums over chunks and their combination, as lower splits a full reduction.
inline Case partials_case() {
  return {"partials",
          R"(kernel k(b0: f32 in align 64, b1: f32 out, n: i64 [0, inf)) {
  parallel c in [0, (n + 8191 // 8192)) {
    %0 = reduce sum chunked i in [0, min(8192, n - 8192*c)) {
      %1: f32 = load b0[8192*c + i]
      yield %1
    }
    %2: f32 = result %0.0
    store b1[c] = %2
  }
}
)",
          {{0}, {1}, {8191}, {8192}, {8193}, {20000}},
          [](const Sizes& p) {
            return Sizes{p[0], (p[0] + 8191) / 8192};
          }};
}

inline Case combine_case() {
  return {"combine",
          R"(kernel k(b0: f32 in align 64, b1: f32 out, n: i64 [0, inf)) {
  parallel once in [0, 1) {
    %0 = reduce sum lanes i in [0, n) {
      %1: f32 = load b0[i]
      yield %1
    }
    %2: f32 = result %0.0
    store b1[0] = %2
  }
}
)",
          {{0}, {1}, {64}, {100}, {9000}},
          [](const Sizes& p) {
            return Sizes{p[0], 1};
          }};
}

/// A reduction of a body with a loop of its own: one element after the other.
inline Case nested_case() {
  return {"nested",
          R"(kernel k(b0: f32 in, b1: f32 out, rows: i64 [0, inf), columns: i64 [0, inf)) {
  parallel r in [0, rows) {
    %0 = reduce sum chunked i in [0, columns) {
      %1 = reduce max chunked j in [0, 3) {
        %2: f32 = load b0[3*columns*r + 3*i + j]
        yield %2
      }
      %3: f32 = result %1.0
      yield %3
    }
    %4: f32 = result %0.0
    store b1[r] = %4
  }
}
)",
          {{0, 5}, {2, 0}, {2, 1}, {2, 65}, {1, 8193}},
          [](const Sizes& p) {
            return Sizes{3 * p[0] * p[1], p[0]};
          }};
}

inline Case complex_case() {
  Case complex{"complex",
               R"(kernel k(b0: c64 in, b1: c64 in, b2: c64 out, b3: f32 out, b4: b1 out, p0: i64 [0, inf)) {
  parallel i in [0, p0) {
    %0: c64 = load b0[i]
    %1: c64 = load b1[i]
    %2: c64 = add %0, %1
    %3: c64 = literal (2-1j)
    %4: c64 = subtract %2, %3
    store b2[i] = %4
    %5: f32 = imag %0
    store b3[i] = %5
    %6: b1 = not_equal %0, %1
    store b4[i] = %6
  }
}
)",
               {{0}, {1}, {33}, {500}},
               [](const Sizes& p) { return Sizes(5, p[0]); }};
  return complex;
}

inline std::vector<Case> all_cases() {
  std::vector<Case> cases{elementwise_case(), half_case(),   to_integer_case(), broadcast_case(),     strided_case(),
                          gather_case(),      rows_case(),   softmax_case(),    column_stages_case(), partials_case(),
                          combine_case(),     nested_case(), complex_case(),    scan_case()};
  for (const char* type : {"b1", "bf16", "i32", "f64", "c64"}) {
    cases.push_back(take_case(type));
  }
  for (const char* type : {"u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"}) {
    cases.push_back(integer_case(type));
  }
  for (const char* type : {"b1", "u8", "bf16", "f16", "f32", "i64", "c64"}) {
    cases.push_back(transpose_case(type));
  }
  for (const bool columns : {false, true}) {
    cases.push_back(argument_case(columns));
    for (const char* type : {"f32", "f64", "i32", "c64"}) {
      cases.push_back(reduction_case("sum", type, columns));
    }
    cases.push_back(reduction_case("prod", "i64", columns));
    cases.push_back(reduction_case("max", "bf16", columns));
    cases.push_back(reduction_case("max", "c64", columns));
    cases.push_back(reduction_case("min", "f32", columns));
    cases.push_back(reduction_case("any", "b1", columns));
  }
  return cases;
}

}  // namespace cermet::kernel
