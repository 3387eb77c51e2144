package io.arclight.spark.launch;

import io.arclight.data.blob.BlobContent;
import io.arclight.data.blob.BlobStore;
import io.arclight.spark.launch.Message.PartWritten;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a rank's parts into folders of its own and reports them to the driver. */
final class TaskCheckpoints implements RankCheckpoints {
  private static final Logger LOG = LoggerFactory.getLogger(TaskCheckpoints.class);

  private final RunPlan plan;
  private final int rank;
  private final Set<String> cpuFeatures;
  private final String attempt = UUID.randomUUID().toString();
  private int parts;
  private boolean tooLarge;

  TaskCheckpoints(RunPlan plan, int rank, Set<String> cpuFeatures) {
    this.plan = plan;
    this.rank = rank;
    this.cpuFeatures = cpuFeatures;
  }

  @Override
  public Optional<Checkpoint> restored() {
    return Optional.ofNullable(plan.restored());
  }

  @Override
  public InputStream open(CheckpointFile file) throws IOException {
    return new VerifiedInputStream(plan.store().open(file.blob()), file);
  }

  @Override
  public Part part(long step) {
    return new TaskPart(
        step, Checkpoints.folder(plan.restartEpoch(), rank, attempt + "-" + parts++, step));
  }

  private final class TaskPart implements Part {
    private final long step;
    private final String folder;
    private final ArrayList<CheckpointFile> files = new ArrayList<>();

    TaskPart(long step, String folder) {
      this.step = step;
      this.folder = folder;
    }

    @Override
    public Part put(String name, BlobContent content) throws IOException {
      if (tooLarge) {
        return this;
      }

      BlobStore store = plan.store();
      String blob = folder + "/" + name;
      CRC32C crc = new CRC32C();
      long[] size = new long[1];
      try {
        store.put(blob, out -> content.writeTo(new Measured(out, crc, size)));
      } catch (SnapshotLimitException e) {
        tooLarge = true;
        LOG.warn(
            "{}. A restart would begin at the last smaller snapshot or step 0", e.getMessage());
        return this;
      }

      files.add(new CheckpointFile(name, rank, blob, size[0], crc.getValue()));
      return this;
    }

    @Override
    public void commit(CheckpointKind kind, Map<String, String> properties) throws IOException {
      if (!tooLarge) {
        Map<String, String> stored = new HashMap<>(properties);
        stored.put(CpuFeatures.PROPERTY, String.join(",", cpuFeatures));
        plan.driver().ask(new PartWritten(rank, step, kind, files, stored));
      }
    }
  }

  private static final class Measured extends FilterOutputStream {
    private final CRC32C crc;
    private final long[] size;

    Measured(OutputStream out, CRC32C crc, long[] size) {
      super(out);
      this.crc = crc;
      this.size = size;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      crc.update(bytes, offset, length);
      size[0] += length;
    }
  }
}
