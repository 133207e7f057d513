// Convolutions, their transposes, and the discrete convolution of vectors. Layout: channels last, as in MLX.
#pragma once

#include <cermet/array.h>

namespace cermet {}  // namespace cermet
