package io.arclight.tensor.ir;

/** Who converts F16 elements of a kernel. */
public enum HalfConversion {
  /** Integer operations in the kernel. */
  INTEGERS,
  /** An instruction of the processor, which its reader emits for loads and stores. */
  PROCESSOR
}
