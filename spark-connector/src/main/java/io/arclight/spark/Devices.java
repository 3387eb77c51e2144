package io.arclight.spark;

import io.arclight.tensor.Backend;
import io.arclight.tensor.Device;

/** What a device setting means on the machine at hand. */
final class Devices {
  /** CUDA where there is one, else the CPU. */
  static final String AUTO = "auto";

  private Devices() {}

  /**
   * @throws io.arclight.tensor.DeviceException if the device is not there
   */
  static Device resolve(String setting) {
    if (setting.equals(AUTO)) {
      return Device.CPU;
    }
    Device device = Device.of(setting);
    Backend.of(device);
    return device;
  }

  /** Checks the name alone, on the driver, which need not have the device. */
  static void requireName(String setting) {
    if (!setting.equals(AUTO)) {
      Device.of(setting);
    }
  }
}
