// compile() for C++ callers, and the switches of all compiled functions.
#include <cermet/transforms.h>

#include <atomic>

#include "base/settings.h"

namespace cermet {

namespace {

std::atomic<CompileMode>& mode() {
  static std::atomic<CompileMode> mode{settings().disable_compile ? CompileMode::disabled : CompileMode::enabled};
  return mode;
}

std::atomic<std::size_t> cache_limit{128};

}  // namespace

void disable_compile() { mode().store(CompileMode::disabled); }
void enable_compile() { mode().store(CompileMode::enabled); }
void set_compile_mode(CompileMode wanted) { mode().store(wanted); }
CompileMode compile_mode() { return mode().load(std::memory_order_relaxed); }

std::size_t set_compile_cache_limit(std::size_t entries) {
  if (entries == 0) fail<ValueError>("[set_compile_cache_limit] a compiled function keeps at least one entry, got 0");
  return cache_limit.exchange(entries);
}
std::size_t compile_cache_limit() { return cache_limit.load(std::memory_order_relaxed); }

CallDescription ArrayTreeReader::describe(std::size_t arguments) const {
  CallDescription description;
  std::size_t argument = 0;
  int constant = 0;
  const auto separate = [&] {
    if (!description.structure.empty()) description.structure += ", ";
  };
  for (std::size_t at = 0; at < statics_.size();) {
    const char tag = statics_[at++];
    separate();
    if (tag == 'a') {
      description.structure += "array";
      description.argument_names.push_back(argument < arguments ? fmt::format("argument {}", argument)
                                                                : fmt::format("state {}", argument - arguments));
      ++argument;
    } else if (tag == '[') {
      std::uint32_t count = 0;
      std::memcpy(&count, &statics_[at], sizeof count);
      at += sizeof count;
      description.structure += fmt::format("vector of {}", count);
    } else if (tag == '\'') {
      std::uint32_t count = 0;
      std::memcpy(&count, &statics_[at], sizeof count);
      at += sizeof count;
      description.structure += statics_.substr(at, count);
      at += count;
    } else {
      Literal literal;
      literal.dtype = static_cast<Dtype::Val>(tag - 'A');
      std::memcpy(&literal.bits, &statics_[at], sizeof literal.bits);
      at += sizeof literal.bits;
      description.structure += name(literal.dtype);
      description.constants.emplace_back(fmt::format("{}", constant++), literal.print());
    }
  }
  return description;
}

std::function<std::vector<array>(const std::vector<array>&)> compile(
    std::function<std::vector<array>(const std::vector<array>&)> function, bool shapeless) {
  if (!function) fail<ValueError>("[compile] the function is empty");
  return Compiled<std::function<std::vector<array>(const std::vector<array>&)>>(std::move(function),
                                                                                {.shapeless = shapeless});
}

}  // namespace cermet
