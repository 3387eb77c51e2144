package io.arclight.datasource;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The rows of several pairs of IDX files, one pair after the other. */
record IdxImages(List<Pair> pairs) implements ImageSource {

  /** Images and their labels. */
  record Pair(IdxFile images, IdxFile labels) implements Serializable {
    Pair {
      if (images.items() != labels.items()) {
        throw new DataSourceException(
            String.format(
                "%s has %d images but %s has %d labels: they do not belong together.",
                images.path(), images.items(), labels.path(), labels.items()));
      }
    }
  }

  IdxImages {
    IdxFile first = pairs.get(0).images();
    for (Pair pair : pairs) {
      IdxFile images = pair.images();
      if (images.height() != first.height() || images.width() != first.width()) {
        throw new DataSourceException(
            String.format(
                "The images of one read must have one size, but %s has %d x %d and %s has %d x %d.",
                first.path(),
                first.height(),
                first.width(),
                images.path(),
                images.height(),
                images.width()));
      }
    }
  }

  @Override
  public long rows() {
    return pairs.stream().mapToLong(pair -> pair.images().items()).sum();
  }

  @Override
  public int imageSize() {
    return pairs.get(0).images().itemSize();
  }

  @Override
  public List<PinnedTable.Piece> pieces(long from, long to) {
    List<PinnedTable.Piece> pieces = new ArrayList<>();
    long start = 0;
    for (Pair pair : pairs) {
      int items = pair.images().items();
      long first = Math.max(0, from - start);
      long end = Math.min(items, to - start);
      if (first < end) {
        pieces.add(pair.images().piece((int) first, (int) end));
        pieces.add(pair.labels().piece((int) first, (int) end));
      }
      start += items;
    }
    return pieces;
  }

  @Override
  public ByteRows pixels(Configuration hadoop, long from) {
    return new Sequence(hadoop, Pair::images, from);
  }

  @Override
  public ByteRows labels(Configuration hadoop, long from) {
    return new Sequence(hadoop, Pair::labels, from);
  }

  String names() {
    return pairs.stream()
        .map(pair -> new Path(pair.images().path()).getName())
        .collect(Collectors.joining(", "));
  }

  private final class Sequence implements ByteRows {
    private final Configuration hadoop;
    private final Function<Pair, IdxFile> column;
    private int pair;
    private int skip;
    private IdxItems items;

    Sequence(Configuration hadoop, Function<Pair, IdxFile> column, long from) {
      this.hadoop = hadoop;
      this.column = column;
      long left = from;
      while (left >= pairs.get(pair).images().items()) {
        left -= pairs.get(pair).images().items();
        pair++;
      }
      skip = (int) left;
    }

    @Override
    public void read(byte[] target, int rows) throws IOException {
      int done = 0;
      while (done < rows) {
        if (items == null) {
          items = column.apply(pairs.get(pair)).items(hadoop, skip);
        }

        int now = Math.min(rows - done, items.left());
        items.read(target, done * column.apply(pairs.get(pair)).itemSize(), now);
        done += now;
        if (items.left() == 0) {
          close();
          items = null;
          pair++;
          skip = 0;
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (items != null) {
        items.close();
      }
    }
  }
}
