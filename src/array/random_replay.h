// Drawing the same random numbers once more: what a checkpoint does that computes its function again.
#pragma once

#include <utility>

#include "array/recorder.h"

namespace cermet {

/// While it lives, this thread draws from a random state of its own; random::state() stays as it is.
class ReplayedDraws {
 public:
  explicit ReplayedDraws(array state) : state_(std::move(state)), outer_(std::exchange(innermost, this)) {}
  ~ReplayedDraws() { innermost = outer_; }
  ReplayedDraws(const ReplayedDraws&) = delete;
  ReplayedDraws& operator=(const ReplayedDraws&) = delete;

  static ReplayedDraws* current() { return innermost; }
  /// The handle that draws read and write; a trace that began later takes it as a state of its own.
  array& state() { return state_; }
  bool is_outside(const Recorder& recorder) const { return &recorder != made_in_; }

 private:
  static inline thread_local ReplayedDraws* innermost = nullptr;
  array state_;
  const Recorder* made_in_ = Recorder::current();
  ReplayedDraws* outer_;
};

}  // namespace cermet
