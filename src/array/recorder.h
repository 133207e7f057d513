// What the array layer asks of a running trace: the array layer knows that ops may be recorded, not how.
#pragma once

#include <cermet/array.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "graph/primitive.h"

namespace cermet {

class TraceSymbols;

/// The trace of a thread, as arrays see it. While one is installed, every op of the thread goes to record(), also on
/// concrete arrays.
class Recorder {
 public:
  Recorder();
  virtual ~Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Unique among all traces of the process; traced nodes carry it.
  std::uint64_t id() const { return id_; }

  /// Records one primitive and returns the traced node; composites are inlined.
  virtual exec::NodeRef record(Primitive primitive, std::span<const exec::NodeRef> inputs, const Stream& stream) = 0;
  /// The traced node that stands for a concrete one.
  virtual exec::NodeRef capture(const exec::NodeRef& node) = 0;
  /// What a handle from before the trace points at now, or null if the trace has not assigned to it.
  virtual const exec::NodeRef* overlay(const array* handle) const = 0;
  virtual void write(array* handle, exec::NodeRef node) = 0;
  /// Makes the handle's value an input of the trace, and its last value an output, if it is not one yet.
  virtual void use_state(array* handle) = 0;
  /// The concrete node that a traced one stands for (a capture), or null.
  virtual exec::NodeRef concrete(const exec::NodeRef& node) const = 0;
  /// " while tracing gelu (model.py:12)", for errors.
  virtual std::string where() const = 0;
  /// "model.py:12 in gelu": the user's line that runs now; "" if unknown.
  virtual std::string source() const = 0;

  /// The expressions of this thread's extents; the innermost trace has them.
  virtual IntExprTable& dims() = 0;
  /// The symbols of the shapeless trace that this is or that surrounds it, or null.
  virtual TraceSymbols* symbols() const = 0;
  /// Replaces every extent that it holds.
  virtual void rewrite_dims(const std::function<Dim(Dim)>& replacement) = 0;

  /// This thread's recorder, or null.
  static Recorder* current() { return array::tracing; }
  /// The trace that surrounds this one, or null: what it made is captured as concrete arrays are.
  Recorder* outer() const { return outer_; }

  /// While it lives, this thread's ops are outside of any trace (to make values that must outlive one).
  class Pause {
   public:
    Pause() : paused_(std::exchange(array::tracing, nullptr)) {}
    ~Pause() { array::tracing = paused_; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Recorder* paused_;
  };

 protected:
  /// Makes this the thread's recorder; undone by `leave`, in the reverse order.
  void enter() { outer_ = std::exchange(array::tracing, this); }
  void leave() { array::tracing = outer_; }

 private:
  std::uint64_t id_;
  Recorder* outer_ = nullptr;
};

/// Held while a state handle (random::state) is read and replaced outside a trace, so that no two draws see one value.
std::mutex& state_mutex();

}  // namespace cermet
