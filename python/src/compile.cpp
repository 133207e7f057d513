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
  PyObject* held;  // types named by the keys of entries, so that no other type takes their address
  PyObject* weak_references;
  CompiledFunction* core;
};

PyTypeObject* compiled_type = nullptr;

CompiledObject* self_of(PyObject* object) { return reinterpret_cast<CompiledObject*>(object); }

/// Keeps a Python-side result tree inside a cache entry; entries may die after the interpreter.
std::shared_ptr<const void> keep_tree(std::unique_ptr<ResultTree> tree) {
  return {tree.release(), [](const void* p) {
            if (!Py_IsInitialized()) return;
            const nb::gil_scoped_acquire gil;
            delete static_cast<const ResultTree*>(p);
          }};
}

nb::object build_result(FunctionResult& result) {
  const auto& tree = *static_cast<const ResultTree*>(result.structure.get());
  if (tree.single()) return wrap(std::move(result.outputs[0]));
  return tree.build(result.outputs);
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
FunctionResult call_on_handles(CompiledObject* self, const ArgumentTree& tree, std::span<array> handles) {
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
  out.structure = keep_tree(std::make_unique<ResultTree>(self->core->name(), result, out.outputs));
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const array& now = *as_array(objects[i]);
    if (!(now.node() == before[i])) handles[i] = now;
  }
  return out;
}

PyObject* call_general(CompiledObject* self, nb::handle args, nb::handle kwargs) {
  const ArgumentTree tree(self->core->name(), args, kwargs);
  const auto describe_call = [&] { return tree.describe(); };
  const FunctionRef<CallDescription()> describe(describe_call);
  const CallArguments arguments{tree.arrays(), tree.statics(), &describe};
  FunctionResult result;
  if (!self->core->try_hit(arguments, result)) {
    for (nb::handle type : tree.named_types()) {
      if (PySet_Add(self->held, type.ptr()) != 0) throw nb::python_error();
    }
    const auto body = [&](std::span<array> handles) { return call_on_handles(self, tree, handles); };
    result = (*self->core)(arguments, body);
  }
  return build_result(result).release().ptr();
}

bool runs_plainly() { return compile_mode() == CompileMode::disabled || is_tracing(); }

PyObject* vectorcall(PyObject* object, PyObject* const* args, std::size_t flags, PyObject* names) noexcept {
  CompiledObject* const self = self_of(object);
  try {
    // Disabled, or inside another trace: the function itself, on the caller's own objects.
    if (runs_plainly()) return PyObject_Vectorcall(self->function, args, flags, names);
    const auto count = static_cast<std::size_t>(PyVectorcall_NARGS(flags));
    const bool plain = names == nullptr || PyTuple_GET_SIZE(names) == 0;
    if (plain && count <= fast_arguments) {
      array* arrays[fast_arguments];
      std::size_t n = 0;
      while (n < count && Py_TYPE(args[n]) == array_type() && nb::inst_ready(args[n])) {
        arrays[n] = nb::inst_ptr<array>(nb::handle(args[n]));
        ++n;
      }
      FunctionResult result;
      if (n == count && self->core->try_hit({{arrays, n}, positional_statics(n), nullptr}, result)) {
        return build_result(result).release().ptr();
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
    return call_general(self, positional, keywords);
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
  return 0;
}

int clear(PyObject* object) {
  Py_CLEAR(self_of(object)->function);
  Py_CLEAR(self_of(object)->attributes);
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

nb::object make_compiled(nb::handle function, bool shapeless) {
  if (PyCallable_Check(function.ptr()) == 0) {
    fail<TypeError>("[compile] Expected a function, not {}.", type_text(function));
  }
  PyObject* const object = compiled_type->tp_alloc(compiled_type, 0);
  if (object == nullptr) throw nb::python_error();
  CompiledObject* const self = self_of(object);
  const nb::object out = nb::steal(object);
  self->vectorcall = vectorcall;
  self->function = Py_NewRef(function.ptr());
  self->held = PySet_New(nullptr);
  self->core = new CompiledFunction(display_name(function), shapeless);
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
      "compile", make_compiled, nb::arg("fun"), nb::arg("shapeless") = false,
      "compile(fun, shapeless=False)\n\n"
      "A function that traces `fun` once for each signature, fuses its operations into few kernels, generates machine "
      "code for them and replays it. It does what `fun` does or raises an error that names the cause.\n\n"
      "Arguments are arrays (NumPy arrays too), numbers, strings, None and containers of them; numbers and strings are "
      "constants by type and value. A change of structure, constants, dtypes or shapes traces again; f.stats() says "
      "why. Arrays that `fun` uses without being given them are constants fixed by the trace. Random numbers advance "
      "the global state at every call.\n\n"
      "    @mx.compile\n"
      "    def gelu(x):\n"
      "        return x * (1 + mx.erf(x / math.sqrt(2))) / 2\n");
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
