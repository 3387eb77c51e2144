package io.arclight.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.concurrent.TimeUnit;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class NativeCallsTest {
  @BeforeAll
  static void needsLlvm() {
    assumeThat(NativeCalls.available()).isTrue();
  }

  @Test
  void callsCFunctions() {
    Loader.load(openblas.class);
    long labs = Loader.addressof("labs").address();
    assertThat(NativeCalls.invoke(labs, -5_000_000_000L, 0, 0, 0)).isEqualTo(5_000_000_000L);
  }

  @Test
  void multipliesMatrices() {
    Loader.load(openblas.class);
    Loader.load(dnnl.class);
    try (var a = new FloatPointer(1, 2, 3, 4, 5, 6);
        var b = new FloatPointer(7, 8, 9, 10, 11, 12);
        var c = new FloatPointer(1, 1, 1, 1);
        var da = new DoublePointer(1, 2, 3, 4, 5, 6);
        var db = new DoublePointer(7, 8, 9, 10, 11, 12);
        var dc = new DoublePointer(4)) {
      NativeCalls.cblasSgemm(
          Loader.addressof("cblas_sgemm").address(),
          openblas.CblasRowMajor,
          openblas.CblasNoTrans,
          openblas.CblasNoTrans,
          2,
          2,
          3,
          2,
          a.address(),
          3,
          b.address(),
          2,
          1,
          c.address(),
          2);
      assertThat(values(c)).containsExactly(117, 129, 279, 309);
      int status =
          NativeCalls.dnnlSgemm(
              Loader.addressof("dnnl_sgemm").address(),
              (byte) 'N',
              (byte) 'N',
              2,
              2,
              3,
              1,
              a.address(),
              3,
              b.address(),
              2,
              0,
              c.address(),
              2);
      assertThat(status).isEqualTo(dnnl.dnnl_success);
      assertThat(values(c)).containsExactly(58, 64, 139, 154);
      NativeCalls.cblasDgemm(
          Loader.addressof("cblas_dgemm").address(),
          openblas.CblasRowMajor,
          openblas.CblasNoTrans,
          openblas.CblasNoTrans,
          2,
          2,
          3,
          1,
          da.address(),
          3,
          db.address(),
          2,
          0,
          dc.address(),
          2);
      assertThat(dc.get(3)).isEqualTo(154);
    }
  }

  private static float[] values(FloatPointer c) {
    float[] values = new float[4];
    c.get(values);
    return values;
  }
}
