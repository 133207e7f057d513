// The table of library calls.
#include "library/library.h"

#include "base/error.h"

namespace cermet::library {

std::span<const Function> functions() {
  return {};  // rows are added here: {"sort", sort}, {"scatter", scatter, 0}, ...
}

const Function& find_function(std::string_view name) {
  for (const Function& f : functions()) {
    if (f.name == name) return f;
  }
  fail<InternalError>("internal error: there is no library function named '{}'", name);
}

}  // namespace cermet::library
