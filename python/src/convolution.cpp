// Convolutions and their transposes, channels last.
#include <cermet/convolution.h>

#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {
namespace {

using Numbers = std::vector<int>;

/// Zeros before and after: the same integers for both, or a pair of lists.
struct BothPaddings {
  Numbers low, high;
};

}  // namespace

template <>
struct Converter<BothPaddings> {
  explicit Converter(const Source& s) {
    const nb::object items = sequence_of(s.object);
    const auto item = [&](Py_ssize_t i) { return nb::handle(PySequence_Fast_GET_ITEM(items.ptr(), i)); };
    const bool lists = items.is_valid() && PySequence_Fast_GET_SIZE(items.ptr()) > 0 && is_sequence(item(0));
    if (!lists) {
      value_.low = value_.high = Converter<Numbers>(s).get();
      return;
    }
    if (PySequence_Fast_GET_SIZE(items.ptr()) != 2) s.refuse(what());
    value_.low = Converter<Numbers>(s.item(item(0))).get();
    value_.high = Converter<Numbers>(s.item(item(1))).get();
  }
  const BothPaddings& get() { return value_; }
  static bool accepts(nb::handle h) { return is_integer_like(h) || is_sequence(h); }
  static std::string what() { return "an integer, a sequence of integers or a pair of such sequences (before, after)"; }
  static std::string annotation() { return "int | Sequence[int] | tuple[Sequence[int], Sequence[int]]"; }

 private:
  BothPaddings value_;
};

