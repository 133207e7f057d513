// Text of one LLVM function under construction: names, types, literals, and integer expressions placed in the outermost
// loop that knows their symbols. Invariant: text written at a depth lands before every loop still open below that
// depth, so a name made at depth d may be used at every depth from d on.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kernel/kernel.h"

namespace cermet::codegen {

/// The register type: bool is i1, bfloat16 its 16 bits, float16 half.
std::string register_type(Dtype dtype, int lanes);
/// The type in memory: as in registers, bool a byte.
std::string memory_type(Dtype dtype, int lanes);
/// A constant of `register_type(literal.dtype, lanes)`.
std::string literal_text(Literal literal, int lanes);
/// The suffix of the memory type in intrinsic names: i8, i16, f16, f32, ...
std::string mangled(Dtype dtype);
/// The i1 vector with every lane on.
std::string all_lanes(int lanes);
/// `<i32 0, i32 1, ...>`.
std::string lane_numbers(int lanes, int bits);

class LlvmWriter {
 public:
  explicit LlvmWriter(const kernel::Kernel& kernel) : integers(kernel.integers) { blocks_.push_back({}); }

  int depth() const { return static_cast<int>(blocks_.size()) - 1; }
  /// Writes `%new = rhs` at a depth (the innermost by default) and returns the new name.
  std::string define(const std::string& rhs, int depth = -1);
  void statement(const std::string& text, int depth = -1);
  std::string new_name() { return "%v" + std::to_string(counter_++); }
  /// Declares an intrinsic once and returns its name.
  std::string intrinsic(const std::string& name, const std::string& result, const std::string& arguments);
  const std::set<std::string>& declarations() const { return declarations_; }

  /// Opens the text of a loop body whose first block is `label`; close() returns it. Until then the parent's text can
  /// still grow: that is how invariants are hoisted.
  void open(std::string label);
  std::string close();
  const std::string& label(int depth = -1) const { return blocks_[at(depth)].label; }
  void set_label(std::string label);
  void append(const std::string& text) { blocks_.back().text += text; }
  std::string new_label() { return "block" + std::to_string(counter_++); }
  const std::string& text() const { return blocks_.front().text; }

  /// From here on the symbol is the i64 `name` (or, with lanes > 1, one i64 a lane).
  void set_symbol(SymbolId symbol, std::string name, int depth, int lanes = 1);
  /// The expression as i64; constants are decimal text.
  std::string integer(IntExpr e);
  /// The expression as `lanes` integers of 32 or 64 bits where `lane_symbol` advances by the lane.
  std::string integer_lanes(IntExpr e, SymbolId lane_symbol, int lanes, int bits);
  /// stride * lane for every lane.
  std::string multiples(IntExpr stride, int lanes, int bits);
  /// True if the expression is one integer for all lanes, binds with lanes considered.
  bool uniform(IntExpr e) const;
  /// True if every part of the expression is known to fit a signed 32-bit integer.
  bool fits_32_bits(IntExpr e) const;
  /// A pointer to buffer[index]; `base` names the buffer's first element.
  std::string pointer(kernel::BufferId buffer, const std::string& base, const std::string& type, IntExpr index);
  /// A value in every lane.
  std::string splat(const std::string& type, const std::string& vector_type, const std::string& name, int depth = -1);

  IntExprTable integers;

 private:
  struct Block {
    std::string text;
    std::string label = "entry";
    std::unordered_map<std::int64_t, std::string> scalars;
    std::unordered_map<std::string, std::string> others;  // pointers and vectors, by a printed key
  };
  struct Known {
    std::string name;
    int depth = 0;
    int lanes = 1;
  };

  std::size_t at(int depth) const { return depth < 0 ? blocks_.size() - 1 : static_cast<std::size_t>(depth); }
  int depth_of(IntExpr e) const;
  bool varies(IntExpr e, SymbolId lane_symbol) const;
  std::string compute(IntExpr e, int depth);
  std::string compute_terms(IntExpr e, int depth);
  std::string compute_division(IntExpr e, int depth);
  std::string compute_lanes(IntExpr e, SymbolId lane_symbol, int lanes, int bits, int depth);
  std::string divide(IntExpr e, const std::string& type, const std::string& a, const std::string& b,
                     const std::string& zero, int depth);
  /// e == shallow + own, with `own` the terms that need `depth`.
  std::pair<IntExpr, IntExpr> split(IntExpr e, int depth);

  std::vector<Block> blocks_;
  std::unordered_map<SymbolId, Known> symbols_;
  std::set<std::string> declarations_;
  int counter_ = 0;
};

}  // namespace cermet::codegen
