// What tests compare: the elements of an array as a C++ vector, and the message of an exception.
#pragma once

#include <cermet/cermet.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cermet::test {

/// The elements in row-major order; T must be the array's element type.
template <class T>
std::vector<T> values(const array& x) {
  EXPECT_EQ(name(x.dtype()), name(dtype_of<T>()));
  array copy = x;
  const T* data = copy.data<T>();
  return std::vector<T>(data, data + x.size());
}

inline std::vector<bool> truths(const array& x) {
  array copy = x;
  const bool* data = copy.data<bool>();
  return std::vector<bool>(data, data + x.size());
}

inline Shape shape_of(const array& x) { return x.shape(); }

/// [[1, 2, 3], [4, 5, 6]]
inline const array& table() {
  static const array x({1, 2, 3, 4, 5, 6}, {2, 3});
  return x;
}

/// The message of the E that `action` throws; a test failure and "" if it throws none.
template <class E, class F>
std::string message_of(F&& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception was thrown: " << error.what();
    return "";
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace cermet::test
