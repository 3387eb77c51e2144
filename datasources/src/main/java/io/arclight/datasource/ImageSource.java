package io.arclight.datasource;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Labelled grey-scale images of one size in a fixed order, readable from any row on. */
interface ImageSource extends Serializable {
  long rows();

  /** Pixels (and so bytes) of one image. */
  int imageSize();

  /** Where the rows {@code from} to {@code to} (exclusive) come from. */
  List<PinnedTable.Piece> pieces(long from, long to);

  /** Pixels of the images from row {@code from}, row-major, 0 = black to 255. */
  ByteRows pixels(Configuration hadoop, long from) throws IOException;

  /** Labels from row {@code from}, one unsigned byte each. */
  ByteRows labels(Configuration hadoop, long from) throws IOException;
}
