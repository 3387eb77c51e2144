package io.arclight.tensor;

/**
 * New tensors of this one's shape, whose dimensions lie in memory as this one's do, or of its dtype
 * and on its device.
 */
interface CreationMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor zerosLike() {
    return fullLike(0);
  }

  default Tensor zerosLike(DType dtype) {
    return fullLike(0, dtype);
  }

  default Tensor onesLike() {
    return fullLike(1);
  }

  default Tensor onesLike(DType dtype) {
    return fullLike(1, dtype);
  }

  default Tensor fullLike(Number value) {
    return fullLike(value, self().dtype());
  }

  default Tensor fullLike(Number value, DType dtype) {
    return Tensors.filled(emptyLike(dtype), value);
  }

  /** Memory as it comes: read nothing before writing it. */
  default Tensor emptyLike() {
    return emptyLike(self().dtype());
  }

  default Tensor emptyLike(DType dtype) {
    return Tensors.emptyLike(self(), dtype);
  }

  default Tensor newEmpty(Shape shape) {
    return Tensor.empty(shape, self().dtype(), self().device());
  }

  /** As {@link #newEmpty}, laid out by {@code strides} in elements. */
  default Tensor newEmptyStrided(Shape shape, long... strides) {
    return Tensor.emptyStrided(shape, strides, self().dtype(), self().device());
  }

  default Tensor newZeros(Shape shape) {
    return newFull(shape, 0);
  }

  default Tensor newOnes(Shape shape) {
    return newFull(shape, 1);
  }

  default Tensor newFull(Shape shape, Number value) {
    return Tensor.full(shape, value, self().dtype(), self().device());
  }

  /** A Java array of any rank, see {@link Tensor#from(Object)}, in this dtype on this device. */
  default Tensor newTensor(Object array) {
    return HostArrays.from(array).to(self().dtype()).to(self().device());
  }
}
