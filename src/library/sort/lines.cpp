// Lines along an axis. Where lines are not contiguous, a block of neighbours is copied at once, so that each cache line
// of the array is read and written once.
#include "library/sort/lines.h"

#include <algorithm>
#include <bit>

#include "runtime/buffer.h"
#include "runtime/thread_pool.h"

namespace cermet::library::sorting {
namespace {

struct Place {
  std::int64_t in = 0, out = 0;  // of a line's first element, in elements
};

Place place_of(const Lines& lines, std::int64_t line) {
  Place place;
  for (std::size_t k = lines.extents.size(); k-- > 0;) {
    const std::int64_t index = line % lines.extents[k];
    line /= lines.extents[k];
    place.in += index * lines.in_strides[k];
    place.out += index * lines.out_strides[k];
  }
  return place;
}

template <class Word>
void copy_strided(const char* in, std::int64_t in_step, char* out, std::int64_t out_step, std::int64_t n) {
  const auto* source = reinterpret_cast<const Word*>(in);
  auto* target = reinterpret_cast<Word*>(out);
  for (std::int64_t i = 0; i < n; ++i) target[i * out_step] = source[i * in_step];
}

void copy_elements(std::int64_t size, const char* in, std::int64_t in_step, char* out, std::int64_t out_step,
                   std::int64_t n) {
  switch (size) {
    case 1:
      return copy_strided<std::uint8_t>(in, in_step, out, out_step, n);
    case 2:
      return copy_strided<std::uint16_t>(in, in_step, out, out_step, n);
    case 4:
      return copy_strided<std::uint32_t>(in, in_step, out, out_step, n);
    default:
      return copy_strided<std::uint64_t>(in, in_step, out, out_step, n);
  }
}

constexpr std::int64_t block_lines = 16;  // of 4 bytes: a cache line
constexpr std::int64_t tile_rows = 64;    // elements of each line that a copy takes before it goes to the next line

// Lines [begin, begin + places.size()) of the input into rows, or back.
class Block {
 public:
  Block(const Lines& lines, std::size_t scratch_bytes)
      : lines_(lines),
        stage_in_(lines.in_step != 1 && lines.length > 1),
        stage_out_(lines.out_step != 1 && lines.out_length > 1),
        in_row_(padded(lines.length * lines.in_size)),
        out_row_(padded(lines.out_length * lines.out_size)),
        buffer_(runtime::allocate(
            static_cast<std::size_t>(block_lines * ((stage_in_ ? in_row_ : 0) + (stage_out_ ? out_row_ : 0))) +
            scratch_bytes)) {}

  void run(std::int64_t begin, std::int64_t end, const LineKernel& kernel) {
    char* in_rows = static_cast<char*>(buffer_->data());
    char* out_rows = in_rows + (stage_in_ ? block_lines * in_row_ : 0);
    char* scratch = out_rows + (stage_out_ ? block_lines * out_row_ : 0);
    const auto n = static_cast<std::size_t>(end - begin);
    std::array<Place, block_lines> places;
    for (std::size_t i = 0; i < n; ++i) places[i] = place_of(lines_, begin + static_cast<std::int64_t>(i));
    if (stage_in_) {
      tiles(lines_.length, n, [&](std::size_t i, std::int64_t from, std::int64_t count) {
        copy_elements(lines_.in_size, lines_.in + (places[i].in + from * lines_.in_step) * lines_.in_size,
                      lines_.in_step, in_rows + static_cast<std::int64_t>(i) * in_row_ + from * lines_.in_size, 1,
                      count);
      });
    }
    for (std::size_t i = 0; i < n; ++i) {
      kernel(stage_in_ ? in_rows + static_cast<std::int64_t>(i) * in_row_ : lines_.in + places[i].in * lines_.in_size,
             stage_out_ ? out_rows + static_cast<std::int64_t>(i) * out_row_
                        : lines_.out + places[i].out * lines_.out_size,
             scratch);
    }
    if (stage_out_) {
      tiles(lines_.out_length, n, [&](std::size_t i, std::int64_t from, std::int64_t count) {
        copy_elements(lines_.out_size, out_rows + static_cast<std::int64_t>(i) * out_row_ + from * lines_.out_size, 1,
                      lines_.out + (places[i].out + from * lines_.out_step) * lines_.out_size, lines_.out_step, count);
      });
    }
  }

 private:
  static std::int64_t padded(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

  template <class Copy>
  static void tiles(std::int64_t length, std::size_t lines, Copy&& copy) {
    for (std::int64_t from = 0; from < length; from += tile_rows) {
      for (std::size_t i = 0; i < lines; ++i) copy(i, from, std::min(tile_rows, length - from));
    }
  }

  const Lines& lines_;
  bool stage_in_, stage_out_;
  std::int64_t in_row_, out_row_;
  runtime::BufferRef buffer_;
};

}  // namespace

Lines lines_along(const Operand& in, const Operand& out, std::int64_t axis) {
  const auto along = static_cast<std::size_t>(axis);
  Lines lines;
  lines.length = in.shape[along];
  lines.out_length = out.shape[along];
  lines.in_step = in.strides[along];
  lines.out_step = out.strides[along];
  lines.count = 1;
  for (std::size_t k = 0; k < in.shape.size(); ++k) {
    if (k == along) continue;
    lines.extents.push_back(in.shape[k]);
    lines.in_strides.push_back(in.strides[k]);
    lines.out_strides.push_back(out.strides[k]);
    lines.count *= in.shape[k];
  }
  lines.in = static_cast<const char*>(in.data);
  lines.out = static_cast<char*>(out.data);
  lines.in_size = in.dtype.size();
  lines.out_size = out.dtype.size();
  return lines;
}

void for_each_line(const Lines& lines, std::size_t scratch_bytes, const LineKernel& kernel) {
  if (lines.count == 0) return;
  if (lines.count == 1) return Block(lines, scratch_bytes).run(0, 1, kernel);
  constexpr std::int64_t worthwhile = 1 << 15;  // elements that pay for waking a thread
  const std::int64_t few = std::max<std::int64_t>(1, lines.count / (4 * runtime::thread_count()));
  const std::int64_t least = std::max<std::int64_t>(1, worthwhile / std::max<std::int64_t>(1, lines.length));
  const std::int64_t blocks_of = std::max(least, std::min(few, block_lines));
  const std::int64_t grain = blocks_of >= block_lines ? blocks_of / block_lines * block_lines : blocks_of;
  runtime::parallel_for(lines.count, grain, [&](std::int64_t begin, std::int64_t end) {
    Block block(lines, scratch_bytes);
    for (std::int64_t line = begin; line < end; line += block_lines) {
      block.run(line, std::min(line + block_lines, end), kernel);
    }
  });
}

}  // namespace cermet::library::sorting
