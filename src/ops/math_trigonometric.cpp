// sin, cos and tan with exact argument reduction for every float: the argument is multiplied by 1 / (2 pi), cut into
// pieces short enough that each product is exact, and whole turns are dropped product by product (after Payne and
// Hanek, "Radian reduction for trigonometric functions", 1983).
#include <array>
#include <utility>

#include "ops/coefficients.h"
#include "ops/math.h"
#include "ops/math_terms.h"

namespace cermet::math {
namespace {

/// x = quadrant * pi/2 + (r + low), |r| <= pi/4; the quadrant as an integer, of which the last two bits count.
struct Angle {
  Scalar r, low, quadrant;
};

Scalar fraction(Scalar turns) { return turns - call(Op::round, turns); }

/// float32, computed in float64: 24 bits of x times 29-bit pieces are exact.
Angle reduce_single(Scalar x) {
  const Scalar wide = convert(x, float64);
  Scalar turns = fraction(wide * coefficients::inverse_two_pi_29[0]);
  for (const double piece : std::span(coefficients::inverse_two_pi_29).subspan(1)) {
    turns = turns + fraction(wide * piece);
  }
  const Scalar quarters = fraction(turns) * 4;
  const Rounded quadrant = round_small(quarters + float64_format.magic, quarters);
  const Scalar r = (quarters - quadrant.value) * (std::numbers::pi / 2);
  return {convert(r, float32), Scalar(), convert(quadrant.integer, int32)};
}

/// The seven 32-bit words of 1 / (2 pi) from word `first` (an integer scalar) on, chosen bit by bit of `first`.
std::array<Scalar, 7> words_from(Scalar first, Scalar like) {
  std::vector<Scalar> words;
  for (const double word : coefficients::inverse_two_pi_32) words.push_back(constant(like, word));
  for (int step = 16; step >= 1; step /= 2) {
    const Scalar skip = negate(equal(first & constant(first, step), 0));
    const std::size_t keep = static_cast<std::size_t>(7 + step - 1);
    for (std::size_t i = 0; i < keep; ++i) words[i] = select(skip, words[i + static_cast<std::size_t>(step)], words[i]);
    words.resize(keep);
  }
  std::array<Scalar, 7> result;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = words[i];
  return result;
}

/// Adds a fraction of a turn to high + low without losing a bit of `high`.
void add_turns(Scalar& high, Scalar& low, Scalar part) {
  const Scalar sum = high + part;
  const Scalar back = sum - high;
  low = low + ((high - (sum - back)) + (part - back));
  high = sum;
}

/// float64: words whose product with x is a whole number of turns are skipped; the others give high and low products.
Angle reduce_double(Scalar x) {
  const Scalar exponent = ((to_bits(x) >> 52) & literal_bits(x, int64, 0x7ff)) - (1023 + 53);
  const Scalar first = select(exponent > 0.0, exponent >> 5, 0.0);
  const Scalar scaled = x * power_of_two(first * -32.0);
  Scalar high = constant(x, 0), low = constant(x, 0);
  double scale = 0x1p-32;
  for (const Scalar word : words_from(first, x)) {
    const Scalar piece = word * scale;
    const Scalar product = scaled * piece;
    add_turns(high, low, fraction(product));
    add_turns(high, low, fraction(fma(scaled, piece, -product)));
    scale *= 0x1p-32;
  }
  const Scalar quarters = fraction(high) * 4;
  const Rounded quadrant = round_small(quarters + float64_format.magic, quarters);
  Scalar turn = quarters - quadrant.value, rest = constant(x, 0);
  add_turns(turn, rest, low * 4);
  const Pair half_turn = half_pi(x);
  const Scalar r = turn * half_turn.high;
  const Scalar error = fma(turn, constant(x, half_turn.high), -r);
  return {r, fma(turn, constant(x, half_turn.low), fma(rest, constant(x, half_turn.high), error)), quadrant.integer};
}

struct SineCosine {
  Scalar sine, cosine;
};

SineCosine near_zero(const Angle& angle) {
  const Scalar r = angle.r, z = r * r;
  if (is_single(r)) {
    return {fma(r * z, polynomial(z, coefficients::sin_float32), r),
            fma(z * z, polynomial(z, coefficients::cos_float32), fma(z, constant(z, -0.5), 1.0))};
  }
  const Scalar half = z * 0.5;
  const Scalar whole = constant(z, 1) - half;
  const Scalar lost = (constant(z, 1) - whole) - half;
  const Scalar sine = r + fma(r * z, polynomial(z, coefficients::sin_float64), angle.low * whole);
  const Scalar cosine = whole + (lost + fma(z * z, polynomial(z, coefficients::cos_float64), -(r * angle.low)));
  return {sine, cosine};
}

Angle reduce(Scalar x) { return is_single(x) ? reduce_single(x) : reduce_double(x); }

Scalar bit(Scalar integer, int which) { return integer & constant(integer, which); }

/// The value on the circle at `quadrant` of a function that is sine, cosine, -sine, -cosine in quadrants 0 to 3.
Scalar on_circle(const SineCosine& value, Scalar quadrant) {
  const Scalar magnitude = select(equal(bit(quadrant, 1), 0), value.sine, value.cosine);
  const int to_sign = 8 * quadrant.dtype().size() - 2;
  return from_bits(to_bits(magnitude) ^ (bit(quadrant, 2) << to_sign));
}

}  // namespace

Scalar sin(Args args) {
  const Scalar x = args[0];
  const Angle angle = reduce(x);
  return select(abs(x) < 0x1p-27, x, on_circle(near_zero(angle), angle.quadrant));
}

Scalar cos(Args args) {
  const Angle angle = reduce(args[0]);
  return on_circle(near_zero(angle), angle.quadrant + 1.0);
}

Scalar tan(Args args) {
  const Scalar x = args[0];
  const Angle angle = reduce(x);
  const SineCosine value = near_zero(angle);
  const Scalar even = equal(bit(angle.quadrant, 1), 0);
  const Scalar result = select(even, value.sine, -value.cosine) / select(even, value.cosine, value.sine);
  return select(abs(x) < 0x1p-27, x, result);
}

}  // namespace cermet::math
