// The loop-level IR. One kernel is a tree of regions over scalar (later: vector) SSA values; addresses and loop bounds
// are IntExprs. It never sees the graph and does not know which target it is for. Printed, parsed, verified and
// interpreted at every stage of its life; docs/ir.md holds the text form.
//
// Defined results, on every target: integer x/0 and x%0 are 0; INT_MIN/-1 wraps; shifts by the width or more give 0
// (arithmetic right shift: the sign); float to int saturates, NaN to 0; integer arithmetic wraps; float arithmetic is
// IEEE without reassociation; maximum and minimum propagate NaN.
//
// The order of a reduction over n elements e[0..n): `lanes` order L(e): 64 accumulators start at the identity; element
// i is combined, in increasing i, into accumulator i % 64 as combine(accumulator, element); then accumulator l becomes
// combine(a[l], a[l + w]) for l < w, for w = 32, 16, 8, 4, 2, 1; the result is a[0]. `chunked` order: n <= 8192: L(e);
// otherwise L of the chunk results L(e[0..8192)), L(e[8192..16384)), ... The order depends on n only.
//
// The order of a scan: one element after the other from where it starts, combine(accumulator, element), the accumulator
// starting at the identity. It has no instruction of its own (a serial loop that carries it, or lanes side by side).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/integer_expression.h"
#include "dtype/literal.h"
#include "ops/row.h"
#include "target/target.h"

