// Devices, streams and evaluation in the background: default_device(), default_stream(d), new_stream(d),
// StreamContext, synchronize(), async_eval(). Every operation takes a stream or a device last; without one it goes to
// this thread's default stream.
//
// This build runs on the CPU. Values are computed by the thread that asks for them, or in the background after
// async_eval(); a stream says in which queue the background work waits.
#pragma once

#include <cermet/array.h>

#include <vector>

#include "runtime/device.h"

namespace cermet {

/// Starts to evaluate in the background. The arrays may be used at once: who reads one that is not ready waits for it.
/// An error comes out when an array that it concerns is read. Throws TraceError for a traced array.
///
///     array y = exp(x);
///     async_eval({y});
///     prepare_the_next_batch();
///     y.item<float>();
void async_eval(const std::vector<array>& outputs);

/// Waits for the work that async_eval() has started (on one stream: for that stream). Throws ValueError for a device
/// that does not exist.
void synchronize();
void synchronize(const Stream& stream);

}  // namespace cermet
