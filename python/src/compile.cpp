// mx.compile: the Python callable around CompiledFunction. The hit path takes plain positional arrays without building
// anything but the outputs; all else goes through trees.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <structmember.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>

#include "base/error.h"
#include "bindings.h"
#include "capture_names.h"
#include "lent_containers.h"
#include "state.h"
#include "transforms/trace.h"
#include "tree.h"

namespace cermet::python {
namespace {

constexpr std::size_t fast_arguments = 16;

/// The object that mx.compile returns.
struct CompiledObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* function;
  PyObject* attributes;
  PyObject* held;  // by address: what the keys of entries name by it, so that nothing else takes that address
  PyObject* weak_references;
  CompiledFunction* core;
  CapturedState* state;  // null if nothing is declared
};

/// What an entry keeps to give its results the shape that the function gave them.
struct KeptResult {
  ResultTree tree;
  std::size_t outputs;                    // of the tree; those of the effects follow
  std::unique_ptr<StateEffects> effects;  // null without declared state
};

PyTypeObject* compiled_type = nullptr;

CompiledObject* self_of(PyObject* object) { return reinterpret_cast<CompiledObject*>(object); }

/// Keeps a Python-side result tree inside a cache entry; entries may die after the interpreter.
std::shared_ptr<const void> keep_result(std::unique_ptr<KeptResult> kept) {
  return {kept.release(), [](const void* p) {
            if (!Py_IsInitialized()) return;
            const nb::gil_scoped_acquire gil;
            delete static_cast<const KeptResult*>(p);
          }};
}

const KeptResult& kept_in(const FunctionResult& result) {
  return *static_cast<const KeptResult*>(result.structure.get());
}

nb::object build_result(FunctionResult& result, std::span<PyObject* const> arguments) {
  return kept_in(result).tree.build(result.outputs, arguments);
}

/// The statics of n positional arrays, as ArgumentTree writes them.
std::string_view positional_statics(std::size_t n) {
  static const auto all = [] {
    std::array<std::string, fast_arguments + 1> texts;
    for (std::uint32_t i = 0; i <= fast_arguments; ++i) {
      const std::uint32_t size = sizeof i;
      texts[i] = 'A';
      texts[i].append(reinterpret_cast<const char*>(&size), sizeof size);
      texts[i].append(reinterpret_cast<const char*>(&i), sizeof i);
      texts[i].append(i, 'a');
    }
    return texts;
  }();
  return all[n];
}

/// Calls the Python function on arrays that stand for the arguments and reads what it returned and assigned.
FunctionResult call_on_handles(CompiledObject* self, const ArgumentTree& tree, std::span<array> handles,
                               StateTrace* state) {
  std::vector<nb::object> objects;
  std::vector<exec::NodeRef> before;
  for (array& handle : handles) {
    objects.push_back(wrap(array(handle)));
    before.push_back(as_array(objects.back())->node());
  }
  const RebuiltArguments rebuilt = tree.rebuild(objects);
  const nb::object result = nb::steal(PyObject_Call(self->function, rebuilt.args.ptr(), rebuilt.kwargs.ptr()));
  if (!result.is_valid()) throw nb::python_error();
  rebuilt.require_unchanged(self->core->name());
  FunctionResult out;
  ResultTree shape(self->core->name(), result, out.outputs, std::span(objects).first(tree.objects().size()));
  auto kept = std::make_unique<KeptResult>(KeptResult{std::move(shape), out.outputs.size(), nullptr});
  if (state != nullptr) kept->effects = state->finish(objects, out.outputs);
  out.structure = keep_result(std::move(kept));
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const array& now = *as_array(objects[i]);
    if (!(now.node() == before[i])) handles[i] = now;
  }
  return out;
}

void hold(CompiledObject* self, const std::vector<nb::object>& objects) {
  for (const nb::object& object : objects) {
    const nb::object address = nb::steal(PyLong_FromVoidPtr(object.ptr()));
    if (PyDict_SetItem(self->held, address.ptr(), object.ptr()) != 0) throw nb::python_error();
  }
}