namespace cermet::kernel {

inline constexpr int reduction_lanes = 64;
inline constexpr std::int64_t reduction_chunk = 8192;

using Value = std::int32_t;  ///< Index into Kernel::instructions.
using BufferId = std::int32_t;
using RegionId = std::int32_t;
inline constexpr Value no_value = -1;

enum class Opcode : std::uint8_t {
  literal,    ///< a constant (`literal`)
  index,      ///< the integer expression `index` as a value of an integer dtype
  call,       ///< op(args...): a row of ops/elementwise.def; all operands have the lanes of the result
  convert,    ///< args[0] to `dtype`
  bitcast,    ///< args[0] as `dtype` of the same size
  broadcast,  ///< the scalar args[0] in every lane
  load,       ///< buffer[index]; with a mask (args[0]) lanes that are off are not read and hold `literal`
  store,      ///< buffer[index] = args[0]; args[1], if present, is the mask
  prefetch,   ///< a hint to fetch buffer[index]; may be out of bounds
  bind,       ///< defines `symbol` as the integer value args[0] for the index expressions that follow in the region; a
              ///< vector args[0] gives the symbol a value in each lane (`lanes`; only gather accesses may use it)
  loop,       ///< for `symbol` = begin; symbol < end; += step; args: initial carried values; regions[0]: the body
  argument,   ///< a carried value inside the body of a loop (position in Region::arguments)
  reduce,     ///< reduces regions[0]'s yields over `symbol` in [0, end); not present in legal IR
  result,     ///< the `component`-th result of a loop or reduce (args[0])
  lane_mask,  ///< bool lanes: symbol + lane < end (symbol of the vector loop)
  reduce_lanes  ///< args: `width` vectors; combines them to scalars by halving (w = lanes/2 .. 1); result `component`
                ///< by `result`
};

enum class LoopKind : std::uint8_t {
  parallel,  ///< independent iterations, not yet mapped
  grid,      ///< the one outermost loop of a mapped kernel; the runtime hands out ranges of it
  serial,    ///< in order; may carry values
  vector  ///< `step` is a constant multiple of the instruction's `lanes`; accesses inside may move along `symbol` with
          ///< that many lanes; may carry values
};

enum class ReduceOrder : std::uint8_t { chunked, lanes };

/// How a load or store of several lanes moves along its lane symbol; chosen by vectorize, checked by the verifier.
enum class Access : std::uint8_t {
  scalar,      ///< one element (lanes == 1)
  contiguous,  ///< lane l at index + l
  gather       ///< each lane at its own index (the expression with the lane symbol advanced by the lane)
};

struct Instruction {
  Opcode opcode = Opcode::literal;
  Op op{};                                   // call
  Reduction reduction{};                     // reduce, reduce_lanes
  LoopKind loop_kind = LoopKind::parallel;   // loop
  ReduceOrder order = ReduceOrder::chunked;  // reduce
  Access access = Access::scalar;            // load, store
  bool streaming = false;                    // store: bypass the caches (aligned contiguous stores only)
  std::uint8_t component = 0;                // result
  Dtype dtype;                               // of the value (loop, reduce, store: unused)
  int lanes = 1;
  std::vector<Value> args;
  Literal literal;
  BufferId buffer = -1;
  IntExpr index;                 // load, store, prefetch, index
  SymbolId symbol = 0;           // loop, reduce, bind; index/load/store with lanes > 1 and lane_mask: the lane symbol
  IntExpr begin, end, step = 1;  // loop; reduce and lane_mask use end
  std::vector<RegionId> regions;
};

/// A list of instructions in order. A value is visible after its instruction in its region and the regions inside.
struct Region {
  std::vector<Value> arguments;  ///< Opcode::argument, one per carried value of the loop.
  std::vector<Value> body;
  std::vector<Value> yields;  ///< Next carried values (loop) or the elements (reduce).
};

enum class BufferRole : std::uint8_t {
  input,   ///< read only
  output,  ///< written, may be read back; distinct buffers do not overlap, except the input that `may_alias` names
  scratch  ///< private to one grid step, `size` elements, uninitialised
};

struct Buffer {
  std::string name;
  Dtype dtype;
  BufferRole role = BufferRole::input;
  IntExpr size = 0;            ///< scratch: number of elements, a constant
  std::int64_t alignment = 1;  ///< of element 0, in bytes (64 for whole allocations)
  BufferId may_alias = -1;     ///< output: an input that may be the very same memory (same element 0), or -1
};

struct Kernel {
  std::string name;
  IntExprTable integers;
  std::vector<Buffer> buffers;       ///< In ABI order: inputs and outputs as the caller passes them, then scratch.
  std::vector<SymbolId> parameters;  ///< int64 parameters in ABI order.
  std::vector<Instruction> instructions;
  std::vector<Region> regions;
  RegionId body = 0;
};

/// The compiled form: `range` of the grid loop is [begin, end); buffers exclude scratch.
using EntryPoint = void (*)(void* const* buffers, const std::int64_t* parameters, std::int64_t begin, std::int64_t end);

/// Text form, one instruction a line; `parse` accepts exactly what `print` writes (comments with `;`).
std::string print(const Kernel& kernel);
Kernel parse(std::string_view text);

/// The stages of a kernel's life, each a stricter set of rules (see verify.cpp): `built` by lower or a test,
/// `mapped` (one grid loop, no parallel loop, no reduce), `legal` (mapped, only native ops and types of the target,
/// vector lanes assigned).
enum class Stage : std::uint8_t { built, mapped, legal };
/// Throws InternalError naming the first broken rule and the instruction.
void verify(const Kernel& kernel, Stage stage);
/// The same, and for Stage::legal also that every called op is native to `target`.
void verify(const Kernel& kernel, Stage stage, const Target& target);

/// Reference execution of any stage: `buffers` and `parameters` as in EntryPoint; runs the whole grid. Scratch starts
/// each step of an outermost parallel or grid loop filled with 0xcb bytes, so that reading it too early shows.
void interpret(const Kernel& kernel, void* const* buffers, const std::int64_t* parameters);
/// The same with the number of elements of each non-scratch buffer: an access outside throws InternalError naming the
/// instruction. (Accesses to scratch are always checked.)
void interpret(const Kernel& kernel, void* const* buffers, const std::int64_t* parameters,
               std::span<const std::int64_t> sizes);

/// The extent of the grid loop of a mapped kernel, an expression over the parameters.
IntExpr grid_extent(const Kernel& kernel);

/// The word of the text form.
std::string_view name(Opcode opcode);
std::string_view name(LoopKind kind);
std::string_view name(ReduceOrder order);
/// True if the value depends on operands and index expressions alone: equal instructions may share one value, unused
/// ones may go. Loads are pure when nothing in the kernel writes their buffer (inputs).
bool is_pure(const Kernel& kernel, const Instruction& instruction);
/// True if other instructions may take it as an operand (not store, prefetch, bind).
bool has_value(const Instruction& instruction);
/// True if its results are read with Opcode::result (loop, reduce, reduce_lanes).
bool has_results(const Instruction& instruction);
/// For messages: the name that `print` gives a value, and the line that it prints for an instruction (without regions).
/// Broken kernels are fine; values outside of the body show as `%?12`.
std::string value_name(const Kernel& kernel, Value value);
std::string describe(const Kernel& kernel, Value value);
/// The facts that a loop's symbol has by construction from its bounds (name left empty). Those of a loop with lanes
/// hold for symbol + lane too, for every lane that a mask leaves on: it is no multiple of its step.
Symbol loop_symbol(const IntExprTable& integers, IntExpr begin, IntExpr end, IntExpr step, int lanes);

}  // namespace cermet::kernel
