// x[index], x[index] = value, x.at[index], iteration and `in`, as slots of the array type.
#pragma once

#include <cermet/index.h>

#include <span>

#include "base/small_vector.h"
#include "convert.h"

namespace cermet::python {

/// What a Python index says: one item, or those of a tuple. Integers, slices, None, Ellipsis, and arrays of integers or
/// booleans (also as NumPy arrays, nested lists and tuples). Throws TypeError for anything else. Integers in lists and
/// NumPy arrays are checked against the axis; those of arrays of ours are not known without evaluating them.
class IndexItems {
 public:
  explicit IndexItems(nb::handle index);
  std::span<const Index> items() const { return {items_.data(), items_.size()}; }

 private:
  void add(nb::handle item);
  SmallVector<Index, 4> items_;
};

/// A value for elements of an array: arrays and scalars as they are, what becomes an array in the array's dtype.
class AssignedValue {
 public:
  AssignedValue(nb::handle value, Dtype dtype);
  AssignedValue(const AssignedValue&) = delete;
  AssignedValue& operator=(const AssignedValue&) = delete;
  operator const Operand&() const { return *operand_; }

 private:
  std::optional<array> owned_;
  std::optional<Operand> operand_;
};

// Slots of the array type: mp_subscript, mp_ass_subscript, tp_iter, sq_contains.
PyObject* array_subscript(PyObject* self, PyObject* index) noexcept;
int array_assign_subscript(PyObject* self, PyObject* index, PyObject* value) noexcept;
PyObject* array_iterate(PyObject* self) noexcept;
int array_contains(PyObject* self, PyObject* value) noexcept;

/// ArrayAt, ArrayIterator and the array's property `at`.
void bind_index(nb::module_& m, nb::class_<array>& type);

}  // namespace cermet::python
