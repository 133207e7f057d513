// The exception types of Cermet. Every error names the operation, what came in and what is allowed; bindings map
// each type to the Python exception of the same name.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace cermet {

/// Root of every exception that Cermet throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument has the right type and a wrong value (shapes that do not broadcast, a negative size).
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An argument has a type, or an array a dtype, that the operation does not take.
class TypeError : public Error {
 public:
  using Error::Error;
};

/// An axis or an index lies outside of its range.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// The value of a traced array was read, or a traced array outlived its trace.
class TraceError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// A request exceeds the memory limit or what the system can give; nothing was changed.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

/// A broken invariant of Cermet itself: a bug to report, never the user's fault.
class InternalError : public Error {
 public:
  using Error::Error;
};

/// Throws `E` with a formatted message: `fail<ValueError>("[reshape] {} ...", n)`.
template <class E, class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw E(fmt::format(format, std::forward<Args>(args)...));
}

/// Throws InternalError unless `condition` holds.
template <class... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) {
    throw InternalError("internal error: " + fmt::format(format, std::forward<Args>(args)...));
  }
}

}  // namespace cermet
