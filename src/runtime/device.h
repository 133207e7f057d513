// Devices and streams, with MLX's names. Today there is one CPU device; a stream of it is a queue of work whose order
// is that in which threads evaluate.
#pragma once

#include <string>

namespace cermet {

struct Device {
  enum class DeviceType : unsigned char { cpu, gpu };
  static constexpr DeviceType cpu = DeviceType::cpu;
  static constexpr DeviceType gpu = DeviceType::gpu;
  DeviceType type = DeviceType::cpu;
  int index = 0;
  constexpr Device() = default;
  constexpr Device(DeviceType t, int i = 0) : type(t), index(i) {}  // NOLINT(google-explicit-constructor)
  friend constexpr bool operator==(const Device&, const Device&) = default;
};

struct Stream {
  int index = 0;
  Device device;
  friend constexpr bool operator==(const Stream&, const Stream&) = default;
};

namespace detail {
/// The default stream of this thread; in static TLS, since every operation reads it.
[[gnu::tls_model("initial-exec")]] extern constinit thread_local Stream current_stream;
}  // namespace detail

/// What every operation takes: a stream, a device (its default stream), or nothing (this thread's default stream).
struct StreamOrDevice {
  StreamOrDevice() : stream(detail::current_stream) {}
  constexpr StreamOrDevice(Stream s) : stream(s) {}  // NOLINT(google-explicit-constructor)
  StreamOrDevice(Device d)                           // NOLINT(google-explicit-constructor)
      : stream(d == detail::current_stream.device ? detail::current_stream : Stream{0, d}) {}
  StreamOrDevice(Device::DeviceType t) : StreamOrDevice(Device(t)) {}  // NOLINT(google-explicit-constructor)
  Stream stream;
};

/// Throws ValueError when the device does not exist in this build ("gpu" without a GPU).
void require_available(const Device& device);
/// True if operations can run on the device.
bool is_available(const Device& device);
/// Devices of a kind that this process can use.
int device_count(Device::DeviceType type);
std::string to_string(const Device& device);
std::string to_string(const Stream& stream);

/// The device that operations without a stream run on.
Device default_device();
/// Throws ValueError for a device that does not exist.
void set_default_device(const Device& device);
/// The stream that operations of this thread on `device` use; every thread begins with stream 0. Throws ValueError for
/// a device that does not exist.
Stream default_stream(const Device& device);
/// For this thread, until it is set again.
void set_default_stream(const Stream& stream);
/// A stream that no other call returns; any thread may use it.
Stream new_stream(const Device& device);

/// One stream a thread, made when the thread first asks.
class ThreadLocalStream {
 public:
  /// Throws ValueError for a device that does not exist.
  explicit ThreadLocalStream(const Device& device);
  const Device& device() const { return device_; }
  int index() const { return index_; }
  /// This thread's.
  Stream stream() const;

 private:
  Device device_;
  int index_;
};

/// While it lives, a stream is this thread's default.
///
///     const StreamContext context(new_stream(Device::cpu));
///     array y = exp(x);  // on the new stream
class StreamContext {
 public:
  /// Throws ValueError for a device that does not exist.
  explicit StreamContext(const StreamOrDevice& s);
  StreamContext(const StreamContext&) = delete;
  StreamContext& operator=(const StreamContext&) = delete;
  ~StreamContext();

 private:
  Stream before_;
};

}  // namespace cermet
