// Scaled dot-product attention as library calls: types and references.
//
//   name                 inputs                                    result
//   attention            q, k, v, [mask], [sinks]                  (B, N, T, E)
//   attention_grad       q, k, v, [mask], [sinks], cotangent       packed vector: dq, dk, dv, [dsinks], row-major
//   attention_mask_grad  q, k, v, mask, [sinks], cotangent         like the mask
//
// q (B, N, T, D), k (B, M, S, D), v (B, M, S, E), M divides N; one dtype out of float16, bfloat16, float32 for all but
// boolean masks. The mask has rank 4, each extent 1 or that of (B, N, T, S); sinks are (1, N) or (B, N). float64 does
// not exist here. `literal` is the scale, `axes` hold {causal, kind of mask, has sinks}.
#pragma once

#include "graph/ops/library_op.h"

namespace cermet::graph {

enum class MaskKind : std::uint8_t { none, boolean, additive };

struct AttentionArguments {
  bool causal = false;
  MaskKind mask = MaskKind::none;
  bool sinks = false;
  double scale = 1;

  /// Inputs before the cotangent.
  std::size_t inputs() const { return 3U + (mask != MaskKind::none ? 1U : 0U) + (sinks ? 1U : 0U); }
  std::size_t sinks_at() const { return mask != MaskKind::none ? 4 : 3; }
  Primitive call(std::string_view name) const;
  static AttentionArguments decode(const Primitive& call);
};

/// All three.
ArrayType infer_attention(const Primitive& call, std::span<const ArrayType> inputs, IntExprTable& table);
/// Of "attention", in double precision.
std::vector<Literal> interpret_attention(const Primitive& call, std::span<const ReferenceArray> inputs);

}  // namespace cermet::graph
