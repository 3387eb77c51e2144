package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * {@link Functional#interpolate} as a layer.
 *
 * <pre>{@code
 * new Upsample(InterpolateOptions.scaleFactor(2).mode(Mode.BILINEAR))
 * }</pre>
 */
public sealed class Upsample extends Layer permits UpsamplingBilinear2d, UpsamplingNearest2d {
  private final InterpolateOptions options;

  /** To a size or by factors, as {@code options} say. */
  public Upsample(InterpolateOptions options) {
    this.options = options;
  }

  @Override
  public final Tensor forward(Tensor input) {
    return Functional.interpolate(input, options);
  }

  @Override
  protected final String extra() {
    String what =
        options.size() != null
            ? "size="
                + (options.size().length == 1 ? "" + options.size()[0] : Repr.tuple(options.size()))
            : "scale_factor=" + factors(options.scaleFactor());
    return what + ", mode='" + options.mode() + "'";
  }

  private static String factors(double[] all) {
    if (all.length == 1) {
      return Repr.number(all[0]);
    }
    StringBuilder out = new StringBuilder("(");
    for (double f : all) {
      out.append(out.length() > 1 ? ", " : "").append(Repr.number(f));
    }
    return out.append(")").toString();
  }
}
