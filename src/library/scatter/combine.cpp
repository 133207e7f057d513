// Loops over rows for every dtype and combiner, with the arithmetic of the kernels: integers wrap, maximum and minimum
// keep NaN and order -0 below 0, half types compute in float32 and round once for each update.
#include "library/scatter/combine.h"

#include <algorithm>
#include <complex>
#include <cstring>

#include "base/error.h"
#include "library/matmul/convert.h"
#include "ops/exact.h"

namespace cermet::library {
namespace {

using graph::Combiner;
using Complex = std::complex<float>;
enum class Boolean : std::uint8_t {};  // a byte that views may have filled with anything

template <class T>
T combined(Combiner combiner, T old, T update) {
  if constexpr (std::is_same_v<T, Boolean>) {
    const bool a = old != Boolean{}, b = update != Boolean{};
    return static_cast<Boolean>(combiner == Combiner::add || combiner == Combiner::max ? a || b : a && b);
  } else if constexpr (std::is_integral_v<T>) {
    using U = std::conditional_t<sizeof(T) < 4, std::uint32_t, std::make_unsigned_t<T>>;  // wraps
    if (combiner == Combiner::add) return static_cast<T>(static_cast<U>(old) + static_cast<U>(update));
    if (combiner == Combiner::prod) return static_cast<T>(static_cast<U>(old) * static_cast<U>(update));
    return combiner == Combiner::max ? std::max(old, update) : std::min(old, update);
  } else if constexpr (std::is_same_v<T, Complex>) {
    const auto less = [](Complex x, Complex y) {
      return x.real() < y.real() || (x.real() == y.real() && x.imag() < y.imag());
    };
    if (combiner == Combiner::add) return old + update;
    if (combiner == Combiner::prod) {
      return static_cast<Complex>(exact::complex_multiply(old, update));  // rounded once, as the reference does
    }
    const bool nan = std::isnan(old.real()) || std::isnan(old.imag());
    return nan || (combiner == Combiner::max ? less(update, old) : less(old, update)) ? old : update;
  } else {
    if (combiner == Combiner::add) return old + update;
    if (combiner == Combiner::prod) return old * update;
    return combiner == Combiner::max ? exact::maximum(old, update) : exact::minimum(old, update);
  }
}

/// The row loop of one element type.
template <class T, Combiner combiner>
struct Plain {
  using Element = T;
  static void one(T* to, const T* from) {
    if constexpr (combiner == Combiner::set) {
      *to = *from;
    } else {
      *to = combined(combiner, *to, *from);
    }
  }
  static void row(T* to, std::int64_t to_step, const T* from, std::int64_t from_step, std::int64_t n) {
    if (to_step == 1 && from_step == 1) {
      if constexpr (combiner == Combiner::set) {
        std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
      } else {
        T* __restrict target = to;
        const T* __restrict source = from;
        for (std::int64_t i = 0; i < n; ++i) one(target + i, source + i);
      }
    } else if (to_step == 1 && from_step == 0) {
      const T value = *from;
      for (std::int64_t i = 0; i < n; ++i) one(to + i, &value);
    } else {
      for (std::int64_t i = 0; i < n; ++i) one(to + i * to_step, from + i * from_step);
    }
  }
};

/// Half types, widened a stretch at a time.
template <Dtype::Val half, Combiner combiner>
struct Half {
  using Element = std::uint16_t;
  static void one(Element* to, const Element* from) {
    float old = 0, update = 0;
    copy_row(reinterpret_cast<const char*>(to), 1, half, true, reinterpret_cast<char*>(&old), 1);
    copy_row(reinterpret_cast<const char*>(from), 1, half, true, reinterpret_cast<char*>(&update), 1);
    old = combined(combiner, old, update);
    narrow_row(&old, half, reinterpret_cast<char*>(to), 1);
  }
  static void row(Element* to, std::int64_t to_step, const Element* from, std::int64_t from_step, std::int64_t n) {
    if (to_step != 1) {
      for (std::int64_t i = 0; i < n; ++i) one(to + i * to_step, from + i * from_step);
      return;
    }
    constexpr std::int64_t stretch = 256;
    float old[stretch], update[stretch];
    for (std::int64_t begin = 0; begin < n; begin += stretch) {
      const std::int64_t count = std::min(stretch, n - begin);
      copy_row(reinterpret_cast<const char*>(to + begin), 1, half, true, reinterpret_cast<char*>(old), count);
      copy_row(reinterpret_cast<const char*>(from + begin * from_step), from_step, half, true,
               reinterpret_cast<char*>(update), count);
      for (std::int64_t i = 0; i < count; ++i) old[i] = combined(combiner, old[i], update[i]);
      narrow_row(old, half, reinterpret_cast<char*>(to + begin), count);
    }
  }
};

/// All of the inner axes at one position. Where the updates are contiguous along another axis than the array (a
/// transpose), square tiles keep both in cache.
template <class Rows>
void write_block(const SmallVector<WriteAxis, 6>& inner, typename Rows::Element* to,
                 const typename Rows::Element* from) {
  constexpr std::int64_t tile = 32;
  const std::size_t rank = inner.size();
  const WriteAxis& last = inner[rank - 1];
  const WriteAxis& before = inner[rank - 2];
  const bool tiled = last.from != 1 && last.from != 0 && before.from == 1;
  const std::int64_t down = tiled ? tile : before.extent, along = tiled ? tile : last.extent;
  SmallVector<std::int64_t, 6> at(rank - 2, 0);
  while (true) {
    for (std::int64_t i0 = 0; i0 < before.extent; i0 += down) {
      for (std::int64_t j = 0; j < last.extent; j += along) {
        const std::int64_t n = std::min(along, last.extent - j);
        for (std::int64_t i = i0; i < std::min(i0 + down, before.extent); ++i) {
          Rows::row(to + i * before.to + j * last.to, last.to, from + i * before.from + j * last.from, last.from, n);
        }
      }
    }
    std::size_t k = rank - 2;
    while (k > 0) {
      to += inner[k - 1].to;
      from += inner[k - 1].from;
      if (++at[k - 1] < inner[k - 1].extent) break;
      to -= inner[k - 1].to * inner[k - 1].extent;
      from -= inner[k - 1].from * inner[k - 1].extent;
      at[--k] = 0;
    }
    if (k == 0) return;
  }
}

/// `from(i)`: where the update of position i lies.
template <class Rows, class From>
void run_positions(const Writes& w, const Block& block, From&& from) {
  auto* to = reinterpret_cast<typename Rows::Element*>(w.to);
  if (w.inner.empty()) {
    for (std::int64_t i = 0; i < block.count; ++i) Rows::one(to + block.to[i], from(i));
  } else if (w.inner.size() == 1) {
    const WriteAxis axis = w.inner[0];
    for (std::int64_t i = 0; i < block.count; ++i) {
      Rows::row(to + block.to[i], axis.to, from(i), axis.from, axis.extent);
    }
  } else {
    for (std::int64_t i = 0; i < block.count; ++i) write_block<Rows>(w.inner, to + block.to[i], from(i));
  }
}

template <class Rows>
void run(const Writes& w, const Block& block) {
  const auto* updates = reinterpret_cast<const typename Rows::Element*>(w.from);
  if (block.listed) {
    run_positions<Rows>(w, block, [&](std::int64_t i) { return updates + block.from[i]; });
  } else {
    const auto* first = updates + block.first;
    const std::int64_t step = block.step;
    run_positions<Rows>(w, block, [=](std::int64_t i) { return first + i * step; });
  }
}

template <Combiner combiner>
Combine by_dtype(Dtype dtype) {
  switch (dtype.val) {
    case Dtype::Val::bool_:
      return run<Plain<Boolean, combiner>>;
    case Dtype::Val::uint8:
      return run<Plain<std::uint8_t, combiner>>;
    case Dtype::Val::uint16:
      return run<Plain<std::uint16_t, combiner>>;
    case Dtype::Val::uint32:
      return run<Plain<std::uint32_t, combiner>>;
    case Dtype::Val::uint64:
      return run<Plain<std::uint64_t, combiner>>;
    case Dtype::Val::int8:
      return run<Plain<std::int8_t, combiner>>;
    case Dtype::Val::int16:
      return run<Plain<std::int16_t, combiner>>;
    case Dtype::Val::int32:
      return run<Plain<std::int32_t, combiner>>;
    case Dtype::Val::int64:
      return run<Plain<std::int64_t, combiner>>;
    case Dtype::Val::float16:
      return run<Half<Dtype::Val::float16, combiner>>;
    case Dtype::Val::bfloat16:
      return run<Half<Dtype::Val::bfloat16, combiner>>;
    case Dtype::Val::float32:
      return run<Plain<float, combiner>>;
    case Dtype::Val::float64:
      return run<Plain<double, combiner>>;
    case Dtype::Val::complex64:
      return run<Plain<Complex, combiner>>;
  }
  fail<InternalError>("internal error: no writes of dtype {}", name(dtype));
}

Combine copies(std::size_t bytes) {
  if (bytes == 1) return run<Plain<std::uint8_t, Combiner::set>>;
  if (bytes == 2) return run<Plain<std::uint16_t, Combiner::set>>;
  if (bytes == 4) return run<Plain<std::uint32_t, Combiner::set>>;
  return run<Plain<std::uint64_t, Combiner::set>>;
}

}  // namespace

Combine find_combine(Combiner combiner, Dtype dtype) {
  switch (combiner) {
    case Combiner::set:
      return copies(dtype.size());
    case Combiner::add:
      return by_dtype<Combiner::add>(dtype);
    case Combiner::prod:
      return by_dtype<Combiner::prod>(dtype);
    case Combiner::max:
      return by_dtype<Combiner::max>(dtype);
    case Combiner::min:
      return by_dtype<Combiner::min>(dtype);
  }
  fail<InternalError>("internal error: no combiner {}", static_cast<int>(combiner));
}

}  // namespace cermet::library
