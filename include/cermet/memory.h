// Figures and limits of the memory of arrays, with MLX's names. All sizes are bytes.
#pragma once

#include <cstddef>

namespace cermet {

std::size_t get_active_memory();  ///< In live arrays.
std::size_t get_peak_memory();    ///< The most in live arrays since the start, or since reset_peak_memory().
std::size_t get_cache_memory();   ///< Kept for reuse.
void reset_peak_memory();
std::size_t get_memory_limit();
/// An operation that would need more raises OutOfMemoryError before it changes anything. Returns the old limit; the
/// default is 0.95 of the machine's (or the control group's) memory.
std::size_t set_memory_limit(std::size_t limit);
/// What is kept for reuse beyond the limit returns to the system at once. Returns the old limit; the default is a
/// quarter of the memory limit.
std::size_t set_cache_limit(std::size_t limit);
/// Kept for programs written for Metal: on the CPU nothing is wired. Returns the old value.
std::size_t set_wired_limit(std::size_t limit);
/// Returns what is kept for reuse to the system.
void clear_cache();

}  // namespace cermet
