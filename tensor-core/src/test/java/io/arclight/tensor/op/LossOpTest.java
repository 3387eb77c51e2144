package io.arclight.tensor.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.arclight.tensor.DType;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Totals that are cut into parts, and what samples do not show; the rest is in the samples. */
class LossOpTest {
  private static final SampleInputs IN = new SampleInputs(DType.FLOAT32, Device.CPU);

  private static Tensor total(LossOp.Total total, Tensor... in) {
    return Tensor.apply(new LossOp(Pointwise.SQUARED_ERROR, total, LossOp.Weight.NONE), in);
  }

  /** Around the first size that is cut into parts, with a last part that is not full. */
  @ParameterizedTest
  @ValueSource(longs = {1, 31, 4096, 15 * 4096, 15 * 4096 + 1, 65_536, 100_001})
  void totalsAreThoseOfTheLossesThemselves(long n) {
    Tensor a = IN.any(n);
    Tensor b = IN.any(n);
    double sum = a.to(DType.FLOAT64).sub(b.to(DType.FLOAT64)).square().sum().item();
    assertEquals(sum, total(LossOp.Total.SUM, a, b).item(), 2e-7 * sum);
    assertEquals(sum / n, total(LossOp.Total.MEAN, a, b).item(), 2e-7 * sum / n);
  }

  @Test
  void theOrderOfMemoryDoesNotChangeTheBits() {
    Tensor a = IN.any(301, 307);
    Tensor b = IN.any(301, 307);
    double expected = total(LossOp.Total.MEAN, a, b).item();
    Tensor turned = a.t().contiguous().t();
    assertEquals(expected, total(LossOp.Total.MEAN, turned, b).item());
    assertEquals(expected, total(LossOp.Total.MEAN, turned, b.t().contiguous().t()).item());
  }

  @Test
  void aWeightThatRepeatsIsAppliedToEachLoss() {
    Tensor a = IN.any(400, 200);
    Tensor b = IN.any(400, 200);
    Tensor w = IN.any(200);
    LossOp op = new LossOp(Pointwise.SQUARED_ERROR, LossOp.Total.SUM, LossOp.Weight.EACH);
    double expected = a.sub(b).square().mul(w).to(DType.FLOAT64).sum().item();
    assertEquals(expected, Tensor.apply(op, a, b, w).item(), 1e-5 * Math.abs(expected) + 1e-2);
  }

  @Test
  void nothingHasNoMean() {
    Tensor none = IN.any(0, 3);
    assertTrue(Double.isNaN(total(LossOp.Total.MEAN, none, none).item()));
    assertEquals(0, total(LossOp.Total.SUM, none, none).item());
  }

  @Test
  void aMeanOfHalvesIsRoundedOnce() {
    SampleInputs halves = new SampleInputs(DType.FLOAT16, Device.CPU);
    Tensor a = halves.any(70_000);
    Tensor b = halves.any(70_000);
    Tensor wide = total(LossOp.Total.MEAN, a.to(DType.FLOAT32), b.to(DType.FLOAT32));
    assertArrayEquals(
        new double[] {wide.to(DType.FLOAT16).item()},
        new double[] {total(LossOp.Total.MEAN, a, b).item()});
  }

  @Test
  void whatALossRefusesItRefusesInATotalToo() {
    LossOp op = new LossOp(Pointwise.BINARY_CROSS_ENTROPY, LossOp.Total.MEAN, LossOp.Weight.NONE);
    Tensor p = Tensor.full(io.arclight.tensor.Shape.of(70_000), 0.5, DType.FLOAT32, Device.CPU);
    p.narrow(0, 69_000, 1).fillInPlace(1.5);
    DataException e = assertThrows(DataException.class, () -> Tensor.apply(op, p, p.zerosLike()));
    assertTrue(e.getMessage().contains("invalid probability at position 69000"), e.getMessage());
  }

  @Test
  void whatIsNotElementwiseIsNoLoss() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new LossOp(new MatMulOp(), LossOp.Total.MEAN, LossOp.Weight.NONE));
    assertTrue(e.getMessage().contains("MATMUL is not elementwise"), e.getMessage());
  }
}
