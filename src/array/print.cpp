// The text of arrays: NumPy's nesting with aligned columns, numbers with six significant digits as MLX prints them.
#include <cermet/array.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "array/node_building.h"

namespace cermet {

namespace {

constexpr std::int64_t summary_threshold = 1000;  ///< Arrays with more elements show the edges of long axes only.
constexpr std::int64_t edge_items = 3;
constexpr std::int64_t gap = -1;  ///< Stands for the "..." between the edges.

std::atomic<int> precision{-1};

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  const int digits = precision.load(std::memory_order_relaxed);
  if (digits >= 0 && std::isfinite(value)) return fmt::format("{:.{}f}", value, digits);
  return fmt::format("{:g}", value);
}

std::string element_text(const Literal& value) {
  if (is_bool(value.dtype)) return value.as_bool() ? "True" : "False";
  if (is_complex(value.dtype)) {
    const auto z = value.as_complex();
    const std::string imaginary = number_text(z.imag());
    return number_text(z.real()) + (imaginary.front() == '-' ? "" : "+") + imaginary + "j";
  }
  if (is_signed_integer(value.dtype)) return fmt::format("{}", value.as_int64());
  if (is_unsigned(value.dtype)) return fmt::format("{}", value.as_uint64());
  return number_text(value.as_double());
}

/// Lays out one array; `cells_` are the shown elements in order, `widths_` those of the innermost axis' columns.
class Printer {
 public:
  explicit Printer(const exec::Data& data) : data_(data) {
    std::int64_t elements = 1;
    for (std::int64_t extent : data.shape) elements *= extent;
    const bool summarize = elements > summary_threshold;
    for (std::int64_t extent : data.shape) {
      std::vector<std::int64_t> shown;
      for (std::int64_t i = 0; i < extent; ++i) {
        if (summarize && extent > 2 * edge_items && i == edge_items) {
          shown.push_back(gap);
          i = extent - edge_items;
        }
        shown.push_back(i);
      }
      shown_.push_back(std::move(shown));
    }
  }

  std::string text() {
    measure(0, static_cast<const char*>(data_.pointer()));
    std::string out;
    write(0, 6, out);
    return out;
  }

 private:
  bool is_table() const { return data_.shape.size() > 1; }

  void measure(std::size_t axis, const char* element) {
    if (axis == shown_.size()) {
      cells_.push_back(element_text(Literal::load(data_.dtype, element)));
      return;
    }
    const bool innermost = axis + 1 == shown_.size();
    if (innermost) widths_.resize(shown_[axis].size());
    const std::int64_t step = data_.strides[axis] * static_cast<std::int64_t>(data_.dtype.size());
    for (std::size_t column = 0; column < shown_[axis].size(); ++column) {
      const std::int64_t index = shown_[axis][column];
      if (index == gap) continue;
      measure(axis + 1, element + index * step);
      if (innermost && is_table()) widths_[column] = std::max(widths_[column], cells_.back().size());
    }
  }

  void write(std::size_t axis, std::size_t indent, std::string& out) {
    if (axis == shown_.size()) {
      out += cells_[next_++];
      return;
    }
    const bool innermost = axis + 1 == shown_.size();
    out += '[';
    for (std::size_t column = 0; column < shown_[axis].size(); ++column) {
      if (column != 0) out += innermost ? ", " : ",\n" + std::string(indent + 1, ' ');
      if (shown_[axis][column] == gap) {
        out += "...";
      } else if (innermost) {
        const std::string& cell = cells_[next_++];
        out.append(widths_[column] > cell.size() ? widths_[column] - cell.size() : 0, ' ');
        out += cell;
      } else {
        write(axis + 1, indent + 1, out);
      }
    }
    out += ']';
  }

  const exec::Data& data_;
  std::vector<std::vector<std::int64_t>> shown_;
  std::vector<std::string> cells_;
  std::vector<std::size_t> widths_;
  std::size_t next_ = 0;
};

}  // namespace

PrintOptions get_printoptions() { return {precision.load(std::memory_order_relaxed)}; }

void set_printoptions(PrintOptions options) {
  if (options.precision < -1 || options.precision > 100) {
    fail<ValueError>("[set_printoptions] the precision must be from 0 to 100, or -1 for the default, got {}",
                     options.precision);
  }
  precision.store(options.precision, std::memory_order_relaxed);
}

std::string to_string(const array& x) {
  if (x.is_traced()) return fmt::format("array(traced, shape={}, dtype={})", to_string(x.shape()), name(x.dtype()));
  const exec::NodeRef node = evaluated(x, "print");
  if (x.size() == 0) {
    const std::string shape = x.ndim() == 1 ? "" : fmt::format("shape={}, ", to_string(x.shape()));
    return fmt::format("array([], {}dtype={})", shape, name(x.dtype()));
  }
  return fmt::format("array({}, dtype={})", Printer(node->data).text(), name(x.dtype()));
}

std::ostream& operator<<(std::ostream& out, const array& x) { return out << to_string(x); }

}  // namespace cermet
