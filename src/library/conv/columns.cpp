// Convolutions as matrix products: each place of the result takes a row of what its kernel meets ("columns", by
// tradition), and a product with the weights is the convolution. For any dtype, stride, dilation and padding; a
// pointwise convolution needs no columns but its input. Columns are made a few megabytes at a time.
#include <algorithm>
#include <cstring>

#include "library/conv/problem.h"
#include "library/matmul/convert.h"
#include "library/matmul/cpu.h"
#include "runtime/thread_pool.h"

namespace cermet::library::conv {
namespace {

constexpr std::int64_t columns_at_once = 1 << 20;  // elements

// Makes rows of the columns: row t holds, for each group and each tap, the group's channels at the tap's place.
class Columns {
 public:
  Columns(const Problem& p, const char* input)
      : p_(p),
        input_(input),
        row_bytes_(p.in_channels() * static_cast<std::int64_t>(p.dtype.size())),
        taps_(p.taps()),
        in_runs_(!p.flip && p.groups == 1 && p.axes.back().kernel_dilation == 1 && p.axes.back().input_dilation == 1) {}

  std::int64_t width() const { return taps_ * p_.in_channels(); }

  void fill(std::int64_t first, std::int64_t last, char* out) const {
    const std::int64_t bytes = taps_ * row_bytes_;
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 17) / bytes);
    runtime::parallel_for(last - first, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) fill_row(first + t, out + t * bytes);
    });
  }

 private:
  void fill_row(std::int64_t t, char* out) const {
    const std::size_t rank = p_.axes.size();
    std::int64_t start[3] = {0, 0, 0};
    for (std::size_t k = rank; k-- > 0; t /= p_.axes[k].out) {
      start[k] = t % p_.axes[k].out * p_.axes[k].stride - p_.axes[k].low;
    }
    const std::int64_t image = t * p_.in_places();
    if (in_runs_) return fill_runs(image, start, out);
    std::int64_t tap[3] = {0, 0, 0};
    for (std::int64_t i = 0; i < taps_; ++i) {
      std::int64_t place = 0;
      bool inside = true;
      for (std::size_t k = 0; k < rank; ++k) {
        const Axis& a = p_.axes[k];
        const std::int64_t dilated = start[k] + (p_.flip ? a.kernel - 1 - tap[k] : tap[k]) * a.kernel_dilation;
        inside = inside && dilated >= 0 && dilated % a.input_dilation == 0 && dilated / a.input_dilation < a.in;
        place = place * a.in + dilated / a.input_dilation;
      }
      write_tap(inside ? input_ + (image + place) * row_bytes_ : nullptr, out + i * (row_bytes_ / p_.groups));
      for (std::size_t k = rank; k-- > 0;) {
        if (++tap[k] < p_.axes[k].kernel) break;
        tap[k] = 0;
      }
    }
  }

  // Neighbouring taps of the last axis meet neighbouring places: one copy for them all.
  void fill_runs(std::int64_t image, const std::int64_t* start, char* out) const {
    const std::size_t last = p_.axes.size() - 1;
    const Axis& line = p_.axes[last];
    const std::int64_t before = std::clamp<std::int64_t>(-start[last], 0, line.kernel);
    const std::int64_t end = std::clamp<std::int64_t>(line.in - start[last], before, line.kernel);
    std::int64_t tap[2] = {0, 0};
    for (std::int64_t i = 0; i < taps_; i += line.kernel, out += line.kernel * row_bytes_) {
      std::int64_t place = 0;
      bool inside = true;
      for (std::size_t k = 0; k < last; ++k) {
        const Axis& a = p_.axes[k];
        const std::int64_t at = start[k] + tap[k] * a.kernel_dilation;
        inside = inside && at >= 0 && at % a.input_dilation == 0 && at / a.input_dilation < a.in;
        place = place * a.in + at / a.input_dilation;
      }
      const std::int64_t first = inside ? before : line.kernel, stop = inside ? end : line.kernel;
      const auto bytes = [&](std::int64_t places) { return static_cast<std::size_t>(places * row_bytes_); };
      std::memset(out, 0, bytes(first));
      if (stop > first) {
        const std::int64_t from = image + place * line.in + start[last] + first;
        std::memcpy(out + first * row_bytes_, input_ + from * row_bytes_, bytes(stop - first));
      }
      std::memset(out + stop * row_bytes_, 0, bytes(line.kernel - stop));
      for (std::size_t k = last; k-- > 0;) {
        if (++tap[k] < p_.axes[k].kernel) break;
        tap[k] = 0;
      }
    }
  }

  // The channels of a place, or zeros, to where each group has them.
  void write_tap(const char* channels, char* out) const {
    const std::int64_t bytes = row_bytes_ / p_.groups;
    for (std::int64_t group = 0; group < p_.groups; ++group, out += taps_ * bytes) {
      if (channels == nullptr)
        std::memset(out, 0, static_cast<std::size_t>(bytes));
      else
        std::memcpy(out, channels + group * bytes, static_cast<std::size_t>(bytes));
    }
  }

  const Problem& p_;
  const char* input_;
  std::int64_t row_bytes_, taps_;
  bool in_runs_;
};

