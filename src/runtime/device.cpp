// Names of devices and streams, and the default stream of each thread; this build knows the CPU.
#include "runtime/device.h"

#include <atomic>
#include <unordered_map>

#include "base/error.h"

namespace cermet {

namespace detail {
constinit thread_local Stream current_stream;
}  // namespace detail

namespace {
std::atomic<int> last_stream{0};
std::atomic<int> last_thread_local_stream{-1};
}  // namespace

void require_available(const Device& device) {
  if (is_available(device)) return;
  if (device.type == Device::cpu)
    fail<ValueError>("[device] {} does not exist; there is one CPU device.", to_string(device));
  fail<ValueError>("[device] {} does not exist: this build has no GPU and runs on the CPU only.", to_string(device));
}

bool is_available(const Device& device) { return device.type == Device::cpu && device.index == 0; }

int device_count(Device::DeviceType type) { return type == Device::cpu ? 1 : 0; }

std::string to_string(const Device& device) {
  return fmt::format("Device({}, {})", device.type == Device::cpu ? "cpu" : "gpu", device.index);
}

std::string to_string(const Stream& stream) {
  return fmt::format("Stream({}, {})", to_string(stream.device), stream.index);
}

Device default_device() { return detail::current_stream.device; }

void set_default_device(const Device& device) {
  require_available(device);
  if (!(device == detail::current_stream.device)) detail::current_stream = Stream{0, device};
}

Stream default_stream(const Device& device) {
  require_available(device);
  return StreamOrDevice(device).stream;
}

void set_default_stream(const Stream& stream) {
  require_available(stream.device);
  detail::current_stream = stream;
}

Stream new_stream(const Device& device) {
  require_available(device);
  return {last_stream.fetch_add(1, std::memory_order_relaxed) + 1, device};
}

ThreadLocalStream::ThreadLocalStream(const Device& device)
    : device_(device), index_((require_available(device), last_thread_local_stream.fetch_add(1) + 1)) {}

Stream ThreadLocalStream::stream() const {
  thread_local std::unordered_map<int, Stream> streams;
  const auto found = streams.find(index_);
  return found != streams.end() ? found->second : streams.emplace(index_, new_stream(device_)).first->second;
}

StreamContext::StreamContext(const StreamOrDevice& s) : before_(detail::current_stream) {
  set_default_stream(s.stream);
}

StreamContext::~StreamContext() { detail::current_stream = before_; }

}  // namespace cermet
