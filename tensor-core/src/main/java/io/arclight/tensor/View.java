package io.arclight.tensor;

import io.arclight.tensor.op.AsStridedOp;
import io.arclight.tensor.op.ViewOp;
import io.arclight.tensor.op.ViewScatterOp;

/**
 * How a tensor came from another one whose memory it shares. A change of one in place is a change
 * of the other, so both must find their place in the graph again: the base's is the truth, and a
 * view made before the base got its place derives its own from it.
 */
final class View {
  private enum Made {
    RECORDING,
    NO_GRAD,
    INFERENCE
  }

  /** Longer chains of views become one by strides, so that none grows without end. */
  private static final int LONGEST = 32;

  private final Tensor base;
  private final int depth;

  /** The view that this is a view of; null where that is the base. */
  private final View parent;

  private final ViewOp op;
  private final Layout layout;
  private final Made made;

  /** The base's place in the graph that this view's place belongs to. */
  private GradMeta seen;

  View(Tensor of, ViewOp op, Layout layout) {
    base = of.view == null ? of : of.view.base;
    if (of.view == null || of.view.depth < LONGEST) {
      parent = of.view;
      this.op = op;
      depth = parent == null ? 1 : parent.depth + 1;
    } else {
      parent = null;
      this.op = strided(base.layout(), layout);
      depth = 1;
    }
    this.layout = layout;
    Context context = Context.current();
    made =
        context.inference()
            ? Made.INFERENCE
            : context.gradEnabled() ? Made.RECORDING : Made.NO_GRAD;
    seen = base.meta;
  }

  private static ViewOp strided(Layout base, Layout layout) {
    return new AsStridedOp(
        layout.shape(),
        Shape.of(layout.strides()),
        layout.offset() - base.offset(),
        Shape.of(base.strides()));
  }

  /** The place in the graph of {@code tensor}, whose view this is. */
  GradMeta place(Tensor tensor) {
    GradMeta now = base.meta;
    if (now != seen && now != null && !now.leaf()) {
      requireRecordable("its base, or another view of it, was changed in place");
      tensor.meta = derive(base.dtype(), now, Context.current());
      seen = now;
    }
    return tensor.meta;
  }

  /** A chain of nodes from the base's place to the view's. */
  private GradMeta derive(DType dtype, GradMeta from, Context context) {
    if (from == null) {
      return null;
    }
    GradMeta source = parent == null ? from : parent.derive(dtype, from, context);
    Node node = new Node(op, new Tensor[] {source(source)}, new GradMeta[] {source}, context);
    return node.outputs(base.withLayout(layout))[0];
  }

  /** What this is a view of, at a place in the graph. */
  private Tensor source(GradMeta place) {
    Tensor out = base.withLayout(parent == null ? base.layout() : parent.layout);
    out.meta = place;
    return out;
  }

  /** After {@code tensor}, whose view this is, was changed to what {@code changed} is. */
  void rebase(Tensor tensor, GradMeta changed, Context context) {
    GradMeta part = changed;
    for (View at = this; at != null; at = at.parent) {
      GradMeta source =
          at.parent == null ? base.meta : at.parent.derive(base.dtype(), base.meta, context);
      Tensor whole = at.source(source);
      if (at.op instanceof AsStridedOp && !whole.isContiguous()) {
        throw new InPlaceException(
            "a view by strides of a tensor that is not contiguous (shape "
                + whole.shape()
                + ") cannot be changed in place while recording: make it of a copy()");
      }
      Tensor value = base.withLayout(at.layout);
      Node node =
          new Node(
              new ViewScatterOp(at.op),
              new Tensor[] {whole, value},
              new GradMeta[] {source, part},
              context);
      part = node.outputs(whole)[0];
    }
    if (base.meta != null) {
      base.meta.movedTo(part);
    }
    base.meta = part;
    GradMeta place = derive(base.dtype(), part, context);
    if (tensor.meta != null) {
      tensor.meta.movedTo(place);
    }
    tensor.meta = place;
    seen = part;
  }

  boolean ofRecordedLeaf() {
    return base.meta != null && base.meta.leaf();
  }

  /**
   * @throws InPlaceException for views made where nothing was recorded
   */
  void requireRecordable(String what) {
    if (made != Made.RECORDING) {
      throw new InPlaceException(
          "a view of shape "
              + layout.shape()
              + " ("
              + op.name()
              + ") was made "
              + (made == Made.INFERENCE ? "in inference mode" : "under noGrad()")
              + ", and "
              + what
              + " where gradients are recorded: it is unclear whether it takes part; make the view"
              + " and the change both inside or both outside");
    }
  }
}
