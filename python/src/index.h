// Basic indexing: integers, slices, None and Ellipsis.
#pragma once

#include "convert.h"

namespace cermet::python {

/// x[index] as NumPy does it; IndexError and TypeError name what is wrong.
array get_item(const array& x, nb::handle index);

}  // namespace cermet::python
