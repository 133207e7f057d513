// mx.random: keys, the global state and distributions.
#include <nanobind/nanobind.h>

#include "base/error.h"
#include "bindings.h"
#include "function.h"

namespace cermet::python {

namespace {

/// A key of the caller's, or nothing: the global state's next one. Only arrays are keys.
struct Key : std::optional<array> {};
/// Any 64-bit pattern, written without a sign.
struct Seed {
  std::uint64_t value = 0;
};

}  // namespace

template <>
struct Converter<Key> {
  explicit Converter(const Source& s) {
    if (s.object.is_none()) return;
    const array* const given = as_array(s.object);
    if (given == nullptr) s.refuse(what());
    key_.emplace(*given);
  }
  const Key& get() { return key_; }
  static bool accepts(nb::handle h) { return h.is_none() || as_array(h) != nullptr; }
  static std::string what() { return "an array made by mx.random.key() or split(), or None"; }
  static std::string annotation() { return "array | None"; }

 private:
  Key key_;
};

template <>
struct Converter<Seed> {
  explicit Converter(const Source& s) {
    const nb::object index = PyIndex_Check(s.object.ptr()) ? nb::steal(PyNumber_Index(s.object.ptr())) : nb::object();
    if (!index.is_valid()) {
      if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError)) throw nb::python_error();
      PyErr_Clear();
      s.refuse(what());
    }
    seed_.value = PyLong_AsUnsignedLongLong(index.ptr());
    if (PyErr_Occurred()) {
      PyErr_Clear();
      fail<ValueError>("[{}] `seed` must lie between 0 and 2**64 - 1, got {}.", s.op(),
                       nb::cast<std::string>(nb::str(index)));
    }
  }
  const Seed& get() { return seed_; }
  static bool accepts(nb::handle h) { return is_integer_like(h); }
  static std::string what() { return "an integer"; }
  static std::string annotation() { return "int"; }

 private:
  Seed seed_;
};

