// The extension module cermet._core: its parts in order, types before the functions that name them.
#include "bindings.h"

namespace cermet {
extern const char* const library_version;  // of the shared library, from the build
}

NB_MODULE(_core, m) {
  nanobind::set_leak_warnings(false);  // at exit, modules and caches of the user may still hold arrays and dtypes
  m.doc() = "Cermet's arrays, operations and transforms (import cermet.core).";
  m.attr("__version__") = cermet::library_version;
  cermet::python::bind_errors(m);
  cermet::python::bind_types(m);
  cermet::python::bind_dim(m);
  cermet::python::bind_function_types(m);
  cermet::python::bind_device_classes(m);
  cermet::python::bind_array(m);
  cermet::python::bind_asarray(m);
  cermet::python::bind_dlpack(m);
  cermet::python::bind_elementwise(m);
  cermet::python::bind_ops(m);
  cermet::python::bind_shapes(m);
  cermet::python::bind_creation(m);
  cermet::python::bind_contraction(m);
  cermet::python::bind_convolution(m);
  cermet::python::bind_random(m);
  cermet::python::bind_scans_take(m);
  cermet::python::bind_sorting(m);
  cermet::python::bind_fft(m);
  cermet::python::bind_linalg(m);
  cermet::python::bind_fast(m);
  cermet::python::bind_updates(m);
  cermet::python::bind_runtime(m);
  cermet::python::bind_devices(m);
  cermet::python::bind_compile(m);
  cermet::python::bind_autodiff(m);
  cermet::python::bind_io(m);
  cermet::python::bind_late_attributes(m);
}
