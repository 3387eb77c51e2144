package io.arclight.datasource;

import java.util.Arrays;
import java.util.List;

/**
 * How people write the ten digits: for each digit some styles, for each style its strokes.
 *
 * <p>A stroke is a smooth curve through points; x and y run from 0 to 100, y downwards.
 */
final class DigitGlyphs {
  static final int CLASSES = 10;

  private static final String[][] STYLES = {
    {
      "50,2 22,15 10,50 22,85 50,98 78,85 90,50 78,15 50,2",
      "66,6 36,4 14,36 20,82 52,98 84,74 86,32 64,10 42,12",
    },
    {
      "50,2 50,98", "24,24 52,3 | 52,3 52,98", "26,22 50,3 | 50,3 50,97 | 26,97 76,97",
    },
    {
      "15,25 30,6 60,3 80,20 74,45 45,72 12,97 | 12,97 50,95 90,97",
      "16,24 40,3 72,8 80,32 58,62 28,90 13,92 18,80 42,86 64,96 92,90",
    },
    {
      "15,14 40,2 72,8 76,30 58,44 38,48 | 38,48 68,52 86,70 72,92 40,98 12,86",
      "16,4 80,4 | 80,4 44,40 | 44,40 78,50 86,74 62,96 34,97 12,84",
    },
    {
      "24,4 12,56 | 12,56 90,54 | 68,12 64,98",
      "66,3 10,66 | 10,66 92,66 | 66,3 66,98",
      "20,5 14,34 28,54 58,52 78,38 | 80,4 74,44 64,98",
    },
    {
      "82,4 26,4 | 26,4 20,44 | 20,44 50,36 82,54 80,82 48,98 14,86",
      "84,8 54,4 30,16 22,42 58,40 84,60 76,88 42,98 12,84",
    },
    {
      "70,3 36,24 15,60 24,90 52,98 80,84 76,58 48,50 20,66",
      "50,2 26,40 14,74 36,97 70,92 78,68 54,54 22,70",
    },
    {
      "10,6 88,6 | 88,6 60,45 40,98",
      "12,7 86,5 | 86,5 58,45 44,98 | 28,52 76,48",
      "14,20 12,5 | 12,5 88,7 | 88,7 56,50 48,98",
    },
    {
      "50,48 22,28 30,6 52,2 74,8 78,28 50,48 18,70 22,92 50,98 80,92 82,70 50,48",
      "78,18 50,3 24,16 34,40 66,58 82,78 54,98 20,82 34,58 64,42 78,20",
    },
    {
      "80,26 56,4 26,12 18,36 38,52 66,46 80,24 | 80,24 78,60 62,98",
      "80,30 54,4 24,14 20,40 44,52 80,26 | 82,8 80,98",
      "76,28 52,3 24,16 22,40 46,50 76,26 | 77,18 82,62 60,94 22,94",
    },
  };

  /** Per digit, style and stroke: x0, y0, x1, y1, ... */
  private static final List<List<double[][]>> POINTS =
      Arrays.stream(STYLES)
          .map(styles -> Arrays.stream(styles).map(DigitGlyphs::strokes).toList())
          .toList();

  private DigitGlyphs() {}

  /** The strokes of one of the digit's styles. */
  static double[][] strokes(int digit, RandomStream random) {
    List<double[][]> styles = POINTS.get(digit);
    return styles.get(random.integer(styles.size()));
  }

  private static double[][] strokes(String style) {
    return Arrays.stream(style.split(" \\| ", -1))
        .map(s -> Arrays.stream(s.split("[ ,]", -1)).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }
}
