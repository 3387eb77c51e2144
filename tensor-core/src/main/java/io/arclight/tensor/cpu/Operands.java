package io.arclight.tensor.cpu;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The three matrices of a library call as JavaCPP pointers, reused by a thread so calls allocate
 * nothing.
 */
final class Operands {
  private static final ThreadLocal<Operands> CURRENT = ThreadLocal.withInitial(Operands::new);

  static final class Floats extends FloatPointer {
    private Floats() {
      super((Pointer) null);
    }

    Floats at(long newAddress) {
      address = newAddress;
      return this;
    }
  }

  static final class Doubles extends DoublePointer {
    private Doubles() {
      super((Pointer) null);
    }

    Doubles at(long newAddress) {
      address = newAddress;
      return this;
    }
  }

  final Address a = new Address();
  final Address b = new Address();
  final Address c = new Address();
  final Floats floatA = new Floats();
  final Floats floatB = new Floats();
  final Floats floatC = new Floats();
  final Doubles doubleA = new Doubles();
  final Doubles doubleB = new Doubles();
  final Doubles doubleC = new Doubles();

  private Operands() {}

  static Operands current() {
    return CURRENT.get();
  }
}
