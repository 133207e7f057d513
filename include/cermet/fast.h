// Functions that networks are made of, each as one composite: norms, rotary position encoding, attention.
#pragma once

#include <cermet/array.h>

namespace cermet {}  // namespace cermet
