package io.arclight.tensor.cpu;

/** Who multiplies; each on the calling thread alone. */
enum GemmLibrary {
  ONEDNN {
    @Override
    void multiply(Product product, long a, long b, long c) {
      if (!OneDnn.multiply(product, a, b, c)) {
        (OpenBlas.fits(product) ? OPENBLAS : JAVA).multiply(product, a, b, c);
      }
    }
  },
  OPENBLAS {
    @Override
    void multiply(Product product, long a, long b, long c) {
      OpenBlas.multiply(product, a, b, c);
    }
  },
  JAVA {
    @Override
    void multiply(Product product, long a, long b, long c) {
      JavaGemm.multiply(product, a, b, c);
    }
  };

  /** One product, uncut. */
  abstract void multiply(Product product, long a, long b, long c);
}
