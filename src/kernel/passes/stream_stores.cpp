// Large outputs bypass the caches; see stream_stores.h.
#include "kernel/passes/stream_stores.h"

#include <algorithm>
#include <numeric>

#include "kernel/passes/nest.h"
#include "kernel/passes/widen.h"

namespace cermet::kernel {

namespace {

/// A loop around the instruction at hand.
struct Around {
  SymbolId symbol = 0;
  std::int64_t divisor = 1;  ///< Of the symbol itself, at its first lane.
};

class StreamStores {
 public:
  StreamStores(Kernel& kernel, const Target& target) : kernel_(kernel), target_(target) {}

  void region(RegionId id, std::int64_t steps, Around around) {
    for (const Value value : kernel_.regions[static_cast<std::size_t>(id)].body) {
      Instruction& in = kernel_.instructions[static_cast<std::size_t>(value)];
      if (in.opcode == Opcode::loop) {
        const std::int64_t divisor = in.begin == IntExpr(0) ? 0 : kernel_.integers.known_divisor(in.begin);
        const std::int64_t step = in.step.is_constant() ? in.step.value() : 1;
        const std::int64_t inside = std::min(steps * trips(in, step), std::int64_t{1} << 40);
        region(in.regions[0], inside, {in.symbol, std::gcd(divisor, step)});
      } else if (in.opcode == Opcode::store && in.access == Access::contiguous && in.args.size() == 1) {
        store(in, steps, around);
      }
    }
  }

 private:
  std::int64_t trips(const Instruction& loop, std::int64_t step) const {
    const std::int64_t extent = std::max<std::int64_t>(0, full(loop.end) - full(loop.begin));
    return std::clamp<std::int64_t>((extent + step - 1) / step, 0, std::int64_t{1} << 20);
  }

  /// An estimate with the loops around at their first iteration, where tiles are whole.
  std::int64_t full(IntExpr e) const {
    return kernel_.integers.evaluate(e, [&](SymbolId s) {
      const bool parameter =
          std::find(kernel_.parameters.begin(), kernel_.parameters.end(), s) != kernel_.parameters.end();
      return parameter ? estimate(kernel_.integers, kernel_.integers.expression(s)) : std::int64_t{0};
    });
  }

  void store(Instruction& in, std::int64_t steps, Around around) {
    const Buffer& buffer = kernel_.buffers[static_cast<std::size_t>(in.buffer)];
    const std::int64_t bytes = std::int64_t{in.lanes} * in.dtype.size();
    // Lanes of bool are bytes; what is written at once must be a whole aligned vector.
    const std::int64_t divisor = first_lane_divisor(kernel_.integers, in.index, around.symbol, around.divisor);
    const bool aligned = buffer.alignment % bytes == 0 && divisor * in.dtype.size() % bytes == 0;
    const bool large = steps > target_.last_level_cache / 2 / bytes;
    in.streaming = buffer.role == BufferRole::output && aligned && large && bytes >= 16;
  }

  Kernel& kernel_;
  const Target& target_;
};

}  // namespace

void stream_stores(Kernel& kernel, const Target& target) { StreamStores(kernel, target).region(kernel.body, 1, {}); }

}  // namespace cermet::kernel
