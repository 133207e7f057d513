// Containers that a trace of some thread has on loan: until it ends they hold traced arrays, which no other thread may
// read as state. Guarded by the interpreter's lock.
#pragma once

#include <nanobind/nanobind.h>

#include <unordered_map>
#include <vector>

namespace cermet::python {

/// Thrown by a reader that meets a container on loan to another thread; wait() and read again.
struct ContainerIsLent {};

class LentContainers {
 public:
  void require_free(PyObject* container) const {
    if (!lent_.empty() && lent_.contains(container)) throw ContainerIsLent{};
  }
  void lend(const std::vector<nanobind::object>& containers);
  void give_back(const std::vector<nanobind::object>& containers);
  /// Returns when some loan has ended; lets other threads run meanwhile.
  void wait();

 private:
  std::unordered_map<PyObject*, int> lent_;
};

LentContainers& lent_containers();

}  // namespace cermet::python
