// Lines of an array, a few neighbours at a time, through a plan.
#include <algorithm>

#include "base/error.h"
#include "graph/ops/fft.h"
#include "library/fft/fft.h"
#include "library/fft/plan.h"
#include "runtime/buffer.h"
#include "runtime/thread_pool.h"

namespace cermet::library {
namespace {

using fft::Number;

// Lines along one axis. Neighbouring numbers are neighbouring lines in memory, as a rule.
struct Lines {
  Lines(const Operand& operand, std::size_t axis)
      : x(operand), along(axis), extent(operand.shape[axis]), stride(operand.strides[axis]) {}
  std::int64_t offset(std::int64_t line) const {
    std::int64_t out = 0;
    for (std::size_t k = x.shape.size(); k-- > 0;) {
      if (k == along) continue;
      out += line % x.shape[k] * x.strides[k];
      line /= x.shape[k];
    }
    return out;
  }
  const Operand& x;
  std::size_t along;
  std::int64_t extent, stride;
};

constexpr std::int64_t together = 8;  // lines side by side share cache lines where the axis is not the last

template <class T>
void gather(const Lines& lines, std::int64_t first, std::int64_t count, T* out) {
  const T* from[together] = {};
  for (std::int64_t i = 0; i < count; ++i) from[i] = static_cast<const T*>(lines.x.data) + lines.offset(first + i);
  if (lines.stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) std::copy(from[i], from[i] + lines.extent, out + i * lines.extent);
    return;
  }
  for (std::int64_t j = 0; j < lines.extent; ++j) {
    for (std::int64_t i = 0; i < count; ++i) out[i * lines.extent + j] = from[i][j * lines.stride];
  }
}

template <class T>
void scatter(const Lines& lines, std::int64_t first, std::int64_t count, const T* in, float scale) {
  T* to[together] = {};
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<T*>(lines.x.data) + lines.offset(first + i);
  if (lines.stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = 0; j < lines.extent; ++j) to[i][j] = in[i * lines.extent + j] * scale;
    }
    return;
  }
  for (std::int64_t j = 0; j < lines.extent; ++j) {
    for (std::int64_t i = 0; i < count; ++i) to[i][j * lines.stride] = in[i * lines.extent + j] * scale;
  }
}

// Transforms all lines: `transform(in, out, scratch)` takes one.
template <class In, class Out, class Transform>
void for_each_line(const Lines& in, const Lines& out, float scale, std::int64_t scratch, const Transform& transform) {
  const std::int64_t count = in.extent == 0 ? 0 : in.x.elements() / in.extent;
  const std::int64_t blocks = (count + together - 1) / together;
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / (together * std::max(in.extent, out.extent)));
  const bool direct = in.stride == 1 && out.stride == 1;
  const auto bytes = [&](std::int64_t in_elements, std::int64_t out_elements) {
    return static_cast<std::size_t>(in_elements) * sizeof(In) + static_cast<std::size_t>(out_elements) * sizeof(Out);
  };
  runtime::parallel_for(blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    const runtime::BufferRef memory = runtime::allocate(static_cast<std::size_t>(scratch) * sizeof(Number) +
                                                        bytes(together * in.extent, together * out.extent));
    auto* const work = static_cast<Number*>(memory->data());
    auto* const complex_part = reinterpret_cast<char*>(work + scratch);
    auto* const from = reinterpret_cast<In*>(complex_part);
    auto* const to = reinterpret_cast<Out*>(complex_part + bytes(together * in.extent, 0));
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * together, n = std::min(together, count - first);
      if (direct) {
        for (std::int64_t i = first; i < first + n; ++i) {
          Out* const line = static_cast<Out*>(out.x.data) + out.offset(i);
          transform(static_cast<const In*>(in.x.data) + in.offset(i), line, work);
          if (scale == 1) continue;
          for (std::int64_t j = 0; j < out.extent; ++j) line[j] *= scale;
        }
        continue;
      }
      gather(in, first, n, from);
      for (std::int64_t i = 0; i < n; ++i) transform(from + i * in.extent, to + i * out.extent, work);
      scatter(out, first, n, to, scale);
    }
  });
}

}  // namespace

void run_fft(const Primitive& call, std::span<const Operand> operands) {
  const graph::FourierArguments a = graph::fourier_arguments(call);
  const Lines in(operands[0], a.axis), out(operands[1], a.axis);
  const bool to_reals = call.text == "irfft";
  const std::int64_t n = to_reals ? out.extent : in.extent;
  if (n >= std::int64_t{1} << 30) fail<ValueError>("[fft] An axis of {} points is too long: below 2^30 are done.", n);
  const auto scale = static_cast<float>(graph::fourier_scale(a.scaling, n));
  if (call.text == "fft") {
    const auto plan = fft::find_plan(n, a.inverse);
    for_each_line<Number, Number>(in, out, scale, plan->scratch(),
                                  [&](const Number* x, Number* y, Number* work) { plan->run(x, y, work); });
    return;
  }
  const auto plan = fft::find_real_plan(n, to_reals);
  if (to_reals) {
    for_each_line<Number, float>(in, out, scale, plan->scratch(),
                                 [&](const Number* x, float* y, Number* work) { plan->inverse(x, y, work); });
  } else {
    for_each_line<float, Number>(in, out, scale, plan->scratch(),
                                 [&](const float* x, Number* y, Number* work) { plan->forward(x, y, work); });
  }
}

}  // namespace cermet::library
