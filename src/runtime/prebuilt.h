// The read-only tier of the kernel cache: one file beside the library holds the kernels of common operations, made for
// this build and this machine by tools/prebuild when the library was built. Looked into by content hash, mapped once.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace cermet::runtime {

/// The entry stored under `key`, in memory that stays mapped, or nothing: no file, a file that another build or another
/// machine made (the key names both), a damaged one.
std::optional<std::string_view> find_prebuilt(const Hash128& key);
/// The file that find_prebuilt opens: the setting `prebuilt`, or "libcermet.kernels" beside the library. Empty if the
/// tier is off.
std::string prebuilt_path();
/// Packs the entries of a folder of the disk cache into `file`, replacing it at once; returns how many. Throws
/// ValueError if a file cannot be read or written.
std::size_t pack_prebuilt(const std::string& folder, const std::string& file);
/// Opens the file anew at the next look (tests).
void forget_prebuilt();

}  // namespace cermet::runtime
