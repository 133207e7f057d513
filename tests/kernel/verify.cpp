// The verifier accepts valid kernels (text.cpp) and names each broken rule with the instruction that breaks it.
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "examples.h"
#include "kernel/kernel.h"

namespace cermet::kernel {
namespace {

std::string message_of(const Kernel& kernel, Stage stage) {
  try {
    verify(kernel, stage);
  } catch (const InternalError& error) {
    return error.what();
  }
  return "valid";
}

struct Broken {
  std::string_view name;
  Stage stage;
  std::string_view body;     // of `kernel k(<header>) { body }`
  std::string_view message;  // a part of what the verifier says
};

constexpr std::string_view header =
    "kernel k(b0: f32 in align 64, b1: f32 out align 64, b2: i32 in, b3: bf16 out align 32, s0: f32 scratch[64], "
    "p0: i64 [0, inf))";

class VerifyRefusal : public testing::TestWithParam<Broken> {};

TEST_P(VerifyRefusal, NamesTheRule) {
  const Kernel kernel = parse(std::string(header) + " {\n" + std::string(GetParam().body) + "\n}");
  const std::string message = message_of(kernel, GetParam().stage);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  EXPECT_NE(message.find("kernel k: "), std::string::npos) << message;
}

constexpr Broken broken[] = {
    // Types.
    {"operand_types", Stage::built, "%0: i32 = load b2[0] %1: f32 = literal 1 %2: f32 = add %1, %0",
     "%2: f32 = add %1, %0: operand 1 is i32 and must be f32"},
    {"operand_count", Stage::built, "%0: f32 = literal 1 %1: f32 = add %0", "add takes 2 operands, not 1"},
    {"result_type", Stage::built, "%0: f32 = literal 1 %1: f32 = less %0, %0", "the result is f32 and must be b1"},
    {"select_condition", Stage::built, "%0: f32 = literal 1 %1: f32 = where %0, %0, %0",
     "operand 0 is f32 and must be b1"},
    {"refused_dtype", Stage::built, "%0: f32 = literal 1 %1: f32 = bitwise_and %0, %0", "bitwise_and"},
    {"unpromoted", Stage::built, "%0: i32 = literal 1 %1: f32 = exp %0", "exp does not take i32 as it is"},
    {"bitcast_size", Stage::built, "%0: f32 = literal 1 %1: i64 = bitcast %0", "f32 and i64 differ in size"},
    {"bitcast_bool", Stage::built, "%0: b1 = literal true %1: u8 = bitcast %0", "booleans have no bit pattern"},
    {"float_index", Stage::built, "%0: f32 = index [p0]", "an index is no f32"},
    {"bind_float", Stage::built, "%0: f32 = literal 1 bind j = %0", "binds one integer"},
    {"load_type", Stage::built, "%0: i32 = load b0[0]", "b0 holds f32, not i32"},
    {"store_type", Stage::built, "%0: i32 = load b2[0] store b1[0] = %0", "b1 holds f32, not i32"},
    {"scalar_contiguous", Stage::built, "parallel i in [0, 4) { %0: f32 = load b0[i] contiguous i }",
     "1 lanes do not go with vector access"},
    {"reduce_width", Stage::built, "%0 = reduce argmax lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 }",
     "argmax reduces tuples of 2, not 1"},
    {"reduce_component", Stage::built,
     "%0 = reduce argmax lanes i in [0, 4) { %1: f32 = load b0[i] %2: i64 = index [i] yield %1, %2 }",
     "component 1 is i64 and must be u32"},
    {"reduce_accumulator", Stage::built, "%0 = reduce all lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 }",
     "all accumulates f32 in b1"},
    {"result_component", Stage::built,
     "%0 = reduce sum lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 } %2: f32 = result %0.1", "has no result 1"},
    {"result_of_value", Stage::built, "%0: f32 = literal 1 %2: f32 = result %0.0", "%0 has no result 0"},
    {"result_dtype", Stage::built,
     "%0 = reduce sum lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 } %2: f64 = result %0.0",
     "it is f64 and must be f32"},
    {"yield_type", Stage::built,
     "%0: f32 = literal 0 %1 = serial i in [0, 4) carry (%2 = %0) { %3: i32 = load b2[i] yield %3 }",
     "yielded value 0 is i32 and must be f32"},
    {"yield_count", Stage::built, "%0: f32 = literal 0 %1 = serial i in [0, 4) carry (%2 = %0) { }",
     "carries 1 values, has 1 arguments and yields 0"},
    {"parallel_carries", Stage::built, "%0: f32 = literal 0 %1 = parallel i in [0, 4) carry (%2 = %0) { yield %2 }",
     "a parallel loop carries no values"},
    // Structure.
    {"out_of_scope", Stage::built, "parallel i in [0, 4) { %0: f32 = load b0[i] } store b1[0] = %0",
     "it uses %0, which belongs to another region"},
    {"loop_as_value", Stage::built,
     "%0 = reduce sum lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 } store b1[0] = %0",
     "it uses a loop or reduction as a value"},
    {"symbol_scope", Stage::built, "parallel i in [0, 4) { } %0: f32 = load b0[i]",
     "i uses the symbol i, which is not visible here"},
    {"bind_scope", Stage::built, "parallel i in [0, 4) { %0: i32 = load b2[i] bind j = %0 } prefetch b0[j + 1]",
     "the symbol j, which is not visible"},
    {"bound_uses_own_body", Stage::built,
     "%0: i32 = load b2[0] parallel i in [0, 4) { bind j = %0 } parallel k in [0, j) { }", "j uses the symbol j"},
    {"negative_step", Stage::built, "serial i in [0, 4) step -1 { }", "the step of a loop must be positive"},
    {"store_to_input", Stage::built, "%0: f32 = literal 1 store b0[0] = %0", "b0 is an input"},
    // Vectors.
    {"vector_step", Stage::mapped, "grid g in [0, 1) { vector i in [0, 64) step 24 lanes 16 { } }",
     "must be a constant multiple of its 16 lanes"},
    {"lanes_of_serial", Stage::mapped, "grid g in [0, 1) { serial i in [0, 64) step 16 lanes 16 { } }",
     "a serial loop has no lanes"},
    {"foreign_lane_symbol", Stage::mapped, "grid g in [0, 64) { %0: f32x16 = load b0[g] contiguous g }",
     "its lane symbol is not that of an enclosing vector loop of 16 lanes"},
    {"other_lanes", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 16 lanes 16 { %0: f32x8 = load b0[i] contiguous i } }",
     "enclosing vector loop of 8 lanes"},
    {"not_contiguous", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 16 lanes 16 { %0: f32x16 = load b0[2*i] contiguous i } }",
     "the index does not move by 1 with i"},
    {"not_linear", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 16 lanes 16 { %0: f32x16 = load b0[i + (i % 8)] contiguous i } }",
     "the index does not move by 1 with i"},
    {"mask_lanes", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 16 lanes 16 { %0: b1 = literal true "
     "%1: f32x16 = load b0[i] contiguous i mask %0 else 0 } }",
     "the mask is b1 and must be b1x16"},
    {"operand_lanes", Stage::mapped,
     "%0: f32 = literal 1 %1: f32x4 = broadcast %0 %2: f32x4 = add %1, %0 grid g in [0, 1) { }",
     "operand 1 is f32 and must be f32x4"},
    {"broadcast_vector", Stage::mapped, "%0: f32x2 = literal 1 %1: f32x4 = broadcast %0 grid g in [0, 1) { }",
     "makes a vector of a scalar"},
    {"halving", Stage::mapped, "%0: f32x12 = literal 1 %1 = reduce_lanes sum %0 grid g in [0, 1) { }",
     "halving needs a power of two"},
    {"lane_bound_contiguous", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 8 lanes 8 { %0: i32x8 = load b2[i] contiguous i bind j = %0 "
     "%1: f32x8 = load b0[i + j] contiguous i } }",
     "needs gather access"},
    {"lane_bound_scalar", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 8 lanes 8 { %0: i32x8 = load b2[i] contiguous i bind j = %0 "
     "%1: f32 = load b0[j] } }",
     "needs gather access"},
    {"streaming_masked", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, p0) step 16 lanes 16 { %0: b1x16 = lane_mask [i < p0] "
     "%1: f32x16 = literal 1 store b1[i] contiguous i = %1 mask %0 streaming } }",
     "has no mask"},
    {"streaming_buffer", Stage::mapped,
     "grid g in [0, 1) { vector i in [0, 64) step 32 lanes 32 { %1: bf16x32 = literal 1 "
     "store b3[i] contiguous i = %1 streaming } }",
     "a streaming store needs 64 byte alignment; b3 has 32"},
    {"streaming_index", Stage::mapped,
     "grid g in [0, 4) { vector i in [0, 64) step 16 lanes 16 { %1: f32x16 = literal 1 "
     "store b1[8*g + i] contiguous i = %1 streaming } }",
     "the index a multiple of 8 elements"},
    // Stages.
    {"grid_when_built", Stage::built, "grid g in [0, 4) { }", "a kernel as built has no grid loop"},
    {"vector_when_built", Stage::built, "%0: f32x4 = literal 1", "a kernel as built has scalar values"},
    {"reduce_when_mapped", Stage::mapped,
     "grid g in [0, 4) { %0 = reduce sum lanes i in [0, 4) { %1: f32 = load b0[i] yield %1 } }",
     "a mapped kernel has no reduce"},
    {"parallel_when_mapped", Stage::mapped, "grid g in [0, 4) { parallel i in [0, 4) { } }",
     "a mapped kernel has no parallel loop"},
    {"no_grid", Stage::mapped, "%0: f32 = literal 1", "0 grid loops, one is needed"},
    {"two_grids", Stage::mapped, "grid g in [0, 4) { } grid h in [0, 4) { }", "the grid loop is the last instruction"},
    {"inner_grid", Stage::mapped, "grid h in [0, 4) { grid g in [0, 4) { } }", "the grid loop must be the outermost"},
    {"effect_beside_grid", Stage::mapped, "%0: f32 = literal 1 store b1[0] = %0 grid h in [0, 4) { }",
     "only pure values may stand beside the grid loop"},
    {"scratch_beside_grid", Stage::mapped, "%0: f32 = load s0[0] grid h in [0, 4) { }",
     "only pure values may stand beside the grid loop"},
    {"grid_bounds", Stage::mapped, "grid g in [1, 4) { }", "the grid loop runs from 0 by 1"},
    {"legal_half", Stage::legal, "%0: bf16 = literal 1 %1: bf16 = add %0, %0 grid h in [0, 4) { }",
     "a legal kernel does not compute in bf16"},
    {"legal_complex", Stage::legal, "%0: c64 = literal (1+2j) %1: c64 = add %0, %0 grid h in [0, 4) { }",
     "a legal kernel does not compute in c64"},
};

INSTANTIATE_TEST_SUITE_P(All, VerifyRefusal, testing::ValuesIn(broken),
                         [](const auto& info) { return std::string(info.param.name); });

/// Breaks that the text form cannot say.
struct Mutation {
  std::string_view name;
  std::function<void(Kernel&)> change;
  std::string_view message;
};

class VerifyMutation : public testing::TestWithParam<Mutation> {};

TEST_P(VerifyMutation, IsNamed) {
  Kernel kernel = parse(examples::softmax);
  ASSERT_EQ(message_of(kernel, Stage::built), "valid");
  GetParam().change(kernel);
  const std::string message = message_of(kernel, Stage::built);
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
}

Instruction& find(Kernel& kernel, Opcode opcode) {
  for (Instruction& in : kernel.instructions) {
    if (in.opcode == opcode) return in;
  }
  throw InternalError("no such instruction");
}

const Mutation mutations[] = {
    {"size_of_scratch", [](Kernel& k) { k.buffers[2].size = k.integers.expression(k.parameters[0]); },
     "the size of the scratch buffer b2 is not a positive constant"},
    {"empty_scratch", [](Kernel& k) { k.buffers[2].size = 0; }, "not a positive constant"},
    {"scratch_first", [](Kernel& k) { std::swap(k.buffers[1], k.buffers[2]); }, "buffer b1 comes after scratch"},
    {"buffer_names", [](Kernel& k) { k.buffers[1].name = "b0"; }, "two buffers are called b0"},
    {"alignment", [](Kernel& k) { k.buffers[1].alignment = 24; }, "the alignment of b1 is 24"},
    {"alias", [](Kernel& k) { k.buffers[0].may_alias = 1; }, "b0 may not alias"},
    {"no_buffer", [](Kernel& k) { find(k, Opcode::load).buffer = 9; }, "there is no buffer 9"},
    {"no_operand", [](Kernel& k) { find(k, Opcode::store).args[0] = 99; }, "%?99, which does not exist"},
    {"parameter_twice", [](Kernel& k) { k.parameters.push_back(k.parameters[0]); }, "p0 is listed twice"},
    {"parameter_missing", [](Kernel& k) { k.parameters.clear(); }, "p0 uses the symbol p0, which is not visible"},
    {"defined_twice",
     [](Kernel& k) {
       Region& body = k.regions[static_cast<std::size_t>(find(k, Opcode::reduce).regions[0])];
       body.body.push_back(body.body[0]);
     },
     "is defined twice"},
    {"region_twice",
     [](Kernel& k) {
       for (Instruction& in : k.instructions) {
         if (in.opcode == Opcode::loop && in.loop_kind == LoopKind::serial) {
           in.regions = find(k, Opcode::reduce).regions;
         }
       }
     },
     "has two places"},
    {"symbol_twice",
     [](Kernel& k) {
       for (Instruction& in : k.instructions) {
         if (in.opcode == Opcode::loop && in.loop_kind == LoopKind::serial) {
           in.symbol = find(k, Opcode::reduce).symbol;
         }
       }
     },
     "the symbol i is defined twice"},
    {"use_before",
     [](Kernel& k) {
       std::vector<Value>& body = k.regions[static_cast<std::size_t>(find(k, Opcode::loop).regions[0])].body;
       std::swap(body[0], body[1]);
     },
     "which is not defined before"},
    {"stray_argument", [](Kernel& k) { find(k, Opcode::call).opcode = Opcode::argument; }, "argument"},
    {"streaming_load", [](Kernel& k) { find(k, Opcode::load).streaming = true; }, "only stores stream"},
};

INSTANTIATE_TEST_SUITE_P(All, VerifyMutation, testing::ValuesIn(mutations),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Verify, LegalAsksTheTarget) {
  const Kernel kernel = parse(
      "kernel k(b0: f32 in, b1: f32 out) { grid g in [0, 4) { %0: f32 = load b0[g] "
      "%1: f32 = exp %0 store b1[g] = %1 } }");
  EXPECT_NO_THROW(verify(kernel, Stage::legal));
  Target target;
  target.name = "bare";
  EXPECT_THROW(verify(kernel, Stage::legal, target), InternalError);
  target.native.set(static_cast<std::size_t>(Op::exp));
  EXPECT_NO_THROW(verify(kernel, Stage::legal, target));
}

TEST(Verify, StreamingStoresMayUseStepsAndParameterFacts) {
  const Kernel kernel = parse(
      "kernel k(b1: f32 out align 64, p0: i64 [0, inf) multiple 16) { %0: f32x16 = literal 1 "
      "grid g in [0, 4) { vector i in [64*g, 64*g + 64) step 32 lanes 16 { "
      "store b1[i + p0 + 16] contiguous i = %0 streaming } } }");
  EXPECT_EQ(message_of(kernel, Stage::mapped), "valid");
}

TEST(Verify, GridExtent) {
  const Kernel kernel = parse(examples::vectors);
  EXPECT_EQ(kernel.integers.print(grid_extent(kernel)), "(p0 + 255 // 256)");
  EXPECT_THROW(grid_extent(parse(examples::softmax)), InternalError);
}

}  // namespace
}  // namespace cermet::kernel
