/**
 * Tensors: PyTorch's functions and methods under their names, with its dtypes, promotion and
 * indexing, on memory outside the heap.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(1f, 2f, 3f, 4f).view(2, 2);
 * Tensor y = x.matmul(x.t()).softmax(-1);
 * }</pre>
 *
 * <p>{@link io.arclight.tensor.Tensor} has the methods and functions of every family; beside it
 * stand {@link io.arclight.tensor.Linalg}, {@link io.arclight.tensor.Fft} and {@link
 * io.arclight.tensor.Special}. Errors are {@link io.arclight.tensor.TensorException}s.
 */
package io.arclight.tensor;