PyObject* call_general(CompiledObject* self, nb::handle args, nb::handle kwargs) {
  const ArgumentTree tree(self->core->name(), args, kwargs);
  const auto describe_call = [&] { return tree.describe(); };
  const FunctionRef<CallDescription()> describe(describe_call);
  const CallArguments arguments{tree.arrays(), tree.statics(), &describe};
  FunctionResult result;
  if (!self->core->try_hit(arguments, result)) {
    hold(self, tree.named_types());
    const auto body = [&](std::span<array> handles) { return call_on_handles(self, tree, handles, nullptr); };
    const auto find_name = [&](const exec::NodeRef& node) { return name_of_capture(self->function, node); };
    const FunctionRef<std::string(const exec::NodeRef&)> name(find_name);
    result = (*self->core)({tree.arrays(), tree.statics(), &describe, 0, &name}, body);
  }
  return build_result(result, tree.objects()).release().ptr();
}

// ---- Calls with declared state --------------------------------------------------------------------------------------

void read_when_free(CapturedState& state) {
  for (;;) {
    try {
      return state.read();
    } catch (const ContainerIsLent&) {
      lent_containers().wait();
    }
  }
}

/// Fills the containers with what the call made and returns the function's result.
PyObject* commit(CapturedState& state, FunctionResult& result, std::span<PyObject* const> arguments) {
  const KeptResult& kept = kept_in(result);
  kept.effects->commit(state, std::span(result.outputs).subspan(kept.outputs), arguments);
  result.outputs.erase(result.outputs.begin() + static_cast<std::ptrdiff_t>(kept.outputs), result.outputs.end());
  return build_result(result, arguments).release().ptr();
}

/// The hit path for positional arrays; null if the call needs more.
PyObject* hit_with_state(CompiledObject* self, std::span<PyObject* const> args) {
  CapturedState& state = *self->state;
  SmallVector<array*, 48> arrays;
  for (PyObject* arg : args) {
    if (Py_TYPE(arg) != array_type() || !nb::inst_ready(arg)) return nullptr;
    array* const x = nb::inst_ptr<array>(nb::handle(arg));
    if (state.find(x) >= 0) return nullptr;
    arrays.push_back(x);
  }
  for (array* x : state.arrays()) arrays.push_back(x);
  const std::string_view statics = state.statics_after(positional_statics(args.size()), args.size());
  FunctionResult result;
  if (!self->core->try_hit({{arrays.data(), arrays.size()}, statics, nullptr, state.arrays().size()}, result)) {
    return nullptr;
  }
  return commit(state, result, args);
}

/// Reads the state and the arguments, and runs or traces. Throws what the function throws.
PyObject* call_once_with_state(CompiledObject* self, nb::handle args, nb::handle kwargs) {
  CapturedState& state = *self->state;
  read_when_free(state);
  const ArgumentTree tree(self->core->name(), args, kwargs, &state);
  std::vector<array*> arrays(tree.arrays().begin(), tree.arrays().end());
  arrays.insert(arrays.end(), state.arrays().begin(), state.arrays().end());
  const std::string statics = std::string(tree.statics()) + state.statics();
  const auto describe_call = [&] {
    CallDescription description = tree.describe();
    state.describe(description);
    return description;
  };
  const FunctionRef<CallDescription()> describe(describe_call);
  const auto find_name = [&](const exec::NodeRef& node) { return name_of_capture(self->function, node); };
  const FunctionRef<std::string(const exec::NodeRef&)> name(find_name);
  const CallArguments arguments{arrays, statics, &describe, state.arrays().size(), &name};
  FunctionResult result;
  if (self->core->try_hit(arguments, result)) return commit(state, result, tree.objects());
  hold(self, tree.named_types());
  hold(self, state.named_by_address());
  StateTrace trace(state, self->core->name());
  const auto body = [&](std::span<array> handles) { return call_on_handles(self, tree, handles, &trace); };
  result = (*self->core)(arguments, body);
  trace.end();
  return commit(state, result, tree.objects());
}

