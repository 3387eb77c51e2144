package io.arclight.datasource;

import io.arclight.datasource.ImageOptions.PixelFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Reads one range of rows into column vectors that it uses again for every batch. */
final class ImageBatchReader implements PartitionReader<ColumnarBatch> {
  /** 3 MB of float pixels at 28 x 28. */
  private static final int BATCH_ROWS = 1024;

  private final ImageSource source;
  private final ImageOptions options;
  private final StructType schema;
  private final Configuration hadoop;
  private final int capacity;
  private final long end;
  private final List<Column> columns = new ArrayList<>();
  private ColumnarBatch batch;
  private long next;

  ImageBatchReader(
      ImageSource source,
      ImageOptions options,
      StructType schema,
      ImageScan.Range range,
      Configuration hadoop) {
    this.source = source;
    this.options = options;
    this.schema = schema;
    this.hadoop = hadoop;
    this.capacity = (int) Math.min(BATCH_ROWS, range.to() - range.from());
    this.next = range.from();
    this.end = range.to();
  }

  @Override
  public boolean next() throws IOException {
    int rows = (int) Math.min(capacity, end - next);
    if (rows == 0) {
      return false;
    }

    if (batch == null) {
      open();
    }
    for (Column column : columns) {
      column.fill(rows);
    }
    batch.setNumRows(rows);
    next += rows;
    return true;
  }

  @Override
  public ColumnarBatch get() {
    return batch;
  }

  @Override
  public void close() throws IOException {
    if (batch != null) {
      batch.close();
    }
    for (Column column : columns) {
      column.bytes.close();
    }
  }

  private void open() throws IOException {
    WritableColumnVector[] vectors = OnHeapColumnVector.allocateColumns(capacity, schema);
    batch = new ColumnarBatch(vectors);
    for (int i = 0; i < vectors.length; i++) {
      columns.add(
          switch (schema.fieldNames()[i]) {
            case ImageOptions.LABEL -> new LabelColumn(vectors[i], source.labels(hadoop, next));
            case ImageOptions.PIXELS -> pixelColumn(vectors[i], source.pixels(hadoop, next));
            default -> throw new IllegalArgumentException("No such column: " + schema);
          });
    }
  }

  private Column pixelColumn(WritableColumnVector vector, ByteRows bytes) {
    int size = source.imageSize();
    vector.arrayData().reserve(capacity * size);
    for (int row = 0; row < capacity; row++) {
      vector.putArray(row, row * size, size);
    }
    return options.pixels() == PixelFormat.FLOAT
        ? new FloatColumn(vector.arrayData(), bytes)
        : new BinaryColumn(vector.arrayData(), bytes);
  }

  private abstract static class Column {
    final WritableColumnVector vector;
    final ByteRows bytes;
    final byte[] buffer;

    Column(WritableColumnVector vector, ByteRows bytes, int bufferBytes) {
      this.vector = vector;
      this.bytes = bytes;
      this.buffer = new byte[bufferBytes];
    }

    abstract void fill(int rows) throws IOException;
  }

  private final class LabelColumn extends Column {
    LabelColumn(WritableColumnVector vector, ByteRows bytes) {
      super(vector, bytes, capacity);
    }

    @Override
    void fill(int rows) throws IOException {
      bytes.read(buffer, rows);
      for (int row = 0; row < rows; row++) {
        vector.putInt(row, Byte.toUnsignedInt(buffer[row]));
      }
    }
  }

  private final class BinaryColumn extends Column {
    BinaryColumn(WritableColumnVector vector, ByteRows bytes) {
      super(vector, bytes, capacity * source.imageSize());
    }

    @Override
    void fill(int rows) throws IOException {
      bytes.read(buffer, rows);
      vector.putBytes(0, rows * source.imageSize(), buffer, 0);
    }
  }

  private final class FloatColumn extends Column {
    private final float[] scaled = new float[256];
    private final float[] image = new float[source.imageSize()];

    FloatColumn(WritableColumnVector vector, ByteRows bytes) {
      super(vector, bytes, capacity * source.imageSize());
      for (int value = 0; value < scaled.length; value++) {
        scaled[value] = (float) (value * options.scale());
      }
    }

    @Override
    void fill(int rows) throws IOException {
      bytes.read(buffer, rows);
      for (int row = 0; row < rows; row++) {
        int start = row * image.length;
        for (int i = 0; i < image.length; i++) {
          image[i] = scaled[Byte.toUnsignedInt(buffer[start + i])];
        }
        vector.putFloats(start, image.length, image, 0);
      }
    }
  }
}
