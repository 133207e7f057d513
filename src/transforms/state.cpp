// Reading the state of a C++ function; see state.h.
#include "transforms/state.h"

#include <cermet/random.h>

namespace cermet {

std::size_t State::read(ArrayTreeReader& reader) const {
  const std::size_t before = reader.arrays().size();
  if (parts_.empty()) return 0;
  reader.note_size(parts_.size());
  const array* const random = &random::state();
  std::unordered_map<const array*, std::size_t> seen;
  for (const Part& part : parts_) {
    part(reader, [&](array* handle) {
      if (handle == nullptr) fail<ValueError>("[compile] the declared state holds a null pointer instead of an array");
      if (handle == random) return reader.note_name("random");  // an input and output of every function that draws
      const auto [known, is_new] = seen.try_emplace(handle, seen.size());
      if (is_new)
        reader.read(*handle);
      else
        reader.note_size(known->second);
    });
  }
  return reader.arrays().size() - before;
}

}  // namespace cermet
