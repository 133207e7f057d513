// Convolutions of float32 (half types are converted a tile at a time) by code that oneDNN generates. The work is cut
// into whole images, or into rows of an image along the first spatial axis, one tile a thread.
//
// A convolution that dilates its input is a forward convolution gone backwards (a transposed convolution), with the
// kernel flipped: forward, backward data and backward weights of oneDNN cover all convolutions that either stride or
// dilate their input. What does both goes over columns.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "library/conv/problem.h"
#include "library/cpu/onednn_convolution.h"
#include "library/matmul/convert.h"
#include "runtime/thread_pool.h"

namespace cermet::library::conv {
namespace {

using cpu::ConvolutionCodeRef;
using cpu::ConvolutionPass;
using cpu::ConvolutionShape;

// The problem as a forward convolution between its input and its result, or, if transposed, between these exchanged.
struct Forward {
  ConvolutionShape shape;
  bool transposed = false;
};

bool all_of_axes(const Problem& p, bool (*holds)(const Axis&)) {
  return std::all_of(p.axes.begin(), p.axes.end(), holds);
}

std::optional<bool> is_transposed(const Problem& p) {
  const bool single_tap = p.taps() == 1;  // reads the same both ways
  const bool plain = all_of_axes(p, [](const Axis& a) { return a.input_dilation == 1 && a.low >= 0; });
  const bool turned = all_of_axes(p, [](const Axis& a) { return a.stride == 1 && a.reach() - a.low >= 0; });
  if (plain && (!p.flip || single_tap)) return false;
  if (turned && (p.flip || single_tap)) return true;
  return std::nullopt;
}

// With the weight's strides: of its outputs, its axes and its channels.
std::optional<Forward> forward_of(const Problem& p, std::span<const std::int64_t> strides) {
  const std::optional<bool> transposed = is_transposed(p);
  if (!transposed) return std::nullopt;
  Forward f;
  f.transposed = *transposed;
  ConvolutionShape& s = f.shape;
  s.batch = p.batch;
  s.groups = p.groups;
  s.inputs = f.transposed ? p.outputs : p.channels;
  s.outputs = f.transposed ? p.channels : p.outputs;
  s.group_stride = strides[0] * p.outputs;
  s.output_stride = f.transposed ? strides.back() : strides[0];
  s.input_stride = f.transposed ? strides[0] : strides.back();
  for (std::size_t k = 0; k < p.axes.size(); ++k) {
    const Axis& a = p.axes[k];
    const std::int64_t tap = strides[k + 1];
    s.axes.push_back(
        f.transposed
            ? ConvolutionShape::Axis{a.out, a.kernel, a.in, a.input_dilation, a.kernel_dilation, a.reach() - a.low, tap}
            : ConvolutionShape::Axis{a.in, a.kernel, a.out, a.stride, a.kernel_dilation, a.low, tap});
  }
  return f;
}

SmallVector<std::int64_t, 6> row_major_strides(const Operand& x) {
  SmallVector<std::int64_t, 6> strides(x.shape.size());
  std::int64_t stride = 1;
  for (std::size_t k = x.shape.size(); k-- > 0; stride *= x.shape[k]) strides[k] = stride;
  return strides;
}

// A permutation of a row-major array, which oneDNN reads as it is.
bool is_permuted(const Operand& x) {
  SmallVector<std::size_t, 6> order;
  for (std::size_t k = 0; k < x.shape.size(); ++k) order.push_back(k);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(x.strides[a], x.shape[a]) < std::pair(x.strides[b], x.shape[b]);
  });
  std::int64_t expected = 1;
  for (std::size_t k : order) {
    if (x.strides[k] != expected) return false;
    expected *= x.shape[k];
  }
  return true;
}

// One unit of work: images [image, image + shape.batch), and of each the rows of the input from `input_row` on and of
// the output from `output_row` on.
struct Tile {
  ConvolutionShape shape;
  std::int64_t image = 0, input_row = 0, output_row = 0;
  ConvolutionCodeRef code;
  std::size_t order = 0;  // which of the reordered weights
};

