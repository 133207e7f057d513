// Targets: what the processor under us can do, asked once, and the named presets that tests and caches use.
#include "target/target.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "ops/row.h"

namespace cermet {
namespace {

/// The levels of the x86-64 psABI supplement, oldest first, with what each adds in LLVM's names.
struct Level {
  std::string_view name;
  std::string_view features;
  int vector_bytes;
};
constexpr std::array<Level, 3> levels{{
    {"x86-64-v2", "+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2", 16},
    {"x86-64-v3", "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+xsave", 32},
    {"x86-64-v4", "+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl", 64},
}};

/// Core ops everywhere; fma where the machine has it.
std::bitset<op_count> core_ops(bool has_fma) {
  std::bitset<op_count> native;
  for (int i = 0; i < op_count; ++i) native.set(static_cast<std::size_t>(i), row(static_cast<Op>(i)).expand == nullptr);
  native.set(static_cast<std::size_t>(Op::fma), has_fma);
  return native;
}

Target make_level(std::size_t index) {
  Target target;
  target.name = levels[index].name;
  target.cpu = levels[index].name;
  for (std::size_t i = 0; i <= index; ++i) {
    target.features += (i == 0 ? "" : ",") + std::string(levels[i].features);
  }
  target.vector_bytes = levels[index].vector_bytes;
  target.masked_memory = index == 2;  // AVX2 masks only 4 and 8 byte elements
  target.native = core_ops(index >= 1);
  return target;
}

Target make_interpreter() {
  Target target;
  target.name = "interpreter";
  target.vector_bytes = 16;
  target.native.set();
  return target;
}

#if defined(__x86_64__)
/// The highest level whose features the processor and the operating system both have.
std::size_t detected_level() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 2;
  return __builtin_cpu_supports("x86-64-v3") ? 1 : 0;
}
#endif

/// "512K" or "32768K" of /sys/devices/system/cpu/cpu0/cache/index*/size of data caches, by level.
std::int64_t cache_size(int level, std::int64_t otherwise) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    int found = 0;
    std::string type;
    std::int64_t size = 0;
    char unit = ' ';
    if (!(std::ifstream(folder + "level") >> found) || !(std::ifstream(folder + "type") >> type)) break;
    if (found != level || type == "Instruction" || !(std::ifstream(folder + "size") >> size >> unit)) continue;
    return size * (unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : 1);
  }
  const long asked = sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
  return asked > 0 ? asked : otherwise;
}

Target detect() {
#if defined(__x86_64__)
  Target target = make_level(detected_level());
#else
  Target target = make_interpreter();
#endif
  target.level_one_cache = cache_size(1, target.level_one_cache);
  target.last_level_cache = cache_size(3, target.last_level_cache);
  target.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return target;
}

}  // namespace

const Target& host_target() {
  static const Target target = detect();
  return target;
}

Target target_preset(std::string_view name) {
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (name == levels[i].name) return make_level(i);
  }
  if (name == "interpreter") return make_interpreter();
  fail<ValueError>("[target] \"{}\" is none of x86-64-v2, x86-64-v3, x86-64-v4, interpreter.", name);
}

}  // namespace cermet
