package io.arclight.spark.launch;

import io.arclight.data.blob.Blob;
import io.arclight.data.blob.BlobContent;
import io.arclight.data.blob.BlobNames;
import io.arclight.data.blob.BlobStore;
import io.arclight.spark.launch.Message.Chunk;
import io.arclight.spark.launch.Message.DropSnapshot;
import io.arclight.spark.launch.Message.ListSnapshots;
import io.arclight.spark.launch.Message.Listing;
import io.arclight.spark.launch.Message.ReadSnapshot;
import io.arclight.spark.launch.Message.WriteSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The driver's {@link SnapshotStore} as executors see it: they put, open and list. */
record RemoteSnapshots(DriverLine line) implements BlobStore {

  @Override
  public void put(String name, BlobContent content) throws IOException {
    BlobNames.require(name);
    ChunkedOutputStream out =
        new ChunkedOutputStream(
            (i, bytes, last) -> line.ask(new WriteSnapshot(name, i, bytes, last)));
    try {
      content.writeTo(out);
      out.finish();
    } catch (Throwable e) {
      line.ask(new DropSnapshot(name));
      throw e;
    }
  }

  @Override
  public void create(String name, byte[] content) {
    throw new UnsupportedOperationException("Only the driver creates " + name);
  }

  @Override
  public InputStream open(String name) throws IOException {
    return new ChunkedInputStream(
        index -> ((Chunk) line.ask(new ReadSnapshot(name, index))).bytes());
  }

  @Override
  public List<Blob> list(String folder) throws IOException {
    return ((Listing) line.ask(new ListSnapshots(folder))).blobs();
  }

  @Override
  public void delete(String name) {
    throw new UnsupportedOperationException("Only the driver deletes " + name);
  }

  @Override
  public String location() {
    return "the driver's memory";
  }
}
