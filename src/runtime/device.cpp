// Names of devices and streams; this build knows the CPU.
#include "runtime/device.h"

#include "base/error.h"

namespace cermet {

void require_available(const Device& device) {
  if (device.type == Device::cpu && device.index == 0) return;
  if (device.type == Device::cpu)
    fail<ValueError>("[device] {} does not exist; there is one CPU device.", to_string(device));
  fail<ValueError>("[device] {} does not exist in this build, which runs on the CPU only.", to_string(device));
}

std::string to_string(const Device& device) {
  return fmt::format("Device({}, {})", device.type == Device::cpu ? "cpu" : "gpu", device.index);
}

std::string to_string(const Stream& stream) {
  return fmt::format("Stream({}, {})", to_string(stream.device), stream.index);
}

}  // namespace cermet
