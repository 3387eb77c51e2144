package io.arclight.nn.utils;

import io.arclight.nn.utils.Padding.First;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Batches of sequences of different lengths, as in {@code torch.nn.utils.rnn}.
 *
 * <pre>{@code
 * Tensor batch = Rnn.padSequence(sequences, Padding.standard().batchFirst());
 * PackedSequence packed =
 *     Rnn.packPaddedSequence(batch, lengths, Packing.standard().batchFirst().unsorted());
 * var out = lstm.call(packed);
 * Tensor y = Rnn.padPackedSequence(out.output(), Padding.standard().batchFirst()).output();
 * }</pre>
 */
public final class Rnn {
  /**
   * Sequences of one length, with what fills them up.
   *
   * @param output [steps, batch, ...] or [batch, steps, ...]
   * @param lengths of the sequences, int64 [batch] on the CPU
   */
  public record Padded(Tensor output, Tensor lengths) {}

  private Rnn() {}

  /** Packs sequences [steps, batch, ...], the longest first. */
  public static PackedSequence packPaddedSequence(Tensor input, long... lengths) {
    return packPaddedSequence(input, lengths, Packing.standard());
  }

  /** As {@link #packPaddedSequence(Tensor, long[], Packing)}; lengths are int64 [batch]. */
  public static PackedSequence packPaddedSequence(Tensor input, Tensor lengths, Packing packing) {
    if (lengths.dtype() != DType.INT64 && lengths.dtype() != DType.INT32 || lengths.rank() != 1) {
      throw new DTypeException(
          "packPaddedSequence: lengths must be int64 [batch], not "
              + lengths.dtype()
              + lengths.shape());
    }
    return packPaddedSequence(input, lengths.to(DType.INT64).toLongs(), packing);
  }

  /**
   * Packs padded sequences.
   *
   * @param input [steps, batch, ...] or as {@code packing} says
   * @param lengths a positive length for each sequence of the batch
   * @throws IllegalArgumentException if the lengths are not sorted and must be, are not positive,
   *     or do not fit the input
   */
  public static PackedSequence packPaddedSequence(Tensor input, long[] lengths, Packing packing) {
    boolean batchFirst = packing.first() == First.BATCH;
    if (input.rank() < 2) {
      throw new ShapeException(
          "packPaddedSequence: expects [steps, batch, ...], got " + input.shape());
    }
    long steps = input.dim(batchFirst ? 1 : 0);
    int batch = Math.toIntExact(input.dim(batchFirst ? 0 : 1));
    requireLengths(lengths, batch, steps, packing);
    int[] order =
        IntStream.range(0, batch)
            .boxed()
            .sorted(Comparator.comparingLong(i -> -lengths[i]))
            .mapToInt(i -> i)
            .toArray();
    List<Long> sizes = new ArrayList<>();
    List<Long> places = new ArrayList<>();
    int left = batch;
    for (long t = 0; t < lengths[order[0]]; t++) {
      while (lengths[order[left - 1]] <= t) {
        left--;
      }
      sizes.add((long) left);
      for (int i = 0; i < left; i++) {
        places.add(batchFirst ? order[i] * steps + t : t * batch + order[i]);
      }
    }
    Tensor data = rows(input, 2).indexSelect(0, indices(places, input));
    if (packing.order() == Packing.Order.SORTED) {
      return new PackedSequence(data, sizes, null, null);
    }
    long[] back = new long[batch];
    for (int i = 0; i < batch; i++) {
      back[order[i]] = i;
    }
    Tensor sorted = indices(Arrays.stream(order).mapToObj(i -> (long) i).toList(), input);
    Tensor unsorted = indices(Arrays.stream(back).boxed().toList(), input);
    return new PackedSequence(data, sizes, sorted, unsorted);
  }

  private static void requireLengths(long[] lengths, int batch, long steps, Packing packing) {
    if (lengths.length != batch || batch == 0) {
      throw new IllegalArgumentException(
          "packPaddedSequence: " + lengths.length + " lengths for a batch of " + batch);
    }
    for (int i = 0; i < batch; i++) {
      if (lengths[i] < 1 || lengths[i] > steps) {
        throw new IllegalArgumentException(
            "packPaddedSequence: length "
                + lengths[i]
                + " of sequence "
                + i
                + " must be from 1 to "
                + steps
                + ", the steps of the input");
      }
      if (packing.order() == Packing.Order.SORTED && i > 0 && lengths[i] > lengths[i - 1]) {
        throw new IllegalArgumentException(
            "packPaddedSequence: lengths "
                + Arrays.toString(lengths)
                + " must not grow: sort the batch, or use Packing.standard().unsorted()");
      }
    }
  }

  /** The sequences of {@code packed} as [steps, batch, ...], with zeros after their ends. */
  public static Padded padPackedSequence(PackedSequence packed) {
    return padPackedSequence(packed, Padding.standard());
  }

  /**
   * The sequences of {@code packed} in the order of the batch before it was packed, padded.
   *
   * @throws IllegalArgumentException if the total length is less than the longest sequence's
   */
  public static Padded padPackedSequence(PackedSequence packed, Padding padding) {
    List<Long> sizes = packed.batchSizes();
    int batch = Math.toIntExact(sizes.get(0));
    long[] order =
        packed.sortedIndices() == null
            ? IntStream.range(0, batch).asLongStream().toArray()
            : packed.sortedIndices().toLongs();
    long[] lengths = new long[batch];
    List<long[]> elements = new ArrayList<>();
    for (int t = 0; t < sizes.size(); t++) {
      for (int i = 0; i < sizes.get(t); i++) {
        int sequence = (int) order[i];
        elements.add(new long[] {sequence, t});
        lengths[sequence]++;
      }
    }
    Tensor output = padded("padPackedSequence", packed.data(), elements, lengths, padding);
    return new Padded(output, Tensor.of(lengths));
  }

