// Work that needs the GIL, from threads that may not wait for it. Memory of other libraries is given back wherever the
// last reference goes: in the background thread, or in one that evaluates while somebody who holds the GIL waits for
// it. Taking the GIL there could wait for ever.
#pragma once

namespace cermet::python {

/// Calls work(context) while the GIL is held: at once if this thread holds it, else soon, by the main thread or by the
/// next thread that comes along run_deferred(). Never throws; after the interpreter's end the work is dropped.
void run_with_gil(void (*work)(void*), void* context) noexcept;

/// Does what waits. The GIL is held.
void run_deferred() noexcept;

}  // namespace cermet::python
