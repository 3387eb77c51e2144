package io.arclight.optim;

import io.arclight.tensor.Tensor;
import java.util.function.DoubleFunction;

/**
 * A line search by Wolfe's strong conditions: brackets a step and narrows the bracket by cubic
 * interpolation (Nocedal and Wright, "Numerical optimization", 2nd ed., algorithms 3.5 and 3.6).
 */
final class WolfeSearch {
  private static final double DECREASE = 1e-4;
  private static final double FLATTER = 0.9;
  private static final int MAX_EVALUATIONS = 25;

  /** Interpolated points keep this share of the bracket from its ends. */
  private static final double MARGIN = 0.1;

  /** A place on the line, the loss and its slope along the line there, and the full gradient. */
  record Point(double at, double loss, double slope, Tensor gradient) {
    /** The same place as the start of a line of that slope. */
    Point start(double newSlope) {
      return new Point(0, loss, newSlope, gradient);
    }

    boolean finite() {
      return Double.isFinite(loss) && Double.isFinite(slope);
    }
  }

  private final DoubleFunction<Point> evaluate;
  private final double narrowest;
  private int evaluations;

  /**
   * @param narrowest width of a bracket that is not worth dividing
   */
  WolfeSearch(DoubleFunction<Point> evaluate, double narrowest) {
    this.evaluate = evaluate;
    this.narrowest = narrowest;
  }

  /** From {@code start} (at 0, of negative slope), trying {@code first} first. */
  Point run(Point start, double first) {
    Point previous = start;
    double t = first;
    while (evaluations < MAX_EVALUATIONS) {
      Point now = at(t);
      if (!now.finite() || tooHigh(start, now) || evaluations > 1 && now.loss >= previous.loss) {
        return zoom(start, previous, now);
      }
      if (Math.abs(now.slope) <= -FLATTER * start.slope) {
        return now;
      }
      if (now.slope >= 0) {
        return zoom(start, now, previous);
      }
      double next = interpolate(previous, now, now.at + 0.01 * (now.at - previous.at), 10 * now.at);
      previous = now;
      t = next;
    }
    return previous;
  }

  private Point at(double t) {
    evaluations++;
    return evaluate.apply(t);
  }

  private static boolean tooHigh(Point start, Point p) {
    return p.loss > start.loss + DECREASE * p.at * start.slope;
  }

  /** Narrows the bracket; {@code low} is its end of the lower loss. */
  private Point zoom(Point start, Point low, Point high) {
    Point best = low;
    Point other = high;
    while (evaluations < MAX_EVALUATIONS && Math.abs(other.at - best.at) > narrowest) {
      double left = Math.min(best.at, other.at);
      double right = Math.max(best.at, other.at);
      double margin = MARGIN * (right - left);
      double t = interpolate(best, other, left + margin, right - margin);
      Point now = at(t);
      if (!now.finite() || tooHigh(start, now) || now.loss >= best.loss) {
        other = now;
        continue;
      }
      if (Math.abs(now.slope) <= -FLATTER * start.slope) {
        return now;
      }
      if (now.slope * (other.at - best.at) >= 0) {
        other = best;
      }
      best = now;
    }
    // Nothing below the start: stay there.
    return best;
  }

  /** The minimum of the cubic through two points and their slopes, kept in [low, high]. */
  private static double interpolate(Point a, Point b, double low, double high) {
    double middle = 0.5 * (low + high);
    if (!a.finite() || !b.finite()) {
      return middle;
    }
    double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.at - b.at);
    double square = d1 * d1 - a.slope * b.slope;
    if (!(square >= 0)) {
      return middle;
    }
    double d2 = Math.copySign(Math.sqrt(square), b.at - a.at);
    double t = b.at - (b.at - a.at) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
    return Double.isNaN(t) ? middle : Math.min(Math.max(t, low), high);
  }
}