  /** Sequences [length, ...] as [steps, batch, ...], with zeros after their ends. */
  public static Tensor padSequence(List<Tensor> sequences) {
    return padSequence(sequences, Padding.standard());
  }

  /**
   * Sequences [length, ...] in one tensor.
   *
   * @throws ShapeException if they differ in more than their lengths
   */
  public static Tensor padSequence(List<Tensor> sequences, Padding padding) {
    requireSequences("padSequence", sequences);
    long[] lengths = sequences.stream().mapToLong(s -> s.dim(0)).toArray();
    List<long[]> elements = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      for (long t = 0; t < lengths[i]; t++) {
        elements.add(new long[] {i, t});
      }
    }
    Tensor rows = Tensor.cat(0, sequences.toArray(new Tensor[0]));
    return padded("padSequence", rows, elements, lengths, padding);
  }

  private static void requireSequences(String op, List<Tensor> sequences) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException(op + ": there are no sequences");
    }
    Tensor first = sequences.get(0);
    for (Tensor s : sequences) {
      if (s.rank() == 0 || !rest(s, 1).equals(rest(first, 1)) || s.dtype() != first.dtype()) {
        throw new ShapeException(
            op
                + ": sequences may differ in their first dimension only, got "
                + first.dtype()
                + first.shape()
                + " and "
                + s.dtype()
                + s.shape());
      }
    }
  }

  /** Puts row i of {@code rows} at (sequence, step) {@code elements[i]}. */
  private static Tensor padded(
      String op, Tensor rows, List<long[]> elements, long[] lengths, Padding padding) {
    long longest = Arrays.stream(lengths).max().orElse(0);
    if (padding.total() != 0 && padding.total() < longest) {
      throw new IllegalArgumentException(
          op
              + ": the total length "
              + padding.total()
              + " is less than the longest sequence's, "
              + longest);
    }
    long steps = Math.max(padding.total(), longest);
    boolean batchFirst = padding.first() == First.BATCH;
    List<Long> places = new ArrayList<>();
    for (long[] e : elements) {
      long late = padding.side() == Padding.Side.LEFT ? steps - lengths[(int) e[0]] : 0;
      long t = e[1] + late;
      places.add(batchFirst ? e[0] * steps + t : t * lengths.length + e[0]);
    }
    long[] sizes = new long[rows.rank() + 1];
    sizes[0] = batchFirst ? lengths.length : steps;
    sizes[1] = batchFirst ? steps : lengths.length;
    System.arraycopy(rows.shape().toArray(), 1, sizes, 2, rows.rank() - 1);
    Shape flat = rows(sizes);
    Tensor filled = Tensor.full(flat, padding.value(), rows.dtype(), rows.device());
    return filled.indexCopy(0, indices(places, rows), rows).reshape(sizes);
  }

  private static Shape rows(long[] sizes) {
    long[] flat = Arrays.copyOfRange(sizes, 1, sizes.length);
    flat[0] *= sizes[0];
    return Shape.of(flat);
  }

  /** {@code t} with its first two dimensions as one. */
  private static Tensor rows(Tensor t, int merged) {
    return t.flatten(0, merged - 1);
  }

  private static Shape rest(Tensor t, int from) {
    return Shape.of(Arrays.copyOfRange(t.shape().toArray(), from, t.rank()));
  }

  private static Tensor indices(List<Long> values, Tensor like) {
    return Tensor.of(values.stream().mapToLong(v -> v).toArray()).to(like.device());
  }

  /** The sequences of {@code padded} [steps, batch, ...] without what fills them up. */
  public static List<Tensor> unpadSequence(Tensor padded, long... lengths) {
    return unpadSequence(padded, First.STEPS, lengths);
  }

  /** As {@link #unpadSequence(Tensor, long...)}, of [batch, steps, ...] if so said. */
  public static List<Tensor> unpadSequence(Tensor padded, First first, long... lengths) {
    int batch = first == First.BATCH ? 0 : 1;
    if (padded.rank() < 2 || padded.dim(batch) != lengths.length) {
      throw new ShapeException(
          "unpadSequence: " + lengths.length + " lengths for the batch of " + padded.shape());
    }
    List<Tensor> out = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      out.add(padded.select(batch, i).narrow(0, 0, lengths[i]));
    }
    return out;
  }

  /** Packs sequences [length, ...], the longest first. */
  public static PackedSequence packSequence(List<Tensor> sequences) {
    return packSequence(sequences, Packing.Order.SORTED);
  }

  /** Packs sequences [length, ...]. */
  public static PackedSequence packSequence(List<Tensor> sequences, Packing.Order order) {
    long[] lengths = sequences.stream().mapToLong(s -> s.dim(0)).toArray();
    return packPaddedSequence(padSequence(sequences), lengths, new Packing(First.STEPS, order));
  }

  /** The sequences of {@code packed}, in the order of the batch before it was packed. */
  public static List<Tensor> unpackSequence(PackedSequence packed) {
    Padded padded = padPackedSequence(packed);
    return unpadSequence(padded.output(), padded.lengths().toLongs());
  }
}
