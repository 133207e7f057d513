// All of Cermet's C++ API.
#pragma once

#include <cermet/array.h>
#include <cermet/autodiff.h>
#include <cermet/contraction.h>
#include <cermet/convolution.h>
#include <cermet/fast.h>
#include <cermet/fft.h>
#include <cermet/index.h>
#include <cermet/indexing.h>
#include <cermet/io.h>
#include <cermet/linalg.h>
#include <cermet/manipulation.h>
#include <cermet/memory.h>
#include <cermet/ops.h>
#include <cermet/random.h>
#include <cermet/scans.h>
#include <cermet/sorting.h>
#include <cermet/stream.h>
#include <cermet/transforms.h>
