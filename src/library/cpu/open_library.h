// Libraries that are opened at run time, so that programs that never call them pay nothing for them at start-up.
#pragma once

#include <initializer_list>

namespace cermet::library::cpu {

/// The first of `names` that can be opened; throws InternalError naming `purpose`, `package` and every reason.
void* open_library(std::initializer_list<const char*> names, const char* purpose, const char* package);
/// The function `name` of the library or of one that it depends on; throws InternalError.
void* find_function(void* library, const char* name);

template <class Function>
void find_function(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(find_function(library, name));
}

}  // namespace cermet::library::cpu
