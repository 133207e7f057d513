// What the user calls an array that a function uses without being given it.
#pragma once

#include <string>

#include "convert.h"

namespace cermet::python {

/// "`w`", "`params['w']`", "`self.scale`": a variable of the function (of its closure, its globals, its defaults or the
/// object it is bound to) that holds this value; "" if none is found.
std::string name_of_capture(nb::handle function, const exec::NodeRef& node);

}  // namespace cermet::python
