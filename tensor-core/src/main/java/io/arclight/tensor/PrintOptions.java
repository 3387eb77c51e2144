package io.arclight.tensor;

/**
 * How tensors are printed, as {@code torch.set_printoptions}; {@link #set()} makes it the process's
 * way.
 *
 * <pre>{@code
 * PrintOptions.DEFAULT.precision(2).sci(PrintOptions.Sci.NEVER).set();
 * }</pre>
 *
 * @param precision digits after the point
 * @param threshold elements beyond which the middle of dimensions is left out
 * @param edgeItems how many items then stay at either end
 * @param lineWidth characters before a line is broken
 * @param sci whether numbers have exponents
 */
public record PrintOptions(int precision, long threshold, int edgeItems, int lineWidth, Sci sci) {
  /** When numbers have exponents. */
  public enum Sci {
    /** Where some would else lose their digits. */
    AUTO,
    ALWAYS,
    NEVER
  }

  /** As PyTorch prints. */
  public static final PrintOptions DEFAULT = new PrintOptions(4, 1000, 3, 80, Sci.AUTO);

  /** Two digits, and two items at either end. */
  public static final PrintOptions SHORT = new PrintOptions(2, 1000, 2, 80, Sci.AUTO);

  /** All elements. */
  public static final PrintOptions FULL = new PrintOptions(4, Long.MAX_VALUE, 3, 80, Sci.AUTO);

  private static volatile PrintOptions current = DEFAULT;

  public PrintOptions {
    if (precision < 0 || threshold < 0 || edgeItems < 0 || lineWidth < 0) {
      throw new IllegalArgumentException(
          "print options must not be negative: precision "
              + precision
              + ", threshold "
              + threshold
              + ", edge items "
              + edgeItems
              + ", line width "
              + lineWidth);
    }
  }

  /** What tensors are printed with. */
  public static PrintOptions current() {
    return current;
  }

  /** Prints with these options from now on. */
  public void set() {
    current = this;
  }

  /** With so many digits after the point. */
  public PrintOptions precision(int next) {
    return new PrintOptions(next, threshold, edgeItems, lineWidth, sci);
  }

  /** In full up to so many elements. */
  public PrintOptions threshold(long next) {
    return new PrintOptions(precision, next, edgeItems, lineWidth, sci);
  }

  /** With so many items at either end. */
  public PrintOptions edgeItems(int next) {
    return new PrintOptions(precision, threshold, next, lineWidth, sci);
  }

  /** In lines of so many characters. */
  public PrintOptions lineWidth(int next) {
    return new PrintOptions(precision, threshold, edgeItems, next, sci);
  }

  /** With or without exponents. */
  public PrintOptions sci(Sci next) {
    return new PrintOptions(precision, threshold, edgeItems, lineWidth, next);
  }
}