std::int64_t ceil_quotient(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Output rows [begin, end) with the input rows that they read.
std::optional<Tile> output_rows(const ConvolutionShape& whole, std::int64_t begin, std::int64_t end) {
  Tile tile{whole, 0, 0, begin, nullptr, 0};
  ConvolutionShape::Axis& a = tile.shape.axes[0];
  const std::int64_t first = begin * a.stride - a.low,
                     last = (end - 1) * a.stride - a.low + (a.kernel - 1) * a.dilation;
  tile.input_row = std::max<std::int64_t>(first, 0);
  a.input = std::min(last + 1, a.input) - tile.input_row;
  a.output = end - begin;
  a.low = tile.input_row - first;
  if (a.input <= 0) return std::nullopt;  // all padding
  return tile;
}

// Input rows [begin, end) with the output rows that read them.
std::optional<Tile> input_rows(const ConvolutionShape& whole, std::int64_t begin, std::int64_t end) {
  Tile tile{whole, 0, begin, 0, nullptr, 0};
  ConvolutionShape::Axis& a = tile.shape.axes[0];
  const std::int64_t reach = (a.kernel - 1) * a.dilation;
  const std::int64_t first = ceil_quotient(std::max<std::int64_t>(begin + a.low - reach, 0), a.stride);
  tile.output_row = std::min(first, (begin + a.low) / a.stride);  // a window may start before the rows, not after
  const std::int64_t stop = std::min((end - 1 + a.low) / a.stride + 1, a.output);
  a.low = a.low + begin - tile.output_row * a.stride;
  a.output = stop - tile.output_row;
  a.input = end - begin;
  if (a.output <= 0) return std::nullopt;  // nothing reads them
  return tile;
}

double work_of(const ConvolutionShape& s) {
  double work = static_cast<double>(s.batch) * static_cast<double>(s.groups * s.inputs * s.outputs);
  for (const ConvolutionShape::Axis& a : s.axes) work *= static_cast<double>(a.kernel * a.output);
  return work;
}

// How many tiles are worth it, from the extents alone.
std::int64_t wanted_tiles(double work, double light, double heavy, std::int64_t most) {
  const auto tiles = static_cast<std::int64_t>(std::clamp(work / light, 1.0, 8.0));
  return std::min(std::max(tiles, static_cast<std::int64_t>(std::min(work / heavy, 4096.0))), most);
}

std::vector<Tile> cut(const ConvolutionShape& whole, std::int64_t wanted, bool by_input) {
  std::vector<Tile> tiles;
  if (wanted <= whole.batch || whole.axes.empty()) {
    const std::int64_t images = ceil_quotient(whole.batch, std::max<std::int64_t>(wanted, 1));
    for (std::int64_t image = 0; image < whole.batch; image += images) {
      Tile& tile = tiles.emplace_back(Tile{whole, image, 0, 0, nullptr, 0});
      tile.shape.batch = std::min(images, whole.batch - image);
    }
    return tiles;
  }
  const std::int64_t rows = by_input ? whole.axes[0].input : whole.axes[0].output;
  const std::int64_t parts = std::min(ceil_quotient(wanted, whole.batch), rows), step = ceil_quotient(rows, parts);
  for (std::int64_t image = 0; image < whole.batch; ++image) {
    for (std::int64_t row = 0; row < rows; row += step) {
      const std::int64_t end = std::min(row + step, rows);
      ConvolutionShape one = whole;
      one.batch = 1;
      std::optional<Tile> tile = by_input ? input_rows(one, row, end) : output_rows(one, row, end);
      if (!tile) return cut(whole, whole.batch, by_input);
      tile->image = image;
      tiles.push_back(std::move(*tile));
    }
  }
  return tiles;
}

// False if there is no code for some tile.
bool generate(std::vector<Tile>& tiles) {
  for (Tile& tile : tiles) {
    tile.code = cpu::generate_convolution(tile.shape);
    if (tile.code == nullptr) return false;
  }
  return true;
}

std::int64_t places(const ConvolutionShape& s, std::int64_t ConvolutionShape::Axis::*extent, std::size_t from) {
  std::int64_t n = 1;
  for (std::size_t k = from; k < s.axes.size(); ++k) n *= s.axes[k].*extent;
  return n;
}

// Where a tile's part of one of the two row-major arrays begins, and how many elements it has.
struct Slab {
  std::int64_t begin = 0, elements = 0;
};
Slab input_slab(const ConvolutionShape& whole, const Tile& tile) {
  const std::int64_t channels = whole.groups * whole.inputs, row = places(whole, &ConvolutionShape::Axis::input, 1);
  const std::int64_t image = row * whole.axes[0].input;
  return {(tile.image * image + tile.input_row * row) * channels,
          tile.shape.batch * tile.shape.axes[0].input * row * channels};
}
Slab output_slab(const ConvolutionShape& whole, const Tile& tile) {
  const std::int64_t channels = whole.groups * whole.outputs, row = places(whole, &ConvolutionShape::Axis::output, 1);
  const std::int64_t image = row * whole.axes[0].output;
  return {(tile.image * image + tile.output_row * row) * channels,
          tile.shape.batch * tile.shape.axes[0].output * row * channels};
}

// A slab as float32: the memory itself, or scratch that is filled from it or goes back to it.
class Floats {
 public:
  Floats(char* base, Dtype dtype, Slab slab) : dtype_(dtype), slab_(slab) {
    memory_ = base + slab.begin * static_cast<std::int64_t>(dtype.size());
    if (dtype != float32) scratch_ = runtime::allocate(static_cast<std::size_t>(slab.elements) * sizeof(float));
  }
  float* data() const { return reinterpret_cast<float*>(dtype_ == float32 ? memory_ : scratch_->data()); }
  const Floats& load() const {
    if (dtype_ != float32) copy_row(memory_, 1, dtype_, true, static_cast<char*>(scratch_->data()), slab_.elements);
    return *this;
  }
  void store() const {
    if (dtype_ != float32) narrow_row(data(), dtype_, memory_, slab_.elements);
  }

 private:
  Dtype dtype_;
  Slab slab_;
  char* memory_;
  runtime::BufferRef scratch_;
};

// Weights in the orders that the tiles want: one, as a rule.
class OrderedWeights {
 public:
  OrderedWeights(std::vector<Tile>& tiles, const char* plain) {
    for (Tile& tile : tiles) {
      tile.order = 0;
      while (tile.order < codes_.size() && !cpu::same_weight_order(*codes_[tile.order], *tile.code)) ++tile.order;
      if (tile.order < codes_.size()) continue;
      codes_.push_back(tile.code);
      if (cpu::keeps_weight_order(*tile.code)) {
        data_.push_back(plain);
        continue;
      }
      buffers_.push_back(runtime::allocate(cpu::ordered_weight_bytes(*tile.code)));
      cpu::reorder_weights(*tile.code, plain, buffers_.back()->data());
      data_.push_back(buffers_.back()->data());
    }
  }
  const void* operator[](std::size_t order) const { return data_[order]; }

 private:
  std::vector<ConvolutionCodeRef> codes_;
  std::vector<runtime::BufferRef> buffers_;
  std::vector<const void*> data_;
};

// From oneDNN's order to a row-major gradient `plain` (without memory yet), turned around if `reverse`, in `dtype`.
void store_gradient(const cpu::ConvolutionCode& code, const float* ordered, bool reverse, Operand plain, Dtype dtype,
                    char* out) {
  runtime::BufferRef memory;
  const bool direct = dtype == float32 && !reverse;
  if (!direct) memory = runtime::allocate(plain.bytes());
  plain.data = direct ? out : static_cast<char*>(memory->data());
  if (cpu::keeps_weight_order(code)) {
    std::memcpy(plain.data, ordered, plain.bytes());
  } else {
    cpu::reorder_weights(code, ordered, plain.data);
  }
  if (direct) return;
  const Packed turned(reverse ? reversed(plain) : plain);
  if (dtype == float32) {
    std::memcpy(out, turned.data(), plain.bytes());
  } else {
    narrow_row(reinterpret_cast<const float*>(turned.data()), dtype, out, plain.elements());
  }
}

constexpr double light = 1 << 22, heavy = 1 << 27;  // multiplications: about 50 us and 1.5 ms

}  // namespace

