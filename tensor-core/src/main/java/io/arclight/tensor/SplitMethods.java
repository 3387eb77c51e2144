package io.arclight.tensor;

/** Views of consecutive parts. */
interface SplitMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Views of {@code size} indices each along {@code dim}; the last may be smaller. */
  default Tensor[] split(long size, int dim) {
    long n = self().dim(dim);
    if (size < 0 || size == 0 && n > 0) {
      throw new ShapeException("split: size must be positive, not " + size);
    }
    Tensor[] out = new Tensor[(int) Math.max(1, size == 0 ? 1 : (n + size - 1) / size)];
    for (int i = 0; i < out.length; i++) {
      out[i] = self().slice(dim, i * size, Math.min(n, (i + 1) * size), 1);
    }
    return out;
  }

  /** Views of the sizes listed along {@code dim}, which together are its size. */
  default Tensor[] split(long[] sizes, int dim) {
    long n = self().dim(dim);
    long sum = 0;
    boolean negative = false;
    for (long s : sizes) {
      sum += s;
      negative |= s < 0;
    }
    if (negative || sum != n) {
      throw new ShapeException(
          "split: sizes "
              + java.util.Arrays.toString(sizes)
              + " do not add up to dimension "
              + dim
              + " of size "
              + n);
    }
    Tensor[] out = new Tensor[sizes.length];
    long at = 0;
    for (int i = 0; i < out.length; i++) {
      out[i] = self().slice(dim, at, at + sizes[i], 1);
      at += sizes[i];
    }
    return out;
  }

  /** At most {@code chunks} views along {@code dim}, all but the last of one size. */
  default Tensor[] chunk(int chunks, int dim) {
    if (chunks <= 0) {
      throw new ShapeException("chunk: the number must be positive, not " + chunks);
    }
    long n = self().dim(dim);
    if (n == 0) {
      Tensor[] out = new Tensor[chunks];
      java.util.Arrays.fill(out, self());
      return out;
    }
    return split((n + chunks - 1) / chunks, dim);
  }

  /** {@code sections} views along {@code dim}; the first may be larger by one. */
  default Tensor[] tensorSplit(int sections, int dim) {
    if (sections <= 0) {
      throw new ShapeException("tensorSplit: the number must be positive, not " + sections);
    }
    long n = self().dim(dim);
    Tensor[] out = new Tensor[sections];
    long at = 0;
    for (int i = 0; i < sections; i++) {
      long size = n / sections + (i < n % sections ? 1 : 0);
      out[i] = self().slice(dim, at, at + size, 1);
      at += size;
    }
    return out;
  }

  /** Views along {@code dim} between the indices given, which may be negative or beyond. */
  default Tensor[] tensorSplit(long[] indices, int dim) {
    Tensor[] out = new Tensor[indices.length + 1];
    long from = 0;
    for (int i = 0; i < out.length; i++) {
      long to = i < indices.length ? indices[i] : Long.MAX_VALUE;
      out[i] = self().slice(dim, from, to, 1);
      from = to;
    }
    return out;
  }

  /** Columns: along dimension 1, or the only one. */
  default Tensor[] hsplit(int sections) {
    int dim = self().rank() == 1 ? 0 : 1;
    requireEven("hsplit", 1, dim, sections);
    return tensorSplit(sections, dim);
  }

  default Tensor[] hsplit(long... indices) {
    requireRank("hsplit", 1);
    return tensorSplit(indices, self().rank() == 1 ? 0 : 1);
  }

  /** Rows: along dimension 0 of at least two. */
  default Tensor[] vsplit(int sections) {
    requireEven("vsplit", 2, 0, sections);
    return tensorSplit(sections, 0);
  }

  default Tensor[] vsplit(long... indices) {
    requireRank("vsplit", 2);
    return tensorSplit(indices, 0);
  }

  /** Along dimension 2 of at least three. */
  default Tensor[] dsplit(int sections) {
    requireEven("dsplit", 3, 2, sections);
    return tensorSplit(sections, 2);
  }

  default Tensor[] dsplit(long... indices) {
    requireRank("dsplit", 3);
    return tensorSplit(indices, 2);
  }

  /** Views of each index of {@code dim}, without that dimension. */
  default Tensor[] unbind(int dim) {
    Tensor[] out = new Tensor[Math.toIntExact(self().dim(dim))];
    for (int i = 0; i < out.length; i++) {
      out[i] = self().select(dim, i);
    }
    return out;
  }

  private void requireRank(String op, int least) {
    if (self().rank() < least) {
      throw new ShapeException(
          op + ": expects at least " + least + " dimensions, got shape " + self().shape());
    }
  }

  private void requireEven(String op, int least, int dim, int sections) {
    requireRank(op, least);
    if (sections <= 0 || self().dim(dim) % sections != 0) {
      throw new ShapeException(
          op
              + ": dimension "
              + dim
              + " of size "
              + self().dim(dim)
              + " does not divide into "
              + sections
              + " equal parts: use tensorSplit");
    }
  }
}
