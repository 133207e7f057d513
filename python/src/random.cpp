// mx.random: keys, the global state and distributions.
#include <nanobind/nanobind.h>

#include "bindings.h"
#include "convert.h"

namespace cermet::python {
namespace {

std::optional<array> key_of(nb::handle key) {
  if (key.is_none()) return std::nullopt;
  return require_array("random", "key", key);
}

}  // namespace

void bind_random(nb::module_& parent) {
  nb::module_ m =
      parent.def_submodule("random", "Random numbers from threefry2x32 keys; without a key the global state is used.");
  // The list holds the state itself: its element always shows the current key.
  nb::list state;
  state.append(nb::cast(&random::state(), nb::rv_policy::reference));
  m.attr("state") = state;
  m.def(
      "seed", [](std::uint64_t seed) { random::seed(seed); }, nb::arg("seed"), "Starts the global state from a seed.");
  m.def(
      "key", [](std::uint64_t seed) { return wrap(random::key(seed)); }, nb::arg("seed"), "The key of a seed.");
  m.def(
      "split",
      [](nb::handle key, int num, nb::handle stream) {
        return wrap(random::split(require_array("random.split", "key", key), num, stream_of(stream)));
      },
      nb::arg("key"), nb::arg("num") = 2, nb::arg("stream") = nb::none(), "`num` independent keys, one a row.");
  m.def(
      "bits",
      [](nb::handle shape, int width, nb::handle key, nb::handle stream) {
        return wrap(random::bits(shape_of("random.bits", shape), width, key_of(key), stream_of(stream)));
      },
      nb::arg("shape") = nb::make_tuple(), nb::arg("width") = 4, nb::arg("key") = nb::none(),
      nb::arg("stream") = nb::none(), "Uniform bits in unsigned integers of `width` bytes (1, 2 or 4).");
  m.def(
      "uniform",
      [](nb::handle low, nb::handle high, nb::handle shape, nb::handle dtype, nb::handle key, nb::handle stream) {
        const Argument l("random.uniform", low), h("random.uniform", high);
        return wrap(random::uniform(l.operand(), h.operand(), shape_of("random.uniform", shape),
                                    dtype_or("random.uniform", dtype, float32), key_of(key), stream_of(stream)));
      },
      nb::arg("low") = 0, nb::arg("high") = 1, nb::arg("shape") = nb::make_tuple(), nb::arg("dtype") = nb::none(),
      nb::arg("key") = nb::none(), nb::arg("stream") = nb::none(), "Uniform in [low, high).");
  m.def(
      "normal",
      [](nb::handle shape, nb::handle dtype, nb::handle loc, nb::handle scale, nb::handle key, nb::handle stream) {
        std::optional<Argument> l, s;
        if (!loc.is_none()) l.emplace("random.normal", loc);
        if (!scale.is_none()) s.emplace("random.normal", scale);
        return wrap(random::normal(shape_of("random.normal", shape), dtype_or("random.normal", dtype, float32),
                                   l ? std::optional(l->operand()) : std::nullopt,
                                   s ? std::optional(s->operand()) : std::nullopt, key_of(key), stream_of(stream)));
      },
      nb::arg("shape") = nb::make_tuple(), nb::arg("dtype") = nb::none(), nb::arg("loc") = nb::none(),
      nb::arg("scale") = nb::none(), nb::arg("key") = nb::none(), nb::arg("stream") = nb::none(),
      "Normal with mean `loc` and standard deviation `scale`.");
  m.def(
      "bernoulli",
      [](nb::handle p, nb::handle shape, nb::handle key, nb::handle stream) {
        const Argument probability("random.bernoulli", p);
        return wrap(shape.is_none() ? random::bernoulli(probability.operand(), key_of(key), stream_of(stream))
                                    : random::bernoulli(probability.operand(), shape_of("random.bernoulli", shape),
                                                        key_of(key), stream_of(stream)));
      },
      nb::arg("p") = 0.5, nb::arg("shape") = nb::none(), nb::arg("key") = nb::none(), nb::arg("stream") = nb::none(),
      "True with probability p.");
  m.def(
      "randint",
      [](nb::handle low, nb::handle high, nb::handle shape, nb::handle dtype, nb::handle key, nb::handle stream) {
        const Argument l("random.randint", low), h("random.randint", high);
        return wrap(random::randint(l.operand(), h.operand(), shape_of("random.randint", shape),
                                    dtype_or("random.randint", dtype, int32), key_of(key), stream_of(stream)));
      },
      nb::arg("low"), nb::arg("high"), nb::arg("shape") = nb::make_tuple(), nb::arg("dtype") = nb::none(),
      nb::arg("key") = nb::none(), nb::arg("stream") = nb::none(), "Integers in [low, high).");
}

}  // namespace cermet::python
