// Evaluation in the background: one thread of our own takes what it is given in order.
#pragma once

#include <vector>

#include "exec/node.h"

namespace cermet::exec {

/// Evaluates `nodes` in the background thread, after what it was given earlier. Nodes may be used meanwhile: who needs
/// a value waits for it or computes it. An error is not reported here: the nodes are pending again, and whoever reads
/// one evaluates it and gets the error. Throws TraceError for a traced node.
void evaluate_async(std::vector<NodeRef> nodes, const Stream& stream);

/// Called by who evaluates `node`: the queue need not keep it, which would keep its value from being changed in place.
/// wait_for_async() does not wait for that evaluation.
void take_from_queue(Node& node);

/// Waits until everything given to evaluate_async() before is finished; `stream`: what was given for that stream.
void wait_for_async();
void wait_for_async(const Stream& stream);

/// Drops what has not begun and waits for what has: for the end of a program that unloads what evaluation needs.
void stop_async();

}  // namespace cermet::exec
