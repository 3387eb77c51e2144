package io.arclight.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import io.arclight.tensor.Device;
import io.arclight.tensor.memory.Storage;
import java.nio.ByteBuffer;
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
import org.bytedeco.javacpp.SizeTPointer;

/** A compiled primitive of oneDNN and its arguments' layouts, used by any number of threads. */
final class OneDnnPrimitive {

  /** What a result does with what its memory holds. */
  enum Into {
    OVERWRITE,
    ADD
  }

  /**
   * An argument.
   *
   * @param role a {@code DNNL_ARG}
   * @param query what gives its layout, with {@code index} as there may be several
   */
  record Argument(int role, int query, int index) {}

  private final Object what;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final Argument[] arguments;

  /** Of the arguments and of the scratch memory. */
  private final dnnl_memory_desc[] layouts;

  private final long scratchBytes;
  private final Deque<Call> idle = new ArrayDeque<>();

  /** Of the description, which stays the caller's. */
  OneDnnPrimitive(Object what, dnnl_primitive_desc description, Argument... arguments) {
    this.what = what;
    this.arguments = arguments;
    OneDnn.check(dnnl_primitive_create(primitive, description), what);
    layouts = new dnnl_memory_desc[arguments.length + 1];
    for (int i = 0; i < layouts.length; i++) {
      Argument argument =
          i < arguments.length
              ? arguments[i]
              : new Argument(DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0);
      layouts[i] = new dnnl_memory_desc();
      dnnl_memory_desc found =
          dnnl_primitive_desc_query_md(description, argument.query, argument.index);
      OneDnn.check(dnnl_memory_desc_clone(layouts[i], found), what);
    }
    scratchBytes = dnnl_memory_desc_get_size(layouts[arguments.length]);
  }

  /** The layout of argument {@code i}, which stays the primitive's. */
  dnnl_memory_desc layout(int i) {
    return layouts[i];
  }

  static long bytes(dnnl_memory_desc layout) {
    return dnnl_memory_desc_get_size(layout);
  }

  /** A value that is equal for equal layouts. */
  static ByteBuffer key(dnnl_memory_desc layout) {
    try (var size = new SizeTPointer(1)) {
      OneDnn.check(dnnl_memory_desc_get_blob((byte[]) null, size, layout), "a layout");
      byte[] out = new byte[Math.toIntExact(size.get())];
      OneDnn.check(dnnl_memory_desc_get_blob(out, size, layout), "a layout");
      return ByteBuffer.wrap(out);
    }
  }

  /** A copy from one layout to another. */
  static OneDnnPrimitive reorder(
      Object what, dnnl_memory_desc from, dnnl_memory_desc to, Into into) {
    dnnl_primitive_attr attributes = attributes(what, into);
    dnnl_primitive_desc description = new dnnl_primitive_desc();
    OneDnn.check(
        dnnl_reorder_primitive_desc_create(
            description, from, OneDnn.engine(), to, OneDnn.engine(), attributes),
        what);
    try {
      return new OneDnnPrimitive(
          what,
          description,
          new Argument(DNNL_ARG_FROM, dnnl_query_src_md, 0),
          new Argument(DNNL_ARG_TO, dnnl_query_dst_md, 0));
    } finally {
      dnnl_primitive_desc_destroy(description);
      dnnl_primitive_attr_destroy(attributes);
    }
  }

  /** Attributes with scratch memory of ours: their own belongs to the thread that made it. */
  static dnnl_primitive_attr attributes(Object what, Into into) {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    OneDnn.check(dnnl_primitive_attr_create(attributes), what);
    OneDnn.check(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), what);
    if (into == Into.ADD) {
      dnnl_post_ops sum = new dnnl_post_ops();
      OneDnn.check(dnnl_post_ops_create(sum), what);
      OneDnn.check(dnnl_post_ops_append_sum(sum, 1, 0, dnnl_data_type_undef), what);
      OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, sum), what);
      dnnl_post_ops_destroy(sum);
    }
    return attributes;
  }

  /**
   * Moves {@code description} to the first implementation that leaves the stack pointer alone; says
   * whether there is one. Those by plain matrix products do not, and references are slow.
   */
  static boolean findSafe(Object what, dnnl_primitive_desc description) {
    try (var name = new PointerPointer<BytePointer>(1)) {
      do {
        OneDnn.check(
            dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, name), what);
        if (isSafe(new BytePointer(name.get(0)).getString())) {
          return true;
        }
      } while (dnnl_primitive_desc_next_impl(description) == dnnl_success);
      return false;
    }
  }

  /**
   * Names are like "brg_conv_bwd:avx512_core+brg_conv_fwd:avx512_core", "jit_uni_ncsp:conv+...".
   */
  static boolean isSafe(String implementation) {
    for (String part : implementation.split("\\+")) {
      if (!part.startsWith("br") && !part.startsWith("jit")) {
        return false;
      }
    }
    return true;
  }

  /** Runs on the calling thread; an address for each argument, and perhaps more. */
  void run(long... addresses) {
    OneDnn.prepareThread();
    Call call = take();
    Storage temporary =
        scratchBytes == 0 ? null : Storage.allocate(Device.CPU, scratchBytes, "oneDNN scratch");
    try {
      call.run(addresses, temporary == null ? 0 : temporary.address());
    } finally {
      if (temporary != null) {
        temporary.close();
      }
      give(call);
    }
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

  void free() {
    idle.forEach(Call::free);
    idle.clear();
    dnnl_primitive_destroy(primitive);
    for (dnnl_memory_desc layout : layouts) {
      dnnl_memory_desc_destroy(layout);
    }
  }

  /** The arguments of an execution, which only one thread at a time can set. */
  private final class Call {
    private final int count = layouts.length;
    private final dnnl_memory[] memory = new dnnl_memory[count];
    private final dnnl_exec_arg_t list = NativeLibrary.own(new dnnl_exec_arg_t(count));
    private final Address address = new Address();

    Call() {
      for (int i = 0; i < count; i++) {
        memory[i] = new dnnl_memory();
        OneDnn.check(
            dnnl_memory_create(memory[i], layouts[i], OneDnn.engine(), (Pointer) null), what);
        int role = i < arguments.length ? arguments[i].role : DNNL_ARG_SCRATCHPAD;
        list.position(i).arg(role).memory(memory[i]);
      }
      list.position(0);
    }

    void run(long[] addresses, long scratch) {
      for (int i = 0; i < count; i++) {
        long at = i < arguments.length ? addresses[i] : scratch;
        OneDnn.check(dnnl_memory_set_data_handle(memory[i], address.at(at)), what);
      }
      OneDnn.check(dnnl_primitive_execute(primitive, OneDnn.stream(), count, list), what);
    }

    void free() {
      for (dnnl_memory m : memory) {
        dnnl_memory_destroy(m);
      }
      list.close();
    }
  }
}
