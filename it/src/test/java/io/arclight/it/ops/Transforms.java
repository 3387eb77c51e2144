package io.arclight.it.ops;

import io.arclight.it.ops.Work.Input;
import io.arclight.tensor.Fft;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.global.torch;

/** Fourier transforms of as many rows as make about 100,000 values, by their length. */
final class Transforms {
  private static final int VALUES = 100_000;
  private static final int[] LENGTHS = {8, 16, 32, 64, 100, 128, 256, 512, 1000, 1024};

  private Transforms() {}

  static List<Work> all() {
    List<Work> out = new ArrayList<>();
    for (int n : LENGTHS) {
      out.add(complex(VALUES / n, n));
    }
    for (int n : LENGTHS) {
      out.add(real(VALUES / n, n));
    }
    return out;
  }

  private static Work complex(long rows, long n) {
    return new Work(
        "transforms",
        "fft " + rows + " x " + n,
        any -> List.of(Input.floats(rows, n, 2)),
        x -> Fft.fft(x[0].viewAsComplex()).viewAsReal(),
        x ->
            torch.view_as_real(
                torch.fft_fft(
                    torch.view_as_complex(x[0]), new LongOptional(), -1, new StringViewOptional())),
        null,
        "torch.view_as_real(torch.fft.fft(torch.view_as_complex(x0)))",
        null);
  }

  private static Work real(long rows, long n) {
    return new Work(
        "transforms",
        "rfft " + rows + " x " + n,
        any -> List.of(Input.floats(rows, n)),
        x -> Fft.rfft(x[0]).viewAsReal(),
        x ->
            torch.view_as_real(
                torch.fft_rfft(x[0], new LongOptional(), -1, new StringViewOptional())),
        null,
        "torch.view_as_real(torch.fft.rfft(x0))",
        null);
  }
}
