// What cermet/_transforms.py builds grad, vjp, jvp, vmap, checkpoint and custom_function from: flat lists of arrays;
// trees are Python's business there.
#include <cermet/autodiff.h>
#include <cermet/ops.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include "bindings.h"
#include "convert.h"
#include "transforms/tape.h"

namespace cermet::python {
namespace {

using Arrays = std::vector<array>;

nb::list list_of(const Arrays& arrays) {
  nb::list out;
  for (const array& x : arrays) out.append(wrap(array(x)));
  return out;
}

Arrays arrays_of(nb::handle list) {
  Arrays out;
  for (nb::handle item : list) out.push_back(require_array("transform", "item", item));
  return out;
}

std::vector<MaybeArray> maybe_arrays_of(nb::handle list) {
  std::vector<MaybeArray> out;
  for (nb::handle item : list) {
    if (item.is_none())
      out.emplace_back();
    else
      out.emplace_back(require_array("transform", "item", item));
  }
  return out;
}

nb::list list_of(const std::vector<MaybeArray>& arrays) {
  nb::list out;
  for (const MaybeArray& x : arrays) out.append(x ? wrap(array(*x)) : nb::object(nb::none()));
  return out;
}

/// A Python function from lists of arrays to lists of arrays.
ArrayFunction flat_function(nb::object function) {
  return [function = std::move(function)](const Arrays& arguments) { return arrays_of(function(list_of(arguments))); };
}

/// Rules call back into Python; a missing one stays empty.
CustomRules rules_of(const nb::object& vjp, const nb::object& jvp, const nb::object& vmap) {
  CustomRules rules;
  if (!vjp.is_none()) {
    rules.vjp = [vjp](const Arrays& primals, const Arrays& cotangents, const Arrays& outputs) {
      return arrays_of(vjp(list_of(primals), list_of(cotangents), list_of(outputs)));
    };
  }
  if (!jvp.is_none()) {
    rules.jvp = [jvp](const Arrays& primals, const Arrays& tangents) {
      return arrays_of(jvp(list_of(primals), list_of(tangents)));
    };
  }
  if (!vmap.is_none()) {
    rules.vmap = [vmap](const Arrays& inputs, const std::vector<int>& axes) {
      const nb::tuple found = nb::cast<nb::tuple>(vmap(list_of(inputs), axes));
      return std::pair(arrays_of(found[0]), nb::cast<std::vector<int>>(found[1]));
    };
  }
  return rules;
}

}  // namespace

void bind_autodiff(nb::module_& m) {
  nb::class_<Tape>(m, "_Tape")
      .def(nb::init<>())
      .def("stop", &Tape::stop)
      .def("pull_back",
           [](const Tape& tape, nb::handle outputs, nb::handle cotangents, nb::handle variables) {
             return list_of(tape.pull_back(arrays_of(outputs), maybe_arrays_of(cotangents), arrays_of(variables)));
           })
      .def("push_forward", [](const Tape& tape, nb::handle variables, nb::handle tangents, nb::handle outputs) {
        return list_of(tape.push_forward(arrays_of(variables), maybe_arrays_of(tangents), arrays_of(outputs)));
      });
  m.def("_fresh_variables", [](nb::handle values) {
    Arrays out;
    for (const array& x : arrays_of(values)) out.push_back(fresh_variable(x));
    return list_of(out);
  });
  m.def(
      "_aliases", [](nb::handle values) { return list_of(arrays_of(values)); },
      "Handles of their own on the same values.");
  m.def("_vmap", [](nb::object function, nb::handle arguments, std::vector<int> in_axes) {
    return list_of(vmap(flat_function(std::move(function)), std::move(in_axes))(arrays_of(arguments)));
  });
  m.def(
      "_custom",
      [](nb::object function, nb::handle arguments, nb::object vjp, nb::object jvp, nb::object vmap, bool recomputes) {
        ArrayFunction flat = flat_function(std::move(function));
        const ArrayFunction wrapped =
            recomputes ? checkpoint(std::move(flat)) : custom_function(std::move(flat), rules_of(vjp, jvp, vmap));
        return list_of(wrapped(arrays_of(arguments)));
      },
      nb::arg("function"), nb::arg("arguments"), nb::arg("vjp").none(), nb::arg("jvp").none(), nb::arg("vmap").none(),
      nb::arg("recomputes"));
  m.def("_depends", [](nb::handle inputs, nb::handle dependencies) {
    return list_of(depends(arrays_of(inputs), arrays_of(dependencies)));
  });
}

}  // namespace cermet::python
