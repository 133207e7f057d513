// Arrays in files: npy, npz and safetensors.
#pragma once

#include <cermet/array.h>

namespace cermet {}  // namespace cermet
