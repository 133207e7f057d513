// The rewriter and the questions beside it: copies are equal in text and results, hooks replace, dead code goes.
#include "kernel/rewrite.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "examples.h"
#include "random_kernel.h"

namespace cermet::kernel {
namespace {

TEST(Rewriter, CopiesExamplesExactly) {
  for (const examples::Example& example : examples::all) {
    const Kernel kernel = parse(example.text);
    Kernel without_dead = kernel;
    remove_dead(without_dead);
    EXPECT_EQ(print(Rewriter(kernel).run()), print(without_dead)) << example.name;
  }
}

TEST(Rewriter, KeepsResultsOfRandomKernels) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const bool vectors = seed % 2 == 1;
    const Kernel kernel = RandomKernel(seed, vectors).make();
    const auto expected = run_random_kernel(kernel, 4, 30);
    const Kernel copy = Rewriter(kernel).run();
    ASSERT_NO_THROW(verify(copy, vectors ? Stage::mapped : Stage::built)) << print(copy);
    ASSERT_EQ(run_random_kernel(copy, 4, 30), expected) << "seed " << seed << "\n" << print(kernel) << print(copy);
    Kernel live = kernel;
    remove_dead(live);
    ASSERT_NO_THROW(verify(live, vectors ? Stage::mapped : Stage::built)) << print(live);
    ASSERT_EQ(run_random_kernel(live, 4, 30), expected) << "seed " << seed << "\n" << print(kernel) << print(live);
    ASSERT_LE(live.instructions.size(), kernel.instructions.size());
  }
}

class Doubling : public Rewriter {
 public:
  using Rewriter::Rewriter;
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode == Opcode::call && in.op == Op::multiply) {
      set(old, build().call(Op::add, {at(in.args[0]), at(in.args[0])}));
    } else {
      copy(old);
    }
  }
};

TEST(Rewriter, HooksReplaceInstructions) {
  const Kernel kernel = parse(examples::elementwise);
  EXPECT_EQ(print(Doubling(kernel).run()),
            R"(kernel scale(b0: f32 in align 64, b1: f32 out align 64 alias b0, p0: i64 [2, inf) hint 4096) {
  parallel i0 in [0, p0) {
    %0: f32 = load b0[i0]
    %1: f32 = add %0, %0
    %2: f32 = add %1, %0
    store b1[i0] = %2
  }
}
)");
}

/// Emits the body of each serial loop twice a step, the way an unrolling pass does.
class Unroll : public Rewriter {
 public:
  using Rewriter::Rewriter;
  void visit(Value old) override {
    const Instruction& in = from.instructions[static_cast<std::size_t>(old)];
    if (in.opcode != Opcode::loop || in.loop_kind != LoopKind::serial) {
      copy(old);
      return;
    }
    build().loop(LoopKind::serial, "u", at(in.begin), at(in.end), 2, {}, [&](IntExpr u, std::span<const Value>) {
      for (int part = 0; part < 2; ++part) {
        set(in.symbol, integers().add(u, part));
        visit_region(in.regions[0]);
      }
      return std::vector<Value>();
    });
  }
};

TEST(Rewriter, RegionsMayBeVisitedAgain) {
  const Kernel kernel = parse(
      "kernel k(b0: f32 in, b1: f32 out) { serial i in [0, 8) { %0: f32 = load b0[7] %1: f32 = load b0[i] %2: f32 = "
      "add %0, %1 store b1[i] = %2 } }");
  EXPECT_EQ(print(Unroll(kernel).run()), R"(kernel k(b0: f32 in, b1: f32 out) {
  serial u in [0, 8) step 2 {
    %0: f32 = load b0[7]
    %1: f32 = load b0[u]
    %2: f32 = add %0, %1
    store b1[u] = %2
    %3: f32 = load b0[u + 1]
    %4: f32 = add %0, %3
    store b1[u + 1] = %4
  }
}
)");
}

class Forgetful : public Rewriter {
 public:
  using Rewriter::Rewriter;
  void visit(Value old) override {
    if (from.instructions[static_cast<std::size_t>(old)].opcode != Opcode::load) copy(old);
  }
};

TEST(Rewriter, NamesWhatAPassForgot) {
  const Kernel kernel = parse(examples::elementwise);
  try {
    Forgetful(kernel).run();
    FAIL() << "not noticed";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("nothing took the place of %"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("load b0[i0]"), std::string::npos) << error.what();
  }
}

