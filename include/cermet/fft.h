// Discrete Fourier transforms.
#pragma once

#include <cermet/array.h>

namespace cermet {}  // namespace cermet
