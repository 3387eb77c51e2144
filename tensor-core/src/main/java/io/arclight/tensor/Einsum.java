package io.arclight.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Sums of products over named dimensions, contracted pair by pair, the cheapest first. */
final class Einsum {
  private static final int LETTERS = 52;

  /** A tensor whose dimensions have labels: letters, and above them those of an ellipsis. */
  private record Term(Tensor tensor, int[] labels) {
    boolean has(int label) {
      return at(label) >= 0;
    }

    int at(int label) {
      return IntStream.range(0, labels.length)
          .filter(i -> labels[i] == label)
          .findFirst()
          .orElse(-1);
    }

    Term without(int at, Tensor rest) {
      return new Term(
          rest,
          IntStream.range(0, labels.length).filter(i -> i != at).map(i -> labels[i]).toArray());
    }
  }

  private final String equation;
  private final long[] sizes;
  private final int ellipsis;
  private final List<Term> terms = new ArrayList<>();
  private final int[] output;

  private Einsum(String equation, Tensor[] operands) {
    this.equation = equation;
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] inputs = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (operands.length == 0 || inputs.length != operands.length) {
      throw error(inputs.length + " subscripts for " + operands.length + " operands");
    }
    int most = 0;
    for (int i = 0; i < inputs.length; i++) {
      most = Math.max(most, ellipsisDims(inputs[i], operands[i], i));
    }
    ellipsis = most;
    sizes = new long[LETTERS + most];
    Arrays.fill(sizes, -1);
    int[] uses = new int[sizes.length];
    for (int i = 0; i < inputs.length; i++) {
      int own = ellipsisDims(inputs[i], operands[i], i);
      int[] labels = labels(inputs[i], own, i);
      for (int d = 0; d < labels.length; d++) {
        uses[labels[d]]++;
        size(labels[d], operands[i], d, i);
      }
      terms.add(diagonals(new Term(operands[i], labels), i));
    }
    output = arrow < 0 ? implicit(uses) : explicit(text.substring(arrow + 2), uses);
  }

  static Tensor einsum(String equation, Tensor... operands) {
    return new Einsum(equation, operands).run();
  }

  private ShapeException error(String what) {
    return new ShapeException("einsum '" + equation + "': " + what);
  }

  private int ellipsisDims(String subscript, Tensor operand, int i) {
    int dots = subscript.indexOf("...");
    int letters = subscript.length() - (dots < 0 ? 0 : 3);
    int rest = operand.rank() - letters;
    if (dots < 0 ? rest != 0 : rest < 0) {
      throw error(
          "subscript '"
              + subscript
              + "' of operand "
              + i
              + " names "
              + letters
              + " dimensions, but its shape is "
              + operand.shape());
    }
    return dots < 0 ? 0 : rest;
  }

  private int[] labels(String subscript, int own, int i) {
    List<Integer> out = new ArrayList<>();
    for (int c = 0; c < subscript.length(); c++) {
      if (subscript.startsWith("...", c)) {
        for (int k = 0; k < own; k++) {
          out.add(LETTERS + ellipsis - own + k);
        }
        c += 2;
      } else {
        out.add(label(subscript.charAt(c), "operand " + i));
      }
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  private int label(char c, String where) {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    throw error(
        "'" + c + "' in the subscript of " + where + " is not a letter or one ellipsis ...");
  }

  private static String name(int label) {
    if (label >= LETTERS) {
      return "dimension " + (label - LETTERS) + " of the ellipsis";
    }
    return "'" + (char) (label < 26 ? 'A' + label : 'a' + label - 26) + "'";
  }

  private void size(int label, Tensor operand, int dim, int i) {
    long n = operand.dim(dim);
    long known = sizes[label];
    if (known != -1 && known != n && known != 1 && n != 1) {
      throw error(
          name(label)
              + " has the size "
              + n
              + " in operand "
              + i
              + " of shape "
              + operand.shape()
              + ", but "
              + known
              + " before");
    }
    sizes[label] = known == -1 || known == 1 ? n : known;
  }

  /** The term with one dimension for each label. */
  private Term diagonals(Term term, int operand) {
    Term t = term;
    for (int i = 0; i < t.labels.length; i++) {
      for (int j = i + 1; j < t.labels.length; j++) {
        if (t.labels[i] != t.labels[j]) {
          continue;
        }
        int label = t.labels[i];
        if (t.tensor.dim(i) != t.tensor.dim(j)) {
          throw error(
              name(label)
                  + " is repeated in operand "
                  + operand
                  + " with the sizes "
                  + t.tensor.dim(i)
                  + " and "
                  + t.tensor.dim(j));
        }
        Tensor diagonal = t.tensor.diagonal(0, i, j);
        Term rest = t.without(j, null).without(i, null);
        int[] labels = Arrays.copyOf(rest.labels, rest.labels.length + 1);
        labels[rest.labels.length] = label;
        return diagonals(new Term(diagonal, labels), operand);
      }
    }
    return t;
  }

  private int[] implicit(int[] uses) {
    IntStream dots = IntStream.range(LETTERS, sizes.length);
    IntStream once = IntStream.range(0, LETTERS).filter(l -> uses[l] == 1);
    return IntStream.concat(dots, once).toArray();
  }

  private int[] explicit(String subscript, int[] uses) {
    List<Integer> out = new ArrayList<>();
    for (int c = 0; c < subscript.length(); c++) {
      if (subscript.startsWith("...", c)) {
        for (int k = 0; k < ellipsis; k++) {
          add(out, LETTERS + k);
        }
        c += 2;
        continue;
      }
      int label = label(subscript.charAt(c), "the output");
      if (uses[label] == 0) {
        throw error(name(label) + " of the output is in no operand");
      }
      add(out, label);
    }
    return out.stream().mapToInt(Integer::intValue).toArray();
  }

  private void add(List<Integer> labels, int label) {
    if (labels.contains(label)) {
      throw error(name(label) + " appears twice in the output");
    }
    labels.add(label);
  }

  private Tensor run() {
    while (terms.size() > 1) {
      int[] best = cheapest();
      Term b = terms.remove(best[1]);
      Term a = terms.remove(best[0]);
      terms.add(best[0], contract(a, b));
    }
    Term last = sumOut(terms.get(0), null);
    int[] order = Arrays.stream(output).map(last::at).toArray();
    return last.tensor.permute(order);
  }

  /** The pair whose product takes the least room, less what its factors took. */
  private int[] cheapest() {
    int[] best = {0, 1};
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; terms.size() > 2 && i < terms.size(); i++) {
      for (int j = i + 1; j < terms.size(); j++) {
        double cost = -terms.get(i).tensor.elements() - (double) terms.get(j).tensor.elements();
        double room = 1;
        for (int label = 0; label < sizes.length; label++) {
          if ((terms.get(i).has(label) || terms.get(j).has(label)) && needed(label, i, j)) {
            room *= sizes[label];
          }
        }
        if (cost + room < least) {
          least = cost + room;
          best = new int[] {i, j};
        }
      }
    }
    return best;
  }

  /** Whether the output, or a term but {@code i} and {@code j}, has the label. */
  private boolean needed(int label, int i, int j) {
    return inOutput(label)
        || IntStream.range(0, terms.size())
            .anyMatch(k -> k != i && k != j && terms.get(k).has(label));
  }

  private boolean inOutput(int label) {
    return Arrays.stream(output).anyMatch(l -> l == label);
  }

  /** Sums over the dimensions that neither {@code other} nor anything to come needs. */
  private Term sumOut(Term t, Term other) {
    List<Integer> dims = new ArrayList<>();
    for (int d = 0; d < t.labels.length; d++) {
      int label = t.labels[d];
      if ((other == null || !other.has(label)) && !needed(label, -1, other == null ? 0 : -1)) {
        dims.add(d);
      }
    }
    if (dims.isEmpty()) {
      return t;
    }
    int[] over = dims.stream().mapToInt(Integer::intValue).toArray();
    int[] left =
        IntStream.range(0, t.labels.length)
            .filter(d -> !dims.contains(d))
            .map(d -> t.labels[d])
            .toArray();
    Tensor sum = t.tensor.sum(over);
    // As in PyTorch the sum of a single operand promotes integers.
    return new Term(other == null ? sum : sum.to(t.tensor.dtype()), left);
  }

  private Term contract(Term first, Term second) {
    Term a = sumOut(first, second);
    Term b = sumOut(second, first);
    List<Integer> batch = new ArrayList<>();
    List<Integer> summed = new ArrayList<>();
    for (int label : a.labels.clone()) {
      int i = a.at(label);
      int j = b.at(label);
      if (j < 0) {
        continue;
      }
      long n = a.tensor.dim(i);
      long m = b.tensor.dim(j);
      if (needed(label, -1, -1)) {
        batch.add(label);
      } else if (n == m) {
        summed.add(label);
      } else {
        // One side repeats: the sum is of the other.
        a = n == 1 ? a.without(i, a.tensor.select(i, 0)) : a.without(i, a.tensor.sum(i));
        b = m == 1 ? b.without(j, b.tensor.select(j, 0)) : b.without(j, b.tensor.sum(j));
      }
    }
    if (a.tensor.dtype() != b.tensor.dtype()) {
      DType common = DType.promote(a.tensor.dtype(), b.tensor.dtype());
      a = new Term(a.tensor.to(common), a.labels);
      b = new Term(b.tensor.to(common), b.labels);
    }
    List<Integer> freeA = free(a, batch, summed);
    List<Integer> freeB = free(b, batch, summed);
    List<Integer> result = new ArrayList<>(batch);
    result.addAll(freeA);
    result.addAll(freeB);
    Tensor product =
        summed.isEmpty()
            ? multiply(a, b, batch, freeA, freeB)
            : matmul(a, b, batch, freeA, freeB, summed);
    return new Term(product, result.stream().mapToInt(Integer::intValue).toArray());
  }

  private static List<Integer> free(Term t, List<Integer> batch, List<Integer> summed) {
    return Arrays.stream(t.labels)
        .boxed()
        .filter(l -> !batch.contains(l) && !summed.contains(l))
        .toList();
  }

  private static Tensor multiply(
      Term a, Term b, List<Integer> batch, List<Integer> freeA, List<Integer> freeB) {
    Tensor left = ordered(a, List.of(batch, freeA));
    Tensor right = ordered(b, List.of(batch, freeB));
    for (int i = 0; i < freeB.size(); i++) {
      left = left.unsqueeze(-1);
    }
    for (int i = 0; i < freeA.size(); i++) {
      right = right.unsqueeze(batch.size());
    }
    return left.mul(right);
  }

  private Tensor matmul(
      Term a,
      Term b,
      List<Integer> batch,
      List<Integer> freeA,
      List<Integer> freeB,
      List<Integer> summed) {
    Tensor left = ordered(a, List.of(batch, freeA, summed));
    Tensor right = ordered(b, List.of(batch, summed, freeB));
    long[] lead =
        batch.stream()
            .mapToLong(l -> Math.max(a.tensor.dim(a.at(l)), b.tensor.dim(b.at(l))))
            .toArray();
    for (int i = 0; i < lead.length; i++) {
      if (a.tensor.dim(a.at(batch.get(i))) == 0 || b.tensor.dim(b.at(batch.get(i))) == 0) {
        lead[i] = 0;
      }
    }
    long n = count(a, freeA);
    long m = count(b, freeB);
    long k = count(a, summed);
    long times = Arrays.stream(lead).reduce(1, (x, y) -> x * y);
    Tensor x = grown(left, lead).reshape(Shape.of(times, n, k));
    Tensor y = grown(right, lead).reshape(Shape.of(times, k, m));
    Tensor product = batch.isEmpty() ? x.select(0, 0).mm(y.select(0, 0)) : x.bmm(y);
    long[] dims = Arrays.copyOf(lead, lead.length + freeA.size() + freeB.size());
    int at = lead.length;
    for (int label : freeA) {
      dims[at++] = a.tensor.dim(a.at(label));
    }
    for (int label : freeB) {
      dims[at++] = b.tensor.dim(b.at(label));
    }
    return product.reshape(Shape.of(dims));
  }

  private static Tensor grown(Tensor t, long[] lead) {
    long[] dims = t.shape().toArray();
    System.arraycopy(lead, 0, dims, 0, lead.length);
    return t.expand(Shape.of(dims));
  }

  private static long count(Term t, List<Integer> labels) {
    return labels.stream().mapToLong(l -> t.tensor.dim(t.at(l))).reduce(1, (x, y) -> x * y);
  }

  private static Tensor ordered(Term t, List<List<Integer>> groups) {
    int[] order = groups.stream().flatMap(List::stream).mapToInt(t::at).toArray();
    return t.tensor.permute(order);
  }
}
