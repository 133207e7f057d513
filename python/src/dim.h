// mx.Dim: an extent of a shapeless trace as Python sees it. It behaves as an int; arithmetic stays symbolic, questions
// are answered for the call that is traced and become guards.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "graph/shape.h"

namespace nb = nanobind;

namespace cermet::python {

/// What mx.Dim holds.
struct TracedDim {
  Dim value;
  std::uint64_t symbols = 0;  ///< TraceSymbols::id of its trace.
};

PyTypeObject*& dim_type();
inline bool is_dim(nb::handle object) { return Py_TYPE(object.ptr()) == dim_type(); }
/// The dimension of an mx.Dim, nothing for other objects; TraceError if its trace is over.
std::optional<Dim> dim_of(nb::handle object);
/// An int, or an mx.Dim.
nb::object dim_object(Dim value);

void bind_dim(nb::module_& m);

}  // namespace cermet::python
