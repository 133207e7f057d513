// Indexing with NumPy's rules: integers, slices, new axes, an ellipsis, integer arrays and boolean masks, in any mix.
//
//     array row   = index(x, {2});                             // x[2]
//     array part  = index(x, {ellipsis, Slice{.start = 1}});   // x[..., 1:]
//     array rows  = index(x, {array({0, 2, 2})});              // x[[0, 2, 2]]
//     array fixed = index_update(x, {x < 0}, 0);               // x[x < 0] = 0, as a new array
//
// Integers, slices and new axes make views: no element is copied. All index arrays together make one gather. Integers
// outside of their axis are an IndexError; values in index arrays cannot be checked lazily: negative ones count from
// the end, then they are clamped into the axis.
#pragma once

#include <cermet/array.h>
#include <cermet/ops.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace cermet {

/// start:stop:step of Python, with its rules for negative and absent ends: Slice{} is `:`.
struct Slice {
  std::optional<Dim> start, stop;
  std::int64_t step = 1;
};

struct NewAxis {};
/// An axis of extent 1 in the result (None in Python).
inline constexpr NewAxis newaxis;
struct Ellipsis {};
/// All axes that no other item takes.
inline constexpr Ellipsis ellipsis;

/// One item of an index.
class Index {
 public:
  enum class Kind : std::uint8_t { integer, slice, new_axis, ellipsis, array };

  template <std::integral T>
  requires(!std::is_same_v<T, bool>) Index(T i)  // NOLINT(google-explicit-constructor)
      : kind_(Kind::integer), start_(static_cast<std::int64_t>(i)) {}
  Index(Dim i) : kind_(Kind::integer), start_(i) {}  // NOLINT(google-explicit-constructor)
  /// Throws ValueError for step 0.
  Index(const Slice& slice);                  // NOLINT(google-explicit-constructor)
  Index(NewAxis) : kind_(Kind::new_axis) {}   // NOLINT(google-explicit-constructor)
  Index(Ellipsis) : kind_(Kind::ellipsis) {}  // NOLINT(google-explicit-constructor)
  /// Integers pick elements along one axis; booleans pick, over as many axes as they have, the elements where they are
  /// true. Throws TypeError for other dtypes.
  Index(const array& indices);  // NOLINT(google-explicit-constructor)
  /// Integers that were just made from values at hand (a list): those outside of the axis are an IndexError.
  static Index checked(const array& indices);

  Kind kind() const { return kind_; }
  Dim integer() const { return start_; }
  /// Of a slice: absent ends are beyond every extent.
  Dim start() const { return start_; }
  Dim stop() const { return stop_; }
  std::int64_t step() const { return step_; }
  const array& indices() const { return *indices_; }
  bool is_mask() const { return kind_ == Kind::array && is_bool(indices_->dtype()); }
  bool is_checked() const { return checked_; }

 private:
  Kind kind_;
  bool checked_ = false;
  Dim start_, stop_;
  std::int64_t step_ = 1;
  std::optional<array> indices_;
};

/// How a value meets the element that is there.
enum class Update : std::uint8_t { assign, add, subtract, multiply, divide, maximum, minimum };
std::string_view name(Update update);

/// x[items]. Axes of integers go, slices and axes without an item stay. The axes of index arrays, broadcast to one
/// shape, stand where the first of them stood if they (and integers beside them) are adjacent, else in front.
/// Throws IndexError (integers out of range, too many items, shapes of index arrays that do not fit) and, for a mask
/// whose values are not known because it is traced, TraceError.
array index(const array& x, std::span<const Index> items, StreamOrDevice s = {});
array index(const array& x, std::initializer_list<Index> items, StreamOrDevice s = {});

/// A new array: x with `value`, converted to x's dtype and broadcast to the shape of x[items], put there (assign) or
/// combined with what is there. With an index array that names an element several times, `assign` keeps the last value
/// and the others count all of them. A value for a mask is one that broadcasts, or has an element for each true
/// (ValueError for another number; traced: the last element stands for those that lack, surplus ones are left over).
/// Throws as index() does, and ValueError for values that do not broadcast.
array index_update(const array& x, std::span<const Index> items, const Operand& value, Update update = Update::assign,
                   StreamOrDevice s = {});
array index_update(const array& x, std::initializer_list<Index> items, const Operand& value,
                   Update update = Update::assign, StreamOrDevice s = {});

}  // namespace cermet
