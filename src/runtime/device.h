// Devices and streams, with MLX's names. Today there is one CPU device with one queue a stream.
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

/// What every operation takes: a stream, a device (its default stream), or nothing (the default stream).
struct StreamOrDevice {
  constexpr StreamOrDevice() = default;
  constexpr StreamOrDevice(Stream s) : stream(s) {}                         // NOLINT(google-explicit-constructor)
  constexpr StreamOrDevice(Device d) : stream{0, d} {}                      // NOLINT(google-explicit-constructor)
  constexpr StreamOrDevice(Device::DeviceType t) : stream{0, Device(t)} {}  // NOLINT(google-explicit-constructor)
  Stream stream{};
};

/// Throws ValueError when the device does not exist in this build ("gpu" without a GPU).
void require_available(const Device& device);
std::string to_string(const Device& device);
std::string to_string(const Stream& stream);

}  // namespace cermet