bool convolve_tiles(const Problem& p, const char* input, const Operand& weight, char* out) {
  if (p.dtype == float64) return false;
  Problem q = p;  // with the kernel turned around where that helps
  const bool reverse = !is_transposed(p).has_value();
  if (reverse) q.flip = !p.flip;
  const bool as_it_is = !reverse && p.dtype == float32 && is_permuted(weight);
  const auto strides = as_it_is ? weight.strides : row_major_strides(weight);
  std::optional<Forward> forward = forward_of(q, {strides.data(), strides.size()});
  if (!forward) return false;
  const bool back = forward->transposed;
  forward->shape.pass = back ? ConvolutionPass::backward_data : ConvolutionPass::forward;
  std::vector<Tile> tiles = cut(forward->shape, wanted_tiles(work_of(forward->shape), light, heavy, 4096), back);
  if (!generate(tiles)) return false;
  const Packed plain = as_it_is ? Packed() : Packed(reverse ? reversed(weight) : weight, true);
  const OrderedWeights weights(tiles, as_it_is ? static_cast<const char*>(weight.data) : plain.data());
  char* const source = const_cast<char*>(input);
  runtime::parallel_for(static_cast<std::int64_t>(tiles.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Tile& tile = tiles[static_cast<std::size_t>(i)];
      const Slab in = input_slab(forward->shape, tile), to = output_slab(forward->shape, tile);
      const Floats read(source, p.dtype, back ? to : in), written(out, p.dtype, back ? in : to);
      read.load();
      cpu::run_convolution(*tile.code, back ? written.data() : read.data(), weights[tile.order],
                           back ? read.data() : written.data());
      written.store();
    }
  });
  return true;
}

