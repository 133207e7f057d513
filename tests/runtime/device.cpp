// Devices and streams: names and availability.
#include "runtime/device.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cermet {
namespace {

TEST(Device, Names) {
  EXPECT_EQ(to_string(Device()), "Device(cpu, 0)");
  EXPECT_EQ(to_string(Device(Device::gpu, 2)), "Device(gpu, 2)");
  EXPECT_EQ(to_string(Stream{1, Device()}), "Stream(Device(cpu, 0), 1)");
}

TEST(Device, OnlyTheCpuExists) {
  EXPECT_NO_THROW(require_available(Device::cpu));
  EXPECT_THROW(require_available(Device(Device::cpu, 1)), ValueError);
  EXPECT_THROW(require_available(Device::gpu), ValueError);
}

TEST(Device, WhatAnOperationTakes) {
  EXPECT_EQ(StreamOrDevice().stream, (Stream{0, Device()}));
  EXPECT_EQ(StreamOrDevice(Device::gpu).stream.device.type, Device::gpu);
  EXPECT_EQ(StreamOrDevice(Stream{3, Device()}).stream.index, 3);
}

}  // namespace
}  // namespace cermet
