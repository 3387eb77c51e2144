/**
 * The host's processor: kernels compiled by LLVM, products and convolutions of oneDNN and OpenBLAS,
 * LAPACK, sorting, and the threads that share the work. The only package with native calls.
 */
package io.arclight.tensor.cpu;
