// Objects by content hash in a folder shared by many processes. Entries appear whole or not at all; a damaged, foreign
// or unreadable entry is the same as none; a folder that cannot be used turns the cache off with one line of log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"

namespace cermet::runtime {

/// The object stored under `key`, or nothing. Counts damaged entries in disk_cache_errors().
std::optional<std::string> read_disk_cache(const Hash128& key);
/// Stores an object; failures are logged and ignored.
void write_disk_cache(const Hash128& key, std::string_view object);
/// The key and the object of a file of the cache, given its content. Throws ValueError for a damaged one.
std::pair<Hash128, std::string> unpack_disk_entry(std::string content);
/// Where an entry lives (empty when the cache is off), for tests.
std::string disk_cache_path(const Hash128& key);
/// Removes the oldest entries until those that are left take at most three quarters of `limit` bytes, if all take more
/// than `limit`. Runs now and then by itself after writes.
void sweep_disk_cache(std::uint64_t limit);
/// Entries that were there but could not be used.
std::uint64_t disk_cache_errors();

}  // namespace cermet::runtime
