// Convolutions, their transposes, and the discrete convolution of vectors. Layout: channels last, as in MLX.
//
//   input   (n, spatial..., c)              n images of c channels
//   weight  (o, kernel..., c / groups)      o output channels
//   result  (n, places..., o)               places = (input + padding - dilation (kernel - 1) - 1) / stride + 1
//
// With groups, output channels are cut into as many parts as input channels, and each part sees its own. Arrays of one
// floating dtype come out of floating operands (the wider of the two); an integer or complex input is a TypeError,
// shapes that do not fit are a ValueError. Half types add up in float32 and round once.
//
//     array x = random::normal({8, 32, 32, 3}), w = random::normal({16, 3, 3, 3});
//     array y = conv2d(x, w, {1, 1}, {1, 1});      // (8, 32, 32, 16)
//     array z = conv_transpose2d(y, random::normal({3, 2, 2, 16}), {2, 2});  // (8, 64, 64, 3)
#pragma once

#include <cermet/array.h>

#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cermet {

/// The cross-correlation of `input` with `weight` along one axis.
array conv1d(const array& input, const array& weight, int stride = 1, int padding = 0, int dilation = 1, int groups = 1,
             StreamOrDevice s = {});
array conv2d(const array& input, const array& weight, std::pair<int, int> stride = {1, 1},
             std::pair<int, int> padding = {0, 0}, std::pair<int, int> dilation = {1, 1}, int groups = 1,
             StreamOrDevice s = {});
array conv3d(const array& input, const array& weight, std::tuple<int, int, int> stride = {1, 1, 1},
             std::tuple<int, int, int> padding = {0, 0, 0}, std::tuple<int, int, int> dilation = {1, 1, 1},
             int groups = 1, StreamOrDevice s = {});

/// One to three spatial axes. Each list has an entry an axis, or one for all; empty lists are ones (strides and
/// dilations) or zeros (paddings). `padding_hi` is `padding_lo` where it is empty; a negative padding cuts.
/// `input_dilation` puts zeros between the elements of the input; `flip` reads the kernel backwards.
array conv_general(const array& input, const array& weight, std::vector<int> stride = {},
                   std::vector<int> padding_lo = {}, std::vector<int> padding_hi = {},
                   std::vector<int> kernel_dilation = {}, std::vector<int> input_dilation = {}, int groups = 1,
                   bool flip = false, StreamOrDevice s = {});

/// The transpose of a convolution as a linear map, from (n, places..., c) to
/// (n, (places - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1..., o).
array conv_transpose1d(const array& input, const array& weight, int stride = 1, int padding = 0, int dilation = 1,
                       int output_padding = 0, int groups = 1, StreamOrDevice s = {});
array conv_transpose2d(const array& input, const array& weight, std::pair<int, int> stride = {1, 1},
                       std::pair<int, int> padding = {0, 0}, std::pair<int, int> dilation = {1, 1},
                       std::pair<int, int> output_padding = {0, 0}, int groups = 1, StreamOrDevice s = {});
array conv_transpose3d(const array& input, const array& weight, std::tuple<int, int, int> stride = {1, 1, 1},
                       std::tuple<int, int, int> padding = {0, 0, 0}, std::tuple<int, int, int> dilation = {1, 1, 1},
                       std::tuple<int, int, int> output_padding = {0, 0, 0}, int groups = 1, StreamOrDevice s = {});

/// The discrete convolution of two vectors (the shorter one is the kernel), as numpy.convolve: "full" has n + m - 1
/// elements, "same" max(n, m), "valid" those where the vectors overlap completely. Empty vectors are a ValueError.
array convolve(const array& a, const array& v, std::string_view mode = "full", StreamOrDevice s = {});

}  // namespace cermet