namespace {

int one(const Numbers& x, const char* op, const char* what) {
  if (x.size() == 1) return x[0];
  fail<ValueError>("[{}] `{}` must be one integer, got {}.", op, what, x.size());
}

/// One number for all axes or one an axis.
template <std::size_t rank>
std::array<int, rank> spread(const Numbers& x, const char* op, const char* what) {
  std::array<int, rank> out;
  if (x.size() != 1 && x.size() != rank) {
    fail<ValueError>("[{}] `{}` must be an integer or {} integers, got {}.", op, what, rank, x.size());
  }
  for (std::size_t k = 0; k < rank; ++k) out[k] = x.size() == 1 ? x[0] : x[k];
  return out;
}

std::pair<int, int> pair_of(const Numbers& x, const char* op, const char* what) {
  const auto [a, b] = spread<2>(x, op, what);
  return {a, b};
}
std::tuple<int, int, int> triple_of(const Numbers& x, const char* op, const char* what) {
  const auto [a, b, c] = spread<3>(x, op, what);
  return {a, b, c};
}

constexpr const char* layout =
    "\n\ninput   (N, spatial..., C)\nweight  (O, kernel..., C / groups)\nresult  (N, places..., O)\n\n";

void bind_direct(nb::module_& m) {
  bind_function(
      m, "conv1d(input, weight, /, stride=1, padding=0, dilation=1, groups=1)",
      keep(std::string("Cross-correlation along one axis; `padding` zeros are added on both sides.") + layout +
           "Takes floating dtypes (TypeError otherwise); half types add up in float32. A kernel that spans more than "
           "the padded input is a ValueError.\n\n"
           ">>> mx.conv1d(mx.array([[[1.0], [2.0], [4.0]]]), mx.array([[[1.0], [10.0]]])).tolist()\n"
           "[[[21.0], [42.0]]]"),
      [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
         const Numbers& dilation, int groups, StreamOrDevice s) {
        return conv1d(input, weight, one(stride, "conv1d", "stride"), one(padding, "conv1d", "padding"),
                      one(dilation, "conv1d", "dilation"), groups, s);
      });
  bind_function(
      m, "conv2d(input, weight, /, stride=1, padding=0, dilation=1, groups=1)",
      keep(std::string("Cross-correlation along two axes; `stride`, `padding` and `dilation` are one integer or one an "
                       "axis, `padding` zeros are added on both sides.") +
           layout + "Takes floating dtypes (TypeError otherwise); half types add up in float32."),
      [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
         const Numbers& dilation, int groups, StreamOrDevice s) {
        return conv2d(input, weight, pair_of(stride, "conv2d", "stride"), pair_of(padding, "conv2d", "padding"),
                      pair_of(dilation, "conv2d", "dilation"), groups, s);
      });
  bind_function(
      m, "conv3d(input, weight, /, stride=1, padding=0, dilation=1, groups=1)",
      keep(std::string("Cross-correlation along three axes; `stride`, `padding` and `dilation` are one integer or one "
                       "an axis, `padding` zeros are added on both sides.") +
           layout + "Takes floating dtypes (TypeError otherwise); half types add up in float32."),
      [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
         const Numbers& dilation, int groups, StreamOrDevice s) {
        return conv3d(input, weight, triple_of(stride, "conv3d", "stride"), triple_of(padding, "conv3d", "padding"),
                      triple_of(dilation, "conv3d", "dilation"), groups, s);
      });
}

void bind_transposed(nb::module_& m) {
  constexpr const char* doc =
      "The transpose of a convolution as a linear map: `stride` spreads the input, `padding` cuts the result on both "
      "sides, `output_padding` adds places at its end. Along an axis the result has\n"
      "(extent - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 places.\n\n"
      "input   (N, spatial..., C)\nweight  (O, kernel..., C / groups)\nresult  (N, places..., O)";
  bind_function(
      m, "conv_transpose1d(input, weight, /, stride=1, padding=0, dilation=1, output_padding=0, groups=1)", doc,
      [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
         const Numbers& dilation, const Numbers& output_padding, int groups, StreamOrDevice s) {
        constexpr const char* op = "conv_transpose1d";
        return conv_transpose1d(input, weight, one(stride, op, "stride"), one(padding, op, "padding"),
                                one(dilation, op, "dilation"), one(output_padding, op, "output_padding"), groups, s);
      });
  bind_function(m, "conv_transpose2d(input, weight, /, stride=1, padding=0, dilation=1, output_padding=0, groups=1)",
                doc,
                [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
                   const Numbers& dilation, const Numbers& output_padding, int groups, StreamOrDevice s) {
                  constexpr const char* op = "conv_transpose2d";
                  return conv_transpose2d(input, weight, pair_of(stride, op, "stride"), pair_of(padding, op, "padding"),
                                          pair_of(dilation, op, "dilation"),
                                          pair_of(output_padding, op, "output_padding"), groups, s);
                });
  bind_function(m, "conv_transpose3d(input, weight, /, stride=1, padding=0, dilation=1, output_padding=0, groups=1)",
                doc,
                [](const array& input, const array& weight, const Numbers& stride, const Numbers& padding,
                   const Numbers& dilation, const Numbers& output_padding, int groups, StreamOrDevice s) {
                  constexpr const char* op = "conv_transpose3d";
                  return conv_transpose3d(input, weight, triple_of(stride, op, "stride"),
                                          triple_of(padding, op, "padding"), triple_of(dilation, op, "dilation"),
                                          triple_of(output_padding, op, "output_padding"), groups, s);
                });
}

void bind_general(nb::module_& m) {
  bind_function(
      m,
      "conv_general(input, weight, /, stride=1, padding=0, kernel_dilation=1, input_dilation=1, groups=1, flip=False)",
      "Cross-correlation along one to three axes (convolution where `flip` is True: the kernel is read backwards).\n\n"
      "Each argument is one integer for all spatial axes or one an axis. `padding` is also a pair of lists, zeros "
      "before "
      "and after: ([1, 1], [2, 0]); a negative padding cuts. `input_dilation` puts zeros between the elements of the "
      "input.\n\n"
      "input   (N, spatial..., C)\nweight  (O, kernel..., C / groups)\nresult  (N, places..., O)",
      [](const array& input, const array& weight, const Numbers& stride, const BothPaddings& padding,
         const Numbers& kernel_dilation, const Numbers& input_dilation, int groups, bool flip, StreamOrDevice s) {
        return conv_general(input, weight, stride, padding.low, padding.high, kernel_dilation, input_dilation, groups,
                            flip, s);
      });
  bind_function(m, "convolve(a, v, /, mode='full')",
                "The discrete convolution of two vectors, as numpy.convolve: 'full' has n + m - 1 elements, 'same' "
                "max(n, m), 'valid' those where the vectors overlap completely.\n\n"
                ">>> mx.convolve(mx.array([1.0, 2.0, 3.0]), mx.array([0.0, 1.0, 0.5])).tolist()\n"
                "[0.0, 1.0, 2.5, 4.0, 1.5]",
                [](const array& a, const array& v, const std::string& mode, StreamOrDevice s) {
                  return convolve(a, v, mode, s);
                });
}

}  // namespace

void bind_convolution(nb::module_& m) {
  bind_direct(m);
  bind_transposed(m);
  bind_general(m);
}

}  // namespace cermet::python
