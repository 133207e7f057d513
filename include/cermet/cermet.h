// All of Cermet's C++ API.
#pragma once

#include <cermet/array.h>
#include <cermet/ops.h>
#include <cermet/random.h>
#include <cermet/transforms.h>
