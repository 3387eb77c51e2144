package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BucketLayoutTest {
  @Test
  void bucketsAreAPureFunctionOfTheParameters() {
    List<Tensor> parameters =
        List.of(
            Tensor.zeros(Shape.of(100)),
            Tensor.zeros(Shape.of(10), DType.FLOAT64),
            Tensor.zeros(Shape.of(60)),
            Tensor.zeros(Shape.of(5)));
    BucketLayout layout = BucketLayout.of(parameters, 200, 1000);
    assertThat(layout).isEqualTo(BucketLayout.of(parameters, 200, 1000));
    assertThat(layout.buckets())
        .containsExactly(
            new BucketLayout.Bucket(
                DType.FLOAT32,
                65,
                List.of(new BucketLayout.Slot(3, 0), new BucketLayout.Slot(2, 5))),
            new BucketLayout.Bucket(DType.FLOAT32, 100, List.of(new BucketLayout.Slot(0, 0))),
            new BucketLayout.Bucket(DType.FLOAT64, 10, List.of(new BucketLayout.Slot(1, 0))));
  }
}
