// A tape of the operations that a thread makes, for derivatives: arrays keep their values (or are those of the trace
// that surrounds the tape), so a differentiated function may print, branch and evaluate as any other.
//
// Going back over a tape makes ordinary arrays by ordinary operations: outer tapes and traces see them, which is all
// that higher derivatives and compiled gradients need.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "array/observer.h"

namespace cermet {

class CotangentSums;

class Tape final : public Observer {
 public:
  Tape() { begin(); }
  ~Tape() override { stop(); }
  /// Ends watching (idempotent). Tapes of a thread end in the reverse order of their beginning.
  void stop();

  void observe(const Primitive& primitive, std::span<const exec::NodeRef> inputs, const exec::NodeRef& output) override;
  void observe(std::span<const exec::NodeRef> inputs, std::span<const exec::NodeRef> outputs,
               std::shared_ptr<const CustomDerivative> derivative) override;

  /// Cotangents of `variables`, given those of `outputs` (missing ones are zero). Requires a stopped tape.
  std::vector<MaybeArray> pull_back(std::span<const array> outputs, std::span<const MaybeArray> cotangents,
                                    std::span<const array> variables) const;
  /// Tangents of `outputs`, given those of `variables`. Requires a stopped tape.
  std::vector<MaybeArray> push_forward(std::span<const array> variables, std::span<const MaybeArray> tangents,
                                       std::span<const array> outputs) const;

 private:
  struct Entry {
    Primitive primitive;
    SmallVector<exec::NodeRef, 3> inputs;
    SmallVector<exec::NodeRef, 1> outputs;
    std::shared_ptr<const CustomDerivative> custom;
  };
  using Active = std::unordered_map<const exec::Node*, bool>;
  using Values = std::unordered_map<const exec::Node*, array>;

  std::vector<const Entry*> active_entries(std::span<const array> variables, Active& active) const;
  static void pull_back_entry(const Entry& entry, const Active& active, CotangentSums& cotangents);
  static void push_forward_entry(const Entry& entry, Values& tangents);

  std::vector<Entry> entries_;
  bool watching_ = true;
};

/// A node of its own for the value of `x`, so that a tape that begins after it can tell it from x.
array fresh_variable(const array& x);

}  // namespace cermet
