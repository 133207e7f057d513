// The parts of the extension module, each bound by its own file.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>

namespace cermet::python {

void bind_errors(nanobind::module_& m);
void bind_types(nanobind::module_& m);
void bind_dim(nanobind::module_& m);
void bind_function_types(nanobind::module_& m);
void bind_device_classes(nanobind::module_& m);
void bind_array(nanobind::module_& m);
void bind_asarray(nanobind::module_& m);
void bind_dlpack(nanobind::module_& m);
void bind_elementwise(nanobind::module_& m);
void bind_ops(nanobind::module_& m);
void bind_shapes(nanobind::module_& m);
void bind_creation(nanobind::module_& m);
void bind_contraction(nanobind::module_& m);
void bind_convolution(nanobind::module_& m);
void bind_random(nanobind::module_& m);
void bind_scans_take(nanobind::module_& m);
void bind_sorting(nanobind::module_& m);
void bind_fft(nanobind::module_& m);
void bind_linalg(nanobind::module_& m);
void bind_fast(nanobind::module_& m);
void bind_updates(nanobind::module_& m);
void bind_runtime(nanobind::module_& m);
void bind_devices(nanobind::module_& m);
void bind_compile(nanobind::module_& m);
void bind_autodiff(nanobind::module_& m);
void bind_io(nanobind::module_& m);
/// After all others.
void bind_late_attributes(nanobind::module_& m);

/// Sets the Python exception that stands for a C++ one (for slots that nanobind does not wrap).
void set_python_error(const std::exception_ptr& error);

}  // namespace cermet::python
