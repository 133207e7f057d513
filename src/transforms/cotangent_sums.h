// Sums of cotangents on the way back over a tape. Those of slices along one axis wait until all are known: together
// they are one concatenation, where a sum of padded arrays would take time and memory for each (the steps of a
// recurrent network, the parts of a split).
#pragma once

#include <unordered_map>
#include <vector>

#include "array/observer.h"

namespace cermet {

class CotangentSums {
 public:
  void add(const exec::Node* node, const array& cotangent);
  /// The cotangent of a slice of `node`. False if it is not one to wait for: nothing has happened then.
  bool add_slice(const exec::NodeRef& node, const Primitive& slice, const array& cotangent);
  /// What has come together, or nothing; it is forgotten.
  MaybeArray take(const exec::Node* node);

 private:
  struct Piece {
    std::size_t axis = 0;
    std::int64_t begin = 0, extent = 0;
    array cotangent;
  };
  struct Sum {
    MaybeArray whole;
    std::vector<Piece> pieces;
    ArrayType type;
  };

  static array joined(const ArrayType& type, std::size_t axis, std::vector<Piece> pieces);

  std::unordered_map<const exec::Node*, Sum> sums_;
};

}  // namespace cermet
