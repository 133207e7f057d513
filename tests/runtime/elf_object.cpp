// The loader of relocatable objects, against what LLVM emits and against damaged copies of it.
#include "runtime/cpu/elf_object.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <random>

#include "base/error.h"
#include "runtime/cpu/llvm.h"
#include "runtime/process.h"

namespace cermet::runtime::cpu {
namespace {

// Vector constants (.rodata.cst64), a jump table (relative relocations), a constant array, a call between functions.
constexpr char rich_module[] = R"(
@table = private constant [4 x i64] [i64 11, i64 22, i64 33, i64 44], align 32
@names = internal constant [2 x ptr] [ptr @table, ptr getelementptr (i8, ptr @table, i64 8)]
define internal i64 @helper(i64 %x) noinline nounwind {
  switch i64 %x, label %d [ i64 0, label %a  i64 1, label %b  i64 2, label %c  i64 3, label %e  i64 4, label %f ]
a:
  ret i64 100
b:
  ret i64 70
c:
  ret i64 -5
d:
  ret i64 1
e:
  ret i64 31
f:
  ret i64 77
}
define i64 @f(i64 %x) nounwind {
  %h = call i64 @helper(i64 %x)
  %i = and i64 %x, 3
  %p = getelementptr [4 x i64], ptr @table, i64 0, i64 %i
  %t = load i64, ptr %p
  %j = and i64 %x, 1
  %q = getelementptr [2 x ptr], ptr @names, i64 0, i64 %j
  %n = load ptr, ptr %q
  %m = load i64, ptr %n
  %s = add i64 %h, %t
  %r = add i64 %s, %m
  ret i64 %r
}
define void @g(ptr %out) {
  %v = load <8 x double>, ptr %out
  %w = fadd <8 x double> %v, <double 1.5, double 2.5, double 3.5, double 4.5, double 5.5, double 6.5, double 7.5, double 8.5>
  store <8 x double> %w, ptr %out
  ret void
}
)";

std::string rich_object() {
  static const std::string object = compile_object(rich_module, {"x86-64", ""}, "rich");
  return object;
}

std::string message_of(const std::string& file, const std::string& symbol) {
  try {
    load_object(file, symbol);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no error";
}

using Function = std::int64_t (*)(std::int64_t);

TEST(ElfObject, RunsCodeWithConstantsTablesAndCalls) {
  const auto object = load_object(rich_object(), "f");
  const auto f = reinterpret_cast<Function>(object->entry());
  EXPECT_EQ(f(0), 100 + 11 + 11);
  EXPECT_EQ(f(1), 70 + 22 + 22);
  EXPECT_EQ(f(2), -5 + 33 + 11);
  EXPECT_EQ(f(3), 31 + 44 + 22);
  EXPECT_EQ(f(4), 77 + 11 + 11);
  EXPECT_EQ(f(9), 1 + 22 + 22);
}

TEST(ElfObject, VectorConstantsAreAligned) {
  for (const char* cpu : {"x86-64", "x86-64-v2"}) {
    const auto object = load_object(compile_object(rich_module, {cpu, ""}, "rich"), "g");
    alignas(64) double values[8] = {};
    reinterpret_cast<void (*)(double*)>(object->entry())(values);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(values[i], i + 1.5);
  }
}

TEST(ElfObject, CodeIsNeverWritableAndExecutable) {
  const auto object = load_object(rich_object(), "f");
  const auto address = reinterpret_cast<std::uintptr_t>(object->entry());
  std::ifstream maps("/proc/self/maps");
  std::string line, rights;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0, end = 0;
    char text[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, text) != 3) continue;
    if (begin <= address && address < end) rights = text;
  }
  EXPECT_EQ(rights, "r-xp");
}

TEST(ElfObject, MissingSymbolsAreNamed) {
  EXPECT_NE(message_of(rich_object(), "h").find("no function h"), std::string::npos);
  EXPECT_NE(message_of(rich_object(), "table").find("no function table"), std::string::npos);
}

TEST(ElfObject, UndefinedSymbolsAreNamed) {
  const std::string object = compile_object(
      "declare float @fmodf(float, float)\ndefine float @f(float %x) {\n"
      "  %y = call float @fmodf(float %x, float %x)\n  ret float %y\n}\n",
      {"x86-64", ""}, "f");
  EXPECT_NE(message_of(object, "f").find("undefined symbol \"fmodf\""), std::string::npos) << message_of(object, "f");
}

TEST(ElfObject, WritableDataIsRefused) {
  const std::string object = compile_object(
      "@x = internal global i64 5\ndefine i64 @f() {\n  %y = load i64, ptr @x\n"
      "  store i64 6, ptr @x\n  ret i64 %y\n}\n",
      {"x86-64", ""}, "f");
  EXPECT_NE(message_of(object, "f").find("writable"), std::string::npos) << message_of(object, "f");
}

TEST(ElfObject, OtherFilesAreRefused) {
  EXPECT_NE(message_of("", "f").find("ends at 0"), std::string::npos);
  EXPECT_NE(message_of(std::string(4096, 'x'), "f").find("no ELF"), std::string::npos);
  std::string object = rich_object();
  object[18] = 40;  // e_machine: ARM
  EXPECT_NE(message_of(object, "f").find("x86-64"), std::string::npos);
}

TEST(ElfObject, EveryCutIsRefusedOrHarmless) {
  const std::string object = rich_object();
  int refused = 0;
  for (std::size_t size = 0; size < object.size(); ++size) {
    refused += message_of(object.substr(0, size), "f") != "no error" ? 1 : 0;
  }
  EXPECT_EQ(refused, static_cast<int>(object.size()));  // the table of sections is at the end
}

// The code isn't run: a content hash guards it on disk. The loader itself must survive any bytes.
TEST(ElfObject, DamagedBytesNeverCrashTheLoader) {
  const std::string object = rich_object();
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = object;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      load_object(damaged, "f");
    } catch (const ValueError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(ElfObject, ExtremeFieldsAreRefused) {
  const std::string object = rich_object();
  // Every aligned 8-byte field set to values that overflow additions.
  for (std::size_t at = 0; at + 8 <= object.size(); at += 4) {
    for (std::uint64_t value : {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{0x7fffffffffffffff}}) {
      std::string damaged = object;
      std::memcpy(damaged.data() + at, &value, sizeof value);
      try {
        load_object(damaged, "f");
      } catch (const ValueError&) {
      }
    }
  }
}

}  // namespace
}  // namespace cermet::runtime::cpu
