package io.arclight.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_next_impl;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_impl_info_str;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;
import static org.bytedeco.dnnl.global.dnnl.dnnl_unimplemented;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.memory.Storage;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A compiled matrix product of oneDNN, used by any number of threads. */
final class OneDnnProduct {
  /** What our implementations' names begin with; the others borrow the stack pointer. */
  private static final String SAFE = "brg";

  /** How B lies. */
  enum Weights {
    /** As the product says. */
    PLAIN,
    /** As the implementation wants it, where {@link #pack} puts it. */
    PACKED
  }

  private final Product product;
  private final Deque<Call> idle = new ArrayDeque<>();
  private dnnl_memory_desc a;
  private dnnl_memory_desc b;
  private dnnl_memory_desc c;
  private dnnl_memory_desc scratch;
  private long scratchBytes;

  /** Null where oneDNN has no safe implementation. */
  private dnnl_primitive primitive;

  /** Packs B; null where it stays as it is. */
  private dnnl_primitive packing;

  private dnnl_memory_desc unpacked;

  /** The table that holds this, and the calls under way; at 0 all is freed. */
  private int users = 1;

  OneDnnProduct(Product product, Weights weights) {
    this.product = product;
    a = matrix(product.m(), product.k(), product.transA(), product.lda());
    b = matrix(product.k(), product.n(), product.transB(), product.ldb());
    if (weights == Weights.PACKED) {
      unpacked = b;
      b = free(product.k(), product.n());
    }
    c = matrix(product.m(), product.n(), false, product.ldc());
    dnnl_primitive_attr attributes = attributes();
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    int status =
        dnnl_matmul_primitive_desc_create(description, OneDnn.engine(), a, b, null, c, attributes);
    if (status != dnnl_unimplemented) {
      OneDnn.check(status, product);
      if (isSafe(description)) {
        primitive = new dnnl_primitive();
        OneDnn.check(dnnl_primitive_create(primitive, description), product);
        dnnl_memory_desc needed =
            dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
        scratch = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_clone(scratch, needed), product);
        scratchBytes = dnnl_memory_desc_get_size(scratch);
        if (unpacked != null) {
          preparePacking(description);
        }
      }
      dnnl_primitive_desc_destroy(description);
    }
    dnnl_primitive_attr_destroy(attributes);
  }

  private int type() {
    return product.dtype() == DType.BFLOAT16 ? dnnl_bf16 : dnnl_f32;
  }

  private dnnl_memory_desc matrix(long rows, long columns, boolean transposed, long ld) {
    dnnl_memory_desc matrix = new dnnl_memory_desc();
    long[] dims = {rows, columns};
    long[] strides = transposed ? new long[] {1, ld} : new long[] {ld, 1};
    OneDnn.check(
        dnnl_memory_desc_create_with_strides(matrix, dims.length, dims, type(), strides),
        "a matrix");
    return matrix;
  }

  /** A matrix that may lie in any way. */
  private dnnl_memory_desc free(long rows, long columns) {
    dnnl_memory_desc matrix = new dnnl_memory_desc();
    long[] dims = {rows, columns};
    OneDnn.check(
        dnnl_memory_desc_create_with_tag(matrix, dims.length, dims, type(), dnnl_format_tag_any),
        "a matrix");
    return matrix;
  }

  private void preparePacking(dnnl_primitive_desc description) {
    dnnl_memory_desc chosen = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    dnnl_memory_desc_destroy(b);
    b = new dnnl_memory_desc();
    OneDnn.check(dnnl_memory_desc_clone(b, chosen), product);
    dnnl_primitive_desc reorder = new dnnl_primitive_desc();
    OneDnn.check(
        dnnl_reorder_primitive_desc_create(
            reorder, unpacked, OneDnn.engine(), b, OneDnn.engine(), (dnnl_primitive_attr) null),
        product);
    packing = new dnnl_primitive();
    OneDnn.check(dnnl_primitive_create(packing, reorder), product);
    dnnl_primitive_desc_destroy(reorder);
  }

  /** Bytes of B packed; 0 where there is no primitive. */
  long packedBytes() {
    return packing == null ? 0 : dnnl_memory_desc_get_size(b);
  }

  /** Writes the matrix at {@code from} as {@link #multiply} takes it. */
  void pack(long from, long to) {
    dnnl_memory source = new dnnl_memory();
    dnnl_memory target = new dnnl_memory();
    Pointer none = null;
    OneDnn.check(dnnl_memory_create(source, unpacked, OneDnn.engine(), none), product);
    OneDnn.check(dnnl_memory_create(target, b, OneDnn.engine(), none), product);
    Address address = new Address();
    dnnl_memory_set_data_handle(source, address.at(from));
    dnnl_memory_set_data_handle(target, address.at(to));
    try (dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(2)) {
      arguments.position(0).arg(DNNL_ARG_FROM).memory(source);
      arguments.position(1).arg(DNNL_ARG_TO).memory(target);
      arguments.position(0);
      OneDnn.check(dnnl_primitive_execute(packing, OneDnn.stream(), 2, arguments), product);
    } finally {
      dnnl_memory_destroy(source);
      dnnl_memory_destroy(target);
    }
  }

  private dnnl_primitive_attr attributes() {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    OneDnn.check(dnnl_primitive_attr_create(attributes), product);
    // Its own scratch memory would belong to the thread that made the primitive.
    OneDnn.check(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), product);
    if (product.accumulate()) {
      dnnl_post_ops sum = new dnnl_post_ops();
      OneDnn.check(dnnl_post_ops_create(sum), product);
      OneDnn.check(dnnl_post_ops_append_sum(sum, 1, 0, dnnl_data_type_undef), product);
      OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, sum), product);
      dnnl_post_ops_destroy(sum);
    }
    return attributes;
  }

  /** Moves {@code description} to the first safe implementation, if there is one. */
  private boolean isSafe(dnnl_primitive_desc description) {
    try (var name = new PointerPointer<BytePointer>(1)) {
      do {
        OneDnn.check(
            dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, name), product);
        if (new BytePointer(name.get(0)).getString().startsWith(SAFE)) {
          return true;
        }
      } while (dnnl_primitive_desc_next_impl(description) == dnnl_success);
      return false;
    }
  }

  /** Takes part in the use of this; false when it is freed already. */
  synchronized boolean enter() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  synchronized void leave() {
    users--;
    if (users == 0) {
      free();
    }
  }

  /** Multiplies the matrices at these addresses; false where there is no primitive. */
  boolean multiply(long addressA, long addressB, long addressC) {
    if (primitive == null) {
      return false;
    }
    Call call = take();
    Storage temporary =
        scratchBytes == 0 ? null : Storage.allocate(Device.CPU, scratchBytes, "matmul scratch");
    try {
      call.run(addressA, addressB, addressC, temporary == null ? 0 : temporary.address());
    } finally {
      if (temporary != null) {
        temporary.close();
      }
      give(call);
    }
    return true;
  }

  private Call take() {
    synchronized (this) {
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return new Call();
  }

  private synchronized void give(Call call) {
    idle.push(call);
  }

  private void free() {
    idle.forEach(Call::free);
    idle.clear();
    if (primitive != null) {
      dnnl_primitive_destroy(primitive);
      dnnl_memory_desc_destroy(scratch);
    }
    if (packing != null) {
      dnnl_primitive_destroy(packing);
    }
    if (unpacked != null) {
      dnnl_memory_desc_destroy(unpacked);
    }
    dnnl_memory_desc_destroy(a);
    dnnl_memory_desc_destroy(b);
    dnnl_memory_desc_destroy(c);
  }

  /** The arguments of an execution, which only one thread at a time can set. */
  private final class Call {
    private static final int ARGUMENTS = 4;

    private final dnnl_memory[] memory = new dnnl_memory[ARGUMENTS];
    private final dnnl_exec_arg_t arguments = NativeLibrary.own(new dnnl_exec_arg_t(ARGUMENTS));
    private final Address address = new Address();

    Call() {
      add(0, DNNL_ARG_SRC, a);
      add(1, DNNL_ARG_WEIGHTS, b);
      add(2, DNNL_ARG_DST, c);
      add(3, DNNL_ARG_SCRATCHPAD, scratch);
      arguments.position(0);
    }

    private void add(int index, int role, dnnl_memory_desc layout) {
      memory[index] = new dnnl_memory();
      OneDnn.check(
          dnnl_memory_create(memory[index], layout, OneDnn.engine(), (Pointer) null), product);
      arguments.position(index).arg(role).memory(memory[index]);
    }

    void run(long a, long b, long c, long scratch) {
      dnnl_memory_set_data_handle(memory[0], address.at(a));
      dnnl_memory_set_data_handle(memory[1], address.at(b));
      dnnl_memory_set_data_handle(memory[2], address.at(c));
      if (scratchBytes > 0) {
        dnnl_memory_set_data_handle(memory[3], address.at(scratch));
      }
      OneDnn.check(
          dnnl_primitive_execute(primitive, OneDnn.stream(), ARGUMENTS, arguments), product);
    }

    void free() {
      for (dnnl_memory m : memory) {
        dnnl_memory_destroy(m);
      }
      arguments.close();
    }
  }
}