// The columns of rows [first, last), a row `width` elements: the input itself, or made in `memory`.
char* columns_of(const Problem& p, const Columns& columns, const char* input, std::int64_t first, std::int64_t last,
                 const runtime::BufferRef& memory) {
  if (p.pointwise())
    return const_cast<char*>(input) + first * p.in_channels() * static_cast<std::int64_t>(p.dtype.size());
  columns.fill(first, last, static_cast<char*>(memory->data()));
  return static_cast<char*>(memory->data());
}

std::int64_t rows_at_once(const Problem& p, std::int64_t width) {
  return p.pointwise() ? p.batch * p.out_places() : std::max<std::int64_t>(1, columns_at_once / width);
}

template <class T>
void add_to(T* sums, const T* more, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += more[i];
}

runtime::BufferRef column_memory(const Problem& p, std::int64_t rows, std::int64_t width) {
  if (p.pointwise()) return {};
  return runtime::allocate(static_cast<std::size_t>(std::min(rows, p.batch * p.out_places()) * width) *
                           static_cast<std::size_t>(p.dtype.size()));
}

// The weight's gradient, added up in the dtype of the operands.
void add_gradients(const Problem& p, const char* input, const char* cotangent, char* out) {
  const Columns columns(p, input);
  const std::int64_t element = p.dtype.size(), width = columns.width(), rows = p.batch * p.out_places();
  const std::int64_t at_once = rows_at_once(p, width), depth = p.taps() * p.channels, count = p.out_channels() * depth;
  const runtime::BufferRef memory = column_memory(p, at_once, width);
  runtime::BufferRef more;
  for (std::int64_t first = 0; first < rows; first += at_once) {
    const std::int64_t last = std::min(rows, first + at_once);
    if (first > 0 && !more) more = runtime::allocate(static_cast<std::size_t>(count * element));
    char* const sums = first == 0 ? out : static_cast<char*>(more->data());
    Product product;
    product.dtype = p.dtype;
    product.m = p.outputs;
    product.n = depth;
    product.k = last - first;
    product.batch = {p.groups};
    product.a = {const_cast<char*>(cotangent) + first * p.out_channels() * element, 1, p.out_channels(), {p.outputs}};
    product.b = {columns_of(p, columns, input, first, last, memory), width, 1, {depth}};
    product.c = {sums, depth, 1, {p.outputs * depth}};
    multiply_on_cpu(std::move(product));
    if (first == 0) continue;
    if (p.dtype == float64) {
      add_to(reinterpret_cast<double*>(out), reinterpret_cast<const double*>(sums), count);
    } else {
      add_to(reinterpret_cast<float*>(out), reinterpret_cast<const float*>(sums), count);
    }
  }
}

runtime::BufferRef widened(const char* halves, Dtype dtype, std::int64_t elements) {
  runtime::BufferRef buffer = runtime::allocate(static_cast<std::size_t>(elements) * sizeof(float));
  copy_row(halves, 1, dtype, true, static_cast<char*>(buffer->data()), elements);
  return buffer;
}

}  // namespace

void convolve_columns(const Problem& given, const char* input, const Operand& weight, char* out) {
  Problem p = given;
  p.flip = false;
  const Columns columns(p, input);
  const std::int64_t element = p.dtype.size(), width = columns.width(), rows = p.batch * p.out_places();
  const std::int64_t at_once = rows_at_once(p, width), depth = p.taps() * p.channels;
  const Packed plain(given.flip ? reversed(weight) : weight);
  const runtime::BufferRef memory = column_memory(p, at_once, width);
  for (std::int64_t first = 0; first < rows; first += at_once) {
    const std::int64_t last = std::min(rows, first + at_once);
    Product product;
    product.dtype = p.dtype;
    product.m = last - first;
    product.n = p.outputs;
    product.k = depth;
    product.batch = {p.groups};
    product.a = {columns_of(p, columns, input, first, last, memory), width, 1, {depth}};
    product.b = {const_cast<char*>(plain.data()), 1, depth, {p.outputs * depth}};
    product.c = {out + first * p.out_channels() * element, p.out_channels(), 1, {p.outputs}};
    multiply_on_cpu(std::move(product));
  }
}

void weight_gradient_columns(const Problem& p, const char* input, const char* cotangent, char* out) {
  if (!is_half(p.dtype)) return add_gradients(p, input, cotangent, out);
  Problem wide = p;
  wide.dtype = float32;
  const std::int64_t count = p.out_channels() * p.taps() * p.channels;
  const runtime::BufferRef x = widened(input, p.dtype, p.batch * p.in_places() * p.in_channels());
  const runtime::BufferRef y = widened(cotangent, p.dtype, p.batch * p.out_places() * p.out_channels());
  const runtime::BufferRef sums = runtime::allocate(static_cast<std::size_t>(count) * sizeof(float));
  add_gradients(wide, static_cast<const char*>(x->data()), static_cast<const char*>(y->data()),
                static_cast<char*>(sums->data()));
  narrow_row(static_cast<const float*>(sums->data()), p.dtype, out, count);
}

}  // namespace cermet::library::conv
