package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.spark.feed.Field;
import io.arclight.spark.feed.HostBatch;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a batch of the feed: its memory adopted, then copied to the device. */
final class BatchTensors {
  private BatchTensors() {}

  /** Valid until {@code rows} is closed, unless the device has memory of its own. */
  static Batch of(HostBatch rows, Device device) {
    Map<String, Tensor> columns = new LinkedHashMap<>();
    List<Field> fields = rows.fields();
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      long[] row = field.rowShape().toArray();
      long[] shape = new long[row.length + 1];
      shape[0] = rows.rows();
      System.arraycopy(row, 0, shape, 1, row.length);
      columns.put(field.name(), adopt(rows.address(i), Shape.of(shape), field.dtype(), device));
    }
    return new Batch(columns, adopt(rows.sampleIds(), Shape.of(rows.rows()), DType.INT64, device));
  }

  private static Tensor adopt(long address, Shape shape, DType dtype, Device device) {
    return Tensor.adopt(Device.CPU, address, shape, dtype, () -> {}).to(device);
  }
}
