// dlopen with errors that name the cause.
#include "library/cpu/open_library.h"

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace cermet::library::cpu {

void* open_library(std::initializer_list<const char*> names, const char* purpose, const char* package) {
  std::string reasons;
  for (const char* name : names) {
    if (void* library = dlopen(name, RTLD_LOCAL | RTLD_LAZY)) return library;
    reasons += fmt::format("\n  {}", dlerror());
  }
  fail<InternalError>("{} needs a library that could not be opened (Debian: {}):{}", purpose, package, reasons);
}

void* find_function(void* library, const char* name) {
  void* function = dlsym(library, name);
  if (function == nullptr) fail<InternalError>("A library was opened, but it lacks {}.", name);
  return function;
}

}  // namespace cermet::library::cpu