bool weight_gradient_tiles(const Problem& p, const char* input, const char* cotangent, char* out) {
  if (p.dtype == float64) return false;
  Operand plain_gradient;  // float32, where the kernel has to be turned around or rounded
  plain_gradient.dtype = float32;
  plain_gradient.shape.push_back(p.out_channels());
  for (const Axis& a : p.axes) plain_gradient.shape.push_back(a.kernel);
  plain_gradient.shape.push_back(p.channels);
  plain_gradient.strides = row_major_strides(plain_gradient);
  Problem q = p;
  const bool reverse = !is_transposed(p).has_value();
  if (reverse) q.flip = !p.flip;
  std::optional<Forward> forward = forward_of(q, {plain_gradient.strides.data(), plain_gradient.strides.size()});
  if (!forward) return false;
  ConvolutionShape& whole = forward->shape;
  whole.pass = ConvolutionPass::backward_weights;
  const std::int64_t elements = p.out_channels() * p.taps() * p.channels;
  // Each tile has sums of its own, which cost as much as a few places of the result.
  const auto worth = static_cast<double>(elements) * 64;
  std::vector<Tile> tiles = cut(whole, wanted_tiles(work_of(whole), std::max(light, worth), 1e18, 16), false);
  if (!generate(tiles)) return false;
  for (const Tile& tile : tiles) {
    if (!cpu::same_weight_order(*tile.code, *tiles[0].code)) return false;
  }
  const auto bytes = static_cast<std::int64_t>(cpu::ordered_weight_bytes(*tiles[0].code));
  const std::int64_t count = static_cast<std::int64_t>(tiles.size());
  const runtime::BufferRef sums = runtime::allocate(static_cast<std::size_t>(count * bytes));
  char* const partial = static_cast<char*>(sums->data());
  char* const source = const_cast<char*>(forward->transposed ? cotangent : input);
  char* const result = const_cast<char*>(forward->transposed ? input : cotangent);
  runtime::parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Tile& tile = tiles[static_cast<std::size_t>(i)];
      const Floats from(source, p.dtype, input_slab(whole, tile)), to(result, p.dtype, output_slab(whole, tile));
      cpu::run_convolution(*tile.code, from.load().data(), partial + i * bytes, to.load().data());
    }
  });
  auto* const total = reinterpret_cast<float*>(partial);
  runtime::parallel_for(bytes / 4, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = 1; i < count; ++i) {
      const auto* const more = reinterpret_cast<const float*>(partial + i * bytes);
      for (std::int64_t k = begin; k < end; ++k) total[k] += more[k];
    }
  });
  store_gradient(*tiles[0].code, total, reverse, plain_gradient, p.dtype, out);
  return true;
}

}  // namespace cermet::library::conv