PyObject* call_with_state(CompiledObject* self, nb::handle args, nb::handle kwargs) {
  constexpr int most_restarts = 64;  // one an optimizer that makes its state at its first update
  for (int restarts = 0;; ++restarts) {
    nb::object initialize;
    try {
      return call_once_with_state(self, args, kwargs);
    } catch (nb::python_error& error) {
      if (restarts < most_restarts) initialize = requested_initialization(error);
      if (!initialize.is_valid()) throw;
    }
    initialize();
  }
}

bool runs_plainly() { return compile_mode() == CompileMode::disabled || is_tracing(); }

PyObject* vectorcall(PyObject* object, PyObject* const* args, std::size_t flags, PyObject* names) noexcept {
  CompiledObject* const self = self_of(object);
  try {
    if (self->function == nullptr) fail<ValueError>("[compile] the function has been collected as garbage");
    // Disabled, or inside another trace: the function itself, on the caller's own objects.
    if (runs_plainly()) return PyObject_Vectorcall(self->function, args, flags, names);
    const auto count = static_cast<std::size_t>(PyVectorcall_NARGS(flags));
    const bool plain = names == nullptr || PyTuple_GET_SIZE(names) == 0;
    if (self->state != nullptr && plain && count <= fast_arguments) {
      read_when_free(*self->state);
      if (PyObject* const result = hit_with_state(self, {args, count})) return result;
    } else if (plain && count <= fast_arguments) {
      array* arrays[fast_arguments];
      std::size_t n = 0;
      while (n < count && Py_TYPE(args[n]) == array_type() && nb::inst_ready(args[n])) {
        arrays[n] = nb::inst_ptr<array>(nb::handle(args[n]));
        ++n;
      }
      FunctionResult result;
      if (n == count && self->core->try_hit({{arrays, n}, positional_statics(n), nullptr}, result)) {
        return build_result(result, {args, n}).release().ptr();
      }
    }
    const nb::object positional = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
      PyTuple_SET_ITEM(positional.ptr(), static_cast<Py_ssize_t>(i), Py_NewRef(args[i]));
    }
    nb::object keywords;
    if (!plain) {
      keywords = nb::steal(PyDict_New());
      for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
        PyDict_SetItem(keywords.ptr(), PyTuple_GET_ITEM(names, i), args[count + static_cast<std::size_t>(i)]);
      }
    }
    return self->state != nullptr ? call_with_state(self, positional, keywords)
                                  : call_general(self, positional, keywords);
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

// ---- The type -----------------------------------------------------------------------------------------------------

void deallocate(PyObject* object) {
  CompiledObject* const self = self_of(object);
  PyObject_GC_UnTrack(object);
  if (self->weak_references != nullptr) PyObject_ClearWeakRefs(object);
  delete self->core;
  self->core = nullptr;
  delete self->state;
  self->state = nullptr;
  Py_CLEAR(self->function);
  Py_CLEAR(self->attributes);
  Py_CLEAR(self->held);
  PyTypeObject* const type = Py_TYPE(object);
  type->tp_free(object);
  Py_DECREF(type);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  CompiledObject* const self = self_of(object);
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(self->function);
  Py_VISIT(self->attributes);
  Py_VISIT(self->held);
  return self->state == nullptr ? 0 : self->state->traverse(visit, arg);
}

int clear(PyObject* object) {
  Py_CLEAR(self_of(object)->function);
  Py_CLEAR(self_of(object)->attributes);
  if (self_of(object)->held != nullptr) PyDict_Clear(self_of(object)->held);
  if (self_of(object)->state != nullptr) self_of(object)->state->clear();
  return 0;
}

// On a class, a compiled function binds like a function.
PyObject* bind_method(PyObject* object, PyObject* instance, PyObject*) {
  if (instance == nullptr || instance == Py_None) return Py_NewRef(object);
  return PyMethod_New(object, instance);
}

PyObject* representation(PyObject* object) { return PyUnicode_FromFormat("<compiled %R>", self_of(object)->function); }

