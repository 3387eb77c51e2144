package io.arclight.export;

import io.arclight.tensor.DType;

/** What a checkpoint calls a run of elements in memory; {@code dtype} is null for plain bytes. */
record StorageType(DType dtype) {
  private static final String SUFFIX = "Storage";

  /** The type of a name, or null. */
  static StorageType find(String module, String name) {
    if (module.equals("torch.storage") && name.equals("UntypedStorage")) {
      return new StorageType(null);
    }
    if (module.equals("torch") && name.endsWith(SUFFIX)) {
      for (DType dtype : DType.values()) {
        if (name.equals(name(dtype))) {
          return new StorageType(dtype);
        }
      }
    }
    return null;
  }

  /** The name in module {@code torch}. */
  static String name(DType dtype) {
    return switch (dtype) {
          case BOOL -> "Bool";
          case UINT8 -> "Byte";
          case INT8 -> "Char";
          case INT16 -> "Short";
          case INT32 -> "Int";
          case INT64 -> "Long";
          case FLOAT16 -> "Half";
          case BFLOAT16 -> "BFloat16";
          case FLOAT32 -> "Float";
          case FLOAT64 -> "Double";
          case COMPLEX64 -> "ComplexFloat";
          case COMPLEX128 -> "ComplexDouble";
        }
        + SUFFIX;
  }
}