TEST(RemoveDead, RemovesValuesLoopsAndCarriedValues) {
  Kernel kernel = parse(R"(kernel k(b0: f32 in, b1: f32 out) {
  %0: f32 = literal 0
  %1: f32 = literal 1
  %2: f32 = exp %1
  %3 = serial i in [0, 8) carry (%4 = %0, %5 = %1, %6 = %0) {
    %7: f32 = load b0[i]
    %8: f32 = add %4, %7
    %9: f32 = add %6, %7
    %10: f32 = add %5, %5
    yield %9, %10, %9
  }
  %11: f32 = result %3.2
  %12: f32 = result %3.0
  store b1[0] = %11
  %13 = reduce sum lanes j in [0, 8) {
    %14: f32 = load b0[j]
    yield %14
  }
  parallel k in [0, 8) {
    %15: f32 = load b0[k]
    %16: i32 = convert %15
    bind m = %16
    %17: f32 = load b0[m]
  }
}
)");
  remove_dead(kernel);
  EXPECT_EQ(print(kernel), R"(kernel k(b0: f32 in, b1: f32 out) {
  %0: f32 = literal 0
  %1 = serial i in [0, 8) carry (%2 = %0) {
    %3: f32 = load b0[i]
    %4: f32 = add %2, %3
    yield %4
  }
  %5: f32 = result %1.0
  store b1[0] = %5
}
)");
  EXPECT_NO_THROW(verify(kernel, Stage::built));
  EXPECT_EQ(kernel.instructions.size(), 7U);
}

TEST(RemoveDead, KeepsBindsThatIndicesUse) {
  Kernel kernel = parse(examples::gather);
  remove_dead(kernel);
  EXPECT_EQ(print(kernel), examples::gather);
}

Value named(const Kernel& kernel, Opcode opcode, int nth = 0) {
  Value found = no_value;
  walk(kernel, kernel.body, [&](Value value) {
    if (kernel.instructions[static_cast<std::size_t>(value)].opcode == opcode && nth-- == 0) found = value;
  });
  return found;
}

TEST(Questions, UsesRegionsAndContents) {
  const Kernel kernel = parse(examples::softmax);
  const std::vector<int> uses = use_counts(kernel);
  EXPECT_EQ(uses[static_cast<std::size_t>(named(kernel, Opcode::load, 0))], 1) << "yielded";
  EXPECT_EQ(uses[static_cast<std::size_t>(named(kernel, Opcode::result, 1))], 1);
  const std::vector<RegionId> homes = regions_of(kernel);
  const Value loop = named(kernel, Opcode::loop);
  EXPECT_EQ(homes[static_cast<std::size_t>(loop)], kernel.body);
  const RegionId body = kernel.instructions[static_cast<std::size_t>(loop)].regions[0];
  EXPECT_EQ(homes[static_cast<std::size_t>(named(kernel, Opcode::reduce))], body);
  EXPECT_TRUE(contains(kernel, kernel.body, Opcode::reduce));
  EXPECT_FALSE(contains(kernel, kernel.body, Opcode::bind));
  EXPECT_TRUE(writes(kernel, body, 2));
  EXPECT_FALSE(writes(kernel, body, 0));
  int count = 0;
  walk(kernel, kernel.body, [&](Value) { ++count; });
  EXPECT_EQ(count, 16);
}

TEST(Questions, DependenceGoesThroughLoopsAndBinds) {
  const Kernel kernel = parse(R"(kernel k(b0: f32 in, b1: f32 out, b2: i32 in) {
  %0: f32 = literal 0
  parallel i in [0, 8) {
    parallel j in [0, 8) {
      %1: i32 = load b2[i]
      bind m = %1
      %2: f32 = load b0[m]
      %3 = serial k in [0, j) carry (%4 = %0, %5 = %0) {
        %6: f32 = add %4, %2
        yield %6, %5
      }
      %7: f32 = result %3.0
      %8 = serial l in [0, 9) carry (%9 = %0) {
        %10: f32 = load b0[l]
        %11: f32 = add %9, %10
        yield %11
      }
      %12: f32 = result %8.0
      store b1[j] = %12
    }
  }
}
)");
  const auto varies = [&](std::string_view symbol, Opcode opcode, int nth) {
    return bool(
        depends_on(kernel, *kernel.integers.find_symbol(symbol))[static_cast<std::size_t>(named(kernel, opcode, nth))]);
  };
  EXPECT_TRUE(varies("i", Opcode::load, 0));
  EXPECT_TRUE(varies("i", Opcode::load, 1)) << "through the bind";
  EXPECT_TRUE(varies("i", Opcode::result, 0)) << "through the carried value";
  EXPECT_FALSE(varies("j", Opcode::load, 1));
  EXPECT_TRUE(varies("j", Opcode::result, 0)) << "its trip count";
  EXPECT_FALSE(varies("j", Opcode::result, 1));
  EXPECT_TRUE(varies("l", Opcode::call, 1));
  EXPECT_FALSE(varies("l", Opcode::result, 1)) << "the loop has ended";
  EXPECT_TRUE(varies("k", Opcode::call, 0)) << "it changes from one step to the next";
}

}  // namespace
}  // namespace cermet::kernel
