// mx.fast: norms, rotary position encoding and attention, each one call.
#include <cermet/fast.h>

#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

/// An array or None.
struct Optional : std::optional<array> {};

}  // namespace

template <>
struct Converter<Optional> {
  explicit Converter(const Source& s) {
    if (!s.object.is_none()) value_.emplace(Converter<array>(s).get());
  }
  const Optional& get() { return value_; }
  static bool accepts(nb::handle h) { return h.is_none() || Converter<array>::accepts(h); }
  static std::string what() { return "an array or None"; }
  static std::string annotation() { return "ArrayLike | None"; }

 private:
  Optional value_;
};

namespace {

using Offset = std::variant<int, array>;
using Mask = std::optional<std::variant<std::string, array>>;

array rotated(const array& a, int dims, bool traditional, const std::optional<float>& base, float scale,
              const Offset& offset, const Optional& freqs, StreamOrDevice s) {
  if (const int* constant = std::get_if<int>(&offset)) {
    return fast::rope(a, dims, traditional, base, scale, *constant, freqs, s);
  }
  return fast::rope(a, dims, traditional, base, scale, std::get<array>(offset), freqs, s);
}

array attention(const array& q, const array& k, const array& v, float scale, const Mask& mask, const Optional& sinks,
                bool, StreamOrDevice s) {
  std::string mode;
  Optional values;
  if (mask && std::holds_alternative<array>(*mask)) values.emplace(std::get<array>(*mask));
  if (mask && !values) {
    mode = std::get<std::string>(*mask);
    if (mode.empty()) {
      throw ValueError("[scaled_dot_product_attention] A mask is \"causal\" or an array, not \"\".");
    }
  }
  return fast::scaled_dot_product_attention(q, k, v, scale, mode, values, sinks, s);
}

}  // namespace

void bind_fast(nb::module_& m) {
  nb::module_ fast = m.def_submodule("fast", "Norms, rotary position encoding and attention, each one call.");
  bind_function(fast, "rms_norm(x, weight, eps)",
                "x / sqrt(mean(x**2) + eps) over the last axis, times `weight` (None: as it is), a vector as long as "
                "that axis. Computed in float32 for half types; the result has the dtype of x and weight together.",
                [](const array& x, const Optional& weight, float eps, StreamOrDevice s) {
                  return fast::rms_norm(x, weight, eps, s);
                });
  bind_function(fast, "layer_norm(x, weight, bias, eps)",
                "(x - mean(x)) / sqrt(var(x) + eps) over the last axis, times `weight`, plus `bias` (None: left out), "
                "vectors as long as that axis. The result has the dtype of all together; a bias without a weight does "
                "not widen it.",
                [](const array& x, const Optional& weight, const Optional& bias, float eps, StreamOrDevice s) {
                  return fast::layer_norm(x, weight, bias, eps, s);
                });
  bind_function(fast, "rope(a, dims, *, traditional, base, scale, offset, freqs=None)",
                "Rotary position encoding of `a`, shape (B, ..., T, D). In the first `dims` elements of the last axis, "
                "pair i of position t turns by the angle (offset + t) * scale * base**(-2 * i / dims), or "
                "(offset + t) * scale / freqs[i] where base is None.\n\n"
                "traditional   pairs are neighbours; else elements i and i + dims // 2\n"
                "offset        an integer, or an integer array: one for all, (), or one for each of the batch, (B,)\n"
                "freqs         a vector of dims // 2; give either `base` or `freqs`",
                rotated);
  bind_function(
      fast, "scaled_dot_product_attention(q, k, v, *, scale, mask=None, sinks=None, force_fused=False)",
      "softmax(scale * q @ k.T) @ v for q (B, N, T, D), k (B, M, S, D) and v (B, M, S, E): each of the M heads of k "
      "and "
      "v serves N // M neighbouring heads of q. The result is (B, N, T, E); sums are float32, and no T x S matrix is "
      "made.\n\n"
      "mask    \"causal\" (query i sees keys up to i + S - T), or an array that broadcasts with (B, N, T, S): booleans "
      "(True: seen) or numbers that are added to the products. A query that sees nothing gets the mean of v.\n"
      "sinks   (N,): one more product for each head, with a key whose value is zero\n"
      "force_fused is there for MLX's programs: the call is always one.",
      attention);
  bind_function(
      fast, "cross_entropy(logits, targets)",
      "logsumexp(logits) - logits[target] over the last axis, in float32. `targets` are integers in the shape "
      "of `logits` without that axis.",
      [](const array& logits, const array& targets, StreamOrDevice s) {
        return fast::cross_entropy(logits, targets, s);
      });
}

}  // namespace cermet::python