namespace {

using OptionalDtype = std::optional<Dtype>;
using OptionalOperand = std::optional<Operand>;

void bind_keys(nb::module_& m) {
  bind_function(m, "seed(seed)", "Starts the global state from a seed.",
                [](const Seed& seed) { random::seed(seed.value); });
  bind_function(m, "key(seed)", "The key of a seed: uint32 of shape (2,).",
                [](const Seed& seed) { return random::key(seed.value); });
  bind_function(m, "split(key, num=2)", "`num` independent keys made from one: the rows of the result.",
                [](nb::handle key, int num, StreamOrDevice s) {
                  return random::split(require_array("random.split", "key", key), num, s);
                });
  bind_function(m, "bits(shape=(), width=4, key=None)",
                "Uniform bits in unsigned integers of `width` bytes: 1, 2 or 4.",
                [](const Shape& shape, int width, const Key& key, StreamOrDevice s) {
                  return random::bits(shape, width, key, s);
                });
}

void bind_uniform_numbers(nb::module_& m) {
  bind_function(m, "uniform(low=0, high=1, shape=(), dtype=float32, key=None)",
                "Uniform in [low, high). The bounds are numbers or arrays that broadcast to `shape`.",
                [](const Operand& low, const Operand& high, const Shape& shape, OptionalDtype dtype, const Key& key,
                   StreamOrDevice s) { return random::uniform(low, high, shape, dtype.value_or(float32), key, s); });
  bind_function(m, "bernoulli(p=0.5, shape=None, key=None)",
                "True with probability `p`, a number or an array that broadcasts to `shape` (default: the shape of p).",
                [](const Operand& p, const std::optional<Shape>& shape, const Key& key, StreamOrDevice s) {
                  return shape ? random::bernoulli(p, *shape, key, s) : random::bernoulli(p, key, s);
                });
  bind_function(m, "randint(low, high, shape=(), dtype=int32, key=None)",
                "Integers in [low, high). The bounds are numbers or arrays that broadcast to `shape`.\n\n"
                "They are drawn as float32 of 24 bits, so that a wider interval misses some of its integers.",
                [](const Operand& low, const Operand& high, const Shape& shape, OptionalDtype dtype, const Key& key,
                   StreamOrDevice s) { return random::randint(low, high, shape, dtype.value_or(int32), key, s); });
  bind_function(m, "gumbel(shape=(), dtype=float32, key=None)",
                "The standard Gumbel distribution, with the distribution function exp(-exp(-x)).",
                [](const Shape& shape, OptionalDtype dtype, const Key& key, StreamOrDevice s) {
                  return random::gumbel(shape, dtype.value_or(float32), key, s);
                });
  bind_function(m, "laplace(shape=(), dtype=float32, loc=0.0, scale=1.0, key=None)",
                "The Laplace distribution around `loc`, with density exp(-|x - loc| / scale) / (2 scale).",
                [](const Shape& shape, OptionalDtype dtype, float loc, float scale, const Key& key, StreamOrDevice s) {
                  return random::laplace(shape, dtype.value_or(float32), loc, scale, key, s);
                });
}

void bind_normal_numbers(nb::module_& m) {
  bind_function(
      m, "normal(shape=(), dtype=float32, loc=None, scale=None, key=None)",
      "Normal with mean `loc` (default: 0) and standard deviation `scale` (default: 1), numbers or arrays that "
      "broadcast to `shape`. The parts of complex numbers have variance 1/2 each.",
      [](const Shape& shape, OptionalDtype dtype, const OptionalOperand& loc, const OptionalOperand& scale,
         const Key& key,
         StreamOrDevice s) { return random::normal(shape, dtype.value_or(float32), loc, scale, key, s); });
  bind_function(
      m, "truncated_normal(lower, upper, shape=None, dtype=float32, key=None)",
      "Normal numbers that lie within [lower, upper], numbers or arrays that broadcast to `shape` (default: to "
      "each other).",
      [](const Operand& lower, const Operand& upper, const std::optional<Shape>& shape, OptionalDtype dtype,
         const Key& key, StreamOrDevice s) {
        const Dtype t = dtype.value_or(float32);
        return shape ? random::truncated_normal(lower, upper, *shape, t, key, s)
                     : random::truncated_normal(lower, upper, t, key, s);
      });
  bind_function(
      m, "multivariate_normal(mean, cov, shape=(), dtype=float32, key=None)",
      "Vectors of jointly normal numbers with means `mean` (..., n) and covariances `cov` (..., n, n).\n\n"
      "The covariances must be positive semi-definite, which is not checked. The result has the shape "
      "`shape` + (n,), to which the leading axes of both broadcast; an empty `shape` stands for what they "
      "broadcast to.",
      [](const array& mean, const array& cov, const Shape& shape, OptionalDtype dtype, const Key& key,
         StreamOrDevice s) { return random::multivariate_normal(mean, cov, shape, dtype.value_or(float32), key, s); });
}

void bind_choices(nb::module_& m) {
  bind_function(m, "categorical(logits, axis=-1, shape=None, num_samples=None, key=None)",
                "Positions along `axis`, drawn with probabilities softmax(logits, axis), as uint32.\n\n"
                "The result has the shape of the logits without the axis; or `shape`, to which that broadcasts; or "
                "`num_samples` draws each in a last axis. At most one of the two can be given.",
                [](const array& logits, int axis, const std::optional<Shape>& shape, std::optional<int> num_samples,
                   const Key& key, StreamOrDevice s) {
                  if (shape && num_samples) {
                    fail<ValueError>("[random.categorical] At most one of `shape` and `num_samples` can be given.");
                  }
                  if (shape) return random::categorical(logits, axis, *shape, key, s);
                  if (num_samples) return random::categorical(logits, axis, *num_samples, key, s);
                  return random::categorical(logits, axis, key, s);
                });
  bind_function(m, "permutation(x, axis=0, key=None)",
                "The slices of an array along `axis` in random order; of an integer n: 0, ..., n - 1, as uint32.",
                [](const std::variant<int, array>& x, int axis, const Key& key, StreamOrDevice s) {
                  if (const int* n = std::get_if<int>(&x)) return random::permutation(*n, key, s);
                  if (std::get<array>(x).ndim() == 0) {
                    fail<TypeError>("[random.permutation] `x` must be an integer or an array with axes.");
                  }
                  return random::permutation(std::get<array>(x), axis, key, s);
                });
}

}  // namespace

void bind_random(nb::module_& parent) {
  nb::module_ m =
      parent.def_submodule("random", "Random numbers from threefry2x32 keys; without a key the global state is used.");
  // The list holds the state itself: its element always shows the current key.
  nb::list state;
  state.append(nb::cast(&random::state(), nb::rv_policy::reference));
  m.attr("state") = state;
  bind_keys(m);
  bind_uniform_numbers(m);
  bind_normal_numbers(m);
  bind_choices(m);
}

}  // namespace cermet::python
