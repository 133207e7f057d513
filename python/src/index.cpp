// Basic indexing: one slice of the array, then a reshape that drops integer axes and adds None axes.
#include "index.h"

#include "base/error.h"

namespace cermet::python {
namespace {

class BasicIndex {
 public:
  BasicIndex(const array& x, nb::handle index) : x_(x) {
    if (!PyTuple_Check(index.ptr())) {
      items_.push_back(index);
    } else {
      for (nb::handle item : nb::borrow<nb::tuple>(index)) items_.push_back(item);
    }
    expand_ellipsis();
    for (nb::handle item : items_) add(item);
    while (axis_ < rank()) keep_axis();
  }

  array apply() const {
    array out = sliced_ ? slice(x_, start_, stop_, step_) : array(x_);
    return out.shape() == result_ ? out : reshape(out, result_);
  }

 private:
  std::size_t rank() const { return x_.shape().size(); }
  std::int64_t extent() const { return x_.shape()[axis_].value(); }

  void expand_ellipsis() {
    std::size_t used = 0, ellipses = 0;
    for (nb::handle item : items_) {
      if (item.ptr() == Py_Ellipsis) {
        ++ellipses;
      } else if (!item.is_none()) {
        ++used;
      }
    }
    if (ellipses > 1) fail<IndexError>("[index] An index can have one Ellipsis (...), found {}.", ellipses);
    if (used > rank()) {
      fail<IndexError>("[index] Too many indices: {} for an array of shape {}.", used, to_string(x_.shape()));
    }
    ellipsis_axes_ = rank() - used;
  }

  void keep_axis() {
    push(0, extent(), 1);
    result_.push_back(x_.shape()[axis_]);
    ++axis_;
  }

  void push(std::int64_t start, std::int64_t stop, std::int64_t step) {
    start_.push_back(start);
    stop_.push_back(stop);
    step_.push_back(step);
    sliced_ = sliced_ || start != 0 || stop != extent() || step != 1;
  }

  void add(nb::handle item) {
    PyObject* const p = item.ptr();
    if (p == Py_Ellipsis) {
      for (std::size_t i = 0; i < ellipsis_axes_; ++i) keep_axis();
    } else if (item.is_none()) {
      result_.push_back(1);
    } else if (PySlice_Check(p)) {
      add_slice(p);
    } else if (!PyBool_Check(p) && as_array(item) == nullptr && PyIndex_Check(p)) {
      add_integer(item);
    } else {
      fail<TypeError>("[index] An index is made of integers, slices, None and Ellipsis; {} is not supported.",
                      type_text(item));
    }
  }

  void add_integer(nb::handle item) {
    const int given = int_of("index", "index", item);
    const std::int64_t at = given < 0 ? given + extent() : given;
    if (at < 0 || at >= extent()) {
      fail<IndexError>("[index] Index {} is out of range for axis {} of an array of shape {}.", given, axis_,
                       to_string(x_.shape()));
    }
    push(at, at + 1, 1);
    ++axis_;
  }

  void add_slice(PyObject* slice) {
    Py_ssize_t start = 0, stop = 0, step = 0;
    if (PySlice_Unpack(slice, &start, &stop, &step) != 0) throw nb::python_error();
    const Py_ssize_t count = PySlice_AdjustIndices(extent(), &start, &stop, step);
    if (count == 0) {
      push(0, 0, 1);
    } else {
      // Exactly `count` elements; below the first element is spelled -extent - 1.
      const std::int64_t end = start + count * step;
      push(start, end < 0 ? -extent() - 1 : end, step);
    }
    result_.push_back(count);
    ++axis_;
  }

  const array& x_;
  std::vector<nb::handle> items_;
  std::size_t ellipsis_axes_ = 0, axis_ = 0;
  Shape start_, stop_, step_, result_;
  bool sliced_ = false;
};

}  // namespace

array get_item(const array& x, nb::handle index) { return BasicIndex(x, index).apply(); }

}  // namespace cermet::python
