// The Python types around indexing: ArrayIterator (for row in x) and ArrayAt (x.at[index].add(value)).
#include <nanobind/stl/string.h>

#include "array/index_plan.h"
#include "base/error.h"
#include "bindings.h"
#include "index.h"

namespace cermet::python {

namespace {

/// Walks the first axis of the value that the array had when the loop began.
class ArrayIterator {
 public:
  explicit ArrayIterator(const array& x) : x_(x), count_(x.shape()[0].value()) {}
  nb::object next() {
    if (next_ == count_) throw nb::stop_iteration();
    const Index row(next_++);
    return wrap(index(x_, {&row, 1}));
  }
  std::int64_t left() const { return count_ - next_; }

 private:
  array x_;
  std::int64_t next_ = 0, count_;
};

/// x.at, and with an index x.at[index].
class ArrayAt {
 public:
  explicit ArrayAt(const array& x) : x_(x) {}
  ArrayAt(const array& x, nb::handle index) : x_(x), items_(IndexItems(index)) {
    const IndexPlan fits(x_.shape(), items_->items());  // one that does not is refused where it is written
  }
  const array& source() const { return x_; }
  bool has_index() const { return items_.has_value(); }
  nb::object updated(Update update, nb::handle value) const {
    if (!items_) fail<ValueError>("[at] An index comes first: x.at[index].{}(value).", name(update));
    const AssignedValue assigned(value, x_.dtype());
    return wrap(index_update(x_, items_->items(), assigned, update));
  }

 private:
  array x_;
  std::optional<IndexItems> items_;
};

constexpr const char* at_doc =
    "Updates at an index, as new arrays: x.at[index].add(y), subtract, multiply, divide, maximum, minimum. Unlike "
    "`x[index] += y`, an element that the index names several times gets all of its updates.";

void bind_at_types(nb::module_& m) {
  nb::class_<ArrayAt> type(m, "ArrayAt", at_doc);
  type.def(
      "__getitem__", [](const ArrayAt& at, nb::handle indices) { return ArrayAt(at.source(), indices); },
      nb::arg("indices").none());
  const std::pair<Update, const char*> methods[] = {
      {Update::add, "The array with `value` added at the index; every occurrence counts."},
      {Update::subtract, "The array with `value` subtracted at the index; every occurrence counts."},
      {Update::multiply, "The array multiplied with `value` at the index; every occurrence counts."},
      {Update::divide, "The array divided by `value` at the index; every occurrence counts."},
      {Update::maximum, "The array with the larger of element and `value` at the index."},
      {Update::minimum, "The array with the smaller of element and `value` at the index."}};
  for (const auto& [update, doc] : methods) {
    type.def(
        name(update).data(),
        [update = update](const ArrayAt& at, nb::handle value) { return at.updated(update, value); }, nb::arg("value"),
        doc);
  }
  type.def("__repr__", [](const ArrayAt& at) {
    return fmt::format("ArrayAt(shape={}, dtype={}{})", to_string(at.source().shape()), name(at.source().dtype()),
                       at.has_index() ? ", indexed" : "");
  });
}

}  // namespace

PyObject* array_iterate(PyObject* self) noexcept {
  try {
    if (!nb::inst_ready(self)) fail<TypeError>("[array] The array was not initialized.");
    const array& x = *nb::inst_ptr<array>(nb::handle(self));
    if (x.ndim() == 0) fail<TypeError>("[iter] A 0-d array cannot be iterated over.");
    return nb::cast(ArrayIterator(x)).release().ptr();
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

void bind_index(nb::module_& m, nb::class_<array>& type) {
  nb::class_<ArrayIterator>(m, "ArrayIterator", "The rows of an array, as views.")
      .def("__iter__", [](nb::handle self) { return nb::borrow(self); })
      .def("__next__", &ArrayIterator::next)
      .def("__length_hint__", &ArrayIterator::left);
  bind_at_types(m);
  type.def_prop_ro(
      "at", [](const array& x) { return ArrayAt(x); }, at_doc);
}

}  // namespace cermet::python