nb::dict statistics_dict(const CompileStatistics& s) {
  nb::dict out;
  out["traces"] = s.traces;
  out["hits"] = s.hits;
  out["evictions"] = s.evictions;
  nb::list reasons, entries;
  for (const std::string& reason : s.retrace_reasons) reasons.append(reason);
  out["retrace_reasons"] = reasons;
  for (const CompileStatistics::Entry& e : s.entries) {
    nb::dict entry;
    entry["reason"] = e.reason;
    entry["signature"] = e.signature;
    entry["hits"] = e.hits;
    entry["kernels"] = e.kernels;
    entry["library_calls"] = e.library_calls;
    entry["trace_ms"] = e.trace_milliseconds;
    entry["plan_ms"] = e.plan_milliseconds;
    entries.append(entry);
  }
  out["entries"] = entries;
  return out;
}

template <class F>
PyObject* guarded(F&& body) noexcept {
  try {
    return body();
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

PyObject* stats_method(PyObject* object, PyObject*) {
  return guarded([&] { return statistics_dict(self_of(object)->core->statistics()).release().ptr(); });
}

PyObject* dump_method(PyObject* object, PyObject* stage) {
  return guarded([&] {
    if (!PyUnicode_Check(stage)) {
      fail<TypeError>(
          "[compile] dump() takes the name of a stage ('graph', 'fused', 'kernel', 'legal', 'llvm', 'asm'), "
          "not {}.",
          type_text(stage));
    }
    const std::string text = self_of(object)->core->dump(nb::cast<std::string>(nb::handle(stage)));
    return nb::str(text.c_str()).release().ptr();
  });
}

PyObject* clear_method(PyObject* object, PyObject*) {
  return guarded([&] {
    self_of(object)->core->clear();
    return Py_NewRef(Py_None);
  });
}

PyMethodDef methods[] = {
    {"stats", stats_method, METH_NOARGS,
     "Counts of traces, hits and evictions; the entries with signature and kernels; the reason of every retrace."},
    {"dump", dump_method, METH_O,
     "The text of a stage of the newest entry: 'graph', 'fused', 'kernel', 'legal', 'llvm' or 'asm'."},
    {"clear_cache", clear_method, METH_NOARGS, "Drops all traces."},
    {nullptr, nullptr, 0, nullptr}};

PyMemberDef members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(CompiledObject, function), READONLY, "The uncompiled function."},
    {"__dictoffset__", T_PYSSIZET, offsetof(CompiledObject, attributes), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(CompiledObject, weak_references), READONLY, nullptr},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(CompiledObject, vectorcall), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

PyGetSetDef attributes[] = {{"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
                            {nullptr, nullptr, nullptr, nullptr, nullptr}};

template <class F>
void* slot(F* function) {
  return reinterpret_cast<void*>(function);
}

PyTypeObject* make_type() {
  static PyType_Slot type_slots[] = {{Py_tp_dealloc, slot(deallocate)},
                                     {Py_tp_traverse, slot(traverse)},
                                     {Py_tp_clear, slot(clear)},
                                     {Py_tp_call, slot(PyVectorcall_Call)},
                                     {Py_tp_descr_get, slot(bind_method)},
                                     {Py_tp_repr, slot(representation)},
                                     {Py_tp_methods, methods},
                                     {Py_tp_members, members},
                                     {Py_tp_getset, attributes},
                                     {0, nullptr}};
  static PyType_Spec spec = {"cermet.core.CompiledFunction", sizeof(CompiledObject), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                                 Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                             type_slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

std::string display_name(nb::handle function) {
  for (const char* attribute : {"__qualname__", "__name__"}) {
    if (nb::hasattr(function, attribute)) return nb::cast<std::string>(nb::str(function.attr(attribute)));
  }
  // functools.partial has no name of its own.
  return nb::hasattr(function, "func") ? display_name(function.attr("func")) : type_text(function);
}

capture capture_mode(const std::string& name) {
  if (name == "frozen") return capture::frozen;
  if (name == "error") return capture::error;
  if (name == "guard") {
    fail<ValueError>(
        "[compile] capture=\"guard\" is not implemented yet; declare what the function changes or reads as state "
        "(inputs=, outputs=), and use \"frozen\" or \"error\" for the rest.");
  }
  fail<ValueError>("[compile] `capture` must be \"frozen\" or \"error\", not \"{}\".", name);
}

nb::object make_compiled(nb::handle function, nb::object inputs, nb::object outputs, bool shapeless,
                         const std::string& captures) {
  if (PyCallable_Check(function.ptr()) == 0) {
    fail<TypeError>("[compile] Expected a function, not {}.", type_text(function));
  }
  const capture mode = capture_mode(captures);
  std::unique_ptr<CapturedState> state;
  if (!inputs.is_none() || !outputs.is_none()) state = std::make_unique<CapturedState>(inputs, outputs);
  PyObject* const object = compiled_type->tp_alloc(compiled_type, 0);
  if (object == nullptr) throw nb::python_error();
  CompiledObject* const self = self_of(object);
  const nb::object out = nb::steal(object);
  self->vectorcall = vectorcall;
  self->function = Py_NewRef(function.ptr());
  self->held = PyDict_New();
  self->core = new CompiledFunction(display_name(function), shapeless, mode);
  self->state = state.release();
  // __name__, __doc__, __module__ and so on; signature() follows __wrapped__.
  for (const char* attribute :
       {"__name__", "__qualname__", "__doc__", "__module__", "__annotations__", "__type_params__"}) {
    if (nb::hasattr(function, attribute)) nb::setattr(out, attribute, function.attr(attribute));
  }
  return out;
}

}  // namespace

void bind_compile(nb::module_& m) {
  compiled_type = make_type();
  if (compiled_type == nullptr) throw nb::python_error();
  m.attr("CompiledFunction") = nb::handle(reinterpret_cast<PyObject*>(compiled_type));
  m.def(
      "compile", make_compiled, nb::arg("fun"), nb::arg("inputs") = nb::none(), nb::arg("outputs") = nb::none(),
      nb::arg("shapeless") = false, nb::kw_only(), nb::arg("capture") = "frozen",
      "compile(fun, inputs=None, outputs=None, shapeless=False, *, capture='frozen')\n\n"
      "A function that traces `fun` once for each signature, fuses its operations into few kernels, generates machine "
      "code for them and replays it. It does what `fun` does or raises an error that names the cause.\n\n"
      "Arguments are arrays (NumPy arrays too), numbers, strings, None and containers of them; numbers and strings are "
      "constants by type and value. A change of structure, constants, dtypes or shapes traces again; f.stats() says "
      "why. Random numbers advance the global state at every call.\n\n"
      "`inputs` and `outputs` declare state that `fun` reads and changes without being given it: arrays, lists, "
      "tuples, dicts, modules and optimizers' states, nested as you like, `mx.random.state` among them. Their contents "
      "are read at every call and what `fun` leaves in them is put into the same containers; it does not matter in "
      "which of the two a container is named. Plain values in them are constants, whose change traces again. The "
      "memory of arrays that are replaced, and that nobody else holds, is used again.\n\n"
      "`shapeless`: shapes of the same rank share one trace. `capture`: what arrays are that `fun` uses without being "
      "given them; 'frozen': constants fixed by the trace, 'error': refused with their names.\n\n"
      "    state = [model.state, optimizer.state, mx.random.state]\n\n"
      "    @partial(mx.compile, inputs=state, outputs=state)\n"
      "    def step(x, y):\n"
      "        loss, grads = nn.value_and_grad(model, loss_fn)(model, x, y)\n"
      "        optimizer.update(model, grads)\n"
      "        return loss\n");
  bind_state(m);
  m.def(
      "disable_compile", [] { disable_compile(); },
      "Compiled functions run uncompiled from now on, existing ones too.");
  m.def(
      "enable_compile", [] { enable_compile(); }, "Undoes disable_compile and CERMET_DISABLE_COMPILE.");
  m.def(
      "set_compile_cache_limit", [](std::size_t n) { return set_compile_cache_limit(n); }, nb::arg("entries"),
      "Bounds the traces that one compiled function keeps (least recently used go first); returns the old bound.");
}

}  // namespace cermet::python
