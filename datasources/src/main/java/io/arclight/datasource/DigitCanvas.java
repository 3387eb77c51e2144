package io.arclight.datasource;

import java.util.Arrays;

/** Draws one digit the way a hand would: bent, slanted, off centre, with a pen of its own. */
final class DigitCanvas {
  static final int SIDE = 28;

  /** Of the drawing: must be another one whenever a pixel of any row is. */
  static final int VERSION = 1;

  /** Straight pieces between two points of a stroke. */
  private static final int PIECES = 6;

  private static final double GLYPH_WIDTH = 14;
  private static final double GLYPH_HEIGHT = 20;

  private final float[] ink = new float[SIDE * SIDE];
  private HandMotion hand;
  private double radius;

  /** Writes the image of {@code digit} to {@code target}, row-major from {@code offset}. */
  void draw(int digit, RandomStream random, byte[] target, int offset) {
    Arrays.fill(ink, 0);
    hand = new HandMotion(random);
    radius = random.uniform(0.8, 1.7);
    for (double[] stroke : DigitGlyphs.strokes(digit, random)) {
      double[] moved = stroke.clone();
      for (int i = 0; i < moved.length; i++) {
        moved[i] = (moved[i] - 50 + random.normal(4.5)) / 100;
      }
      curve(moved);
    }
    develop(random, target, offset);
  }

  /** A Catmull-Rom curve through the points. */
  private void curve(double[] points) {
    int last = points.length / 2 - 1;
    double[] from = hand.position(points[0], points[1]);
    for (int i = 0; i < last; i++) {
      int before = 2 * Math.max(i - 1, 0);
      int after = 2 * Math.min(i + 2, last);
      for (int piece = 1; piece <= PIECES; piece++) {
        double t = (double) piece / PIECES;
        double[] to =
            hand.position(
                spline(points[before], points[2 * i], points[2 * i + 2], points[after], t),
                spline(
                    points[before + 1],
                    points[2 * i + 1],
                    points[2 * i + 3],
                    points[after + 1],
                    t));
        line(from, to);
        from = to;
      }
    }
  }

  private static double spline(double a, double b, double c, double d, double t) {
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  }

  /** A line with round ends; a pixel's ink falls off over one pixel at the edge. */
  private void line(double[] from, double[] to) {
    double reach = radius + 0.5;
    int left = (int) Math.max(0, Math.ceil(Math.min(from[0], to[0]) - reach));
    int right = (int) Math.min(SIDE - 1, Math.floor(Math.max(from[0], to[0]) + reach));
    int top = (int) Math.max(0, Math.ceil(Math.min(from[1], to[1]) - reach));
    int bottom = (int) Math.min(SIDE - 1, Math.floor(Math.max(from[1], to[1]) + reach));
    double dx = to[0] - from[0];
    double dy = to[1] - from[1];
    double scale = 1 / Math.max(dx * dx + dy * dy, 1e-9);
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        double along = ((x - from[0]) * dx + (y - from[1]) * dy) * scale;
        double nearest = Math.max(0, Math.min(1, along));
        double gapX = x - from[0] - nearest * dx;
        double gapY = y - from[1] - nearest * dy;
        double cover = Math.min(1, reach - Math.sqrt(gapX * gapX + gapY * gapY));
        ink[y * SIDE + x] = Math.max(ink[y * SIDE + x], (float) cover);
      }
    }
  }

  /** Ink to bytes, with the grain of a scanner: two random bytes a pixel, triangular. */
  private void develop(RandomStream random, byte[] target, int offset) {
    double dark = random.uniform(170, 255);
    double grain = random.uniform(0, 0.14);
    long bits = 0;
    for (int i = 0; i < ink.length; i++) {
      bits = i % 4 == 0 ? random.bits() : bits >>> 16;
      double noise = grain * ((bits & 255) + (bits >>> 8 & 255) - 255);
      target[offset + i] = (byte) Math.max(0, Math.min(255, dark * ink[i] + noise));
    }
  }

  /** From the glyph's square (-0.5 to 0.5) to pixels: elastic waves, then an affine map. */
  private static final class HandMotion {
    private final double[] waves = new double[12];
    private final double[] affine = new double[6];

    HandMotion(RandomStream random) {
      for (int i = 0; i < waves.length; i += 3) {
        waves[i] = random.normal(0.03);
        waves[i + 1] = random.uniform(3, 9);
        waves[i + 2] = random.uniform(0, 2 * Math.PI);
      }
      double angle = random.normal(0.1);
      double slant = random.normal(0.18);
      double width = GLYPH_WIDTH * random.uniform(0.8, 1.15);
      double height = GLYPH_HEIGHT * random.uniform(0.9, 1.08);
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      affine[0] = cos * width;
      affine[1] = -(sin + slant * cos) * height;
      affine[2] = (SIDE - 1) / 2.0 + random.normal(0.8);
      affine[3] = sin * width;
      affine[4] = (cos - slant * sin) * height;
      affine[5] = (SIDE - 1) / 2.0 + random.normal(0.8);
    }

    double[] position(double x, double y) {
      double u = x + wave(0, y) + wave(3, x);
      double v = y + wave(6, x) + wave(9, y);
      return new double[] {
        affine[0] * u + affine[1] * v + affine[2], affine[3] * u + affine[4] * v + affine[5]
      };
    }

    /** StrictMath: the same pixels on every machine. */
    private double wave(int i, double at) {
      return waves[i] * StrictMath.sin(waves[i + 1] * at + waves[i + 2]);
    }
  }
}
