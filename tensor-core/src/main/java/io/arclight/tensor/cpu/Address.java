package io.arclight.tensor.cpu;

import org.bytedeco.javacpp.Pointer;

/** A pointer that is set anew for each call, so that none is made. */
final class Address extends Pointer {
  Address at(long newAddress) {
    address = newAddress;
    return this;
  }
}
