package io.arclight.tensor;

import static io.arclight.tensor.Dim.Keep.DROP;

import io.arclight.tensor.op.Quantiles;
import io.arclight.tensor.op.SearchSortedOp;
import io.arclight.tensor.op.SelectRankOp;
import io.arclight.tensor.op.SortOp;
import io.arclight.tensor.op.TopKOp;
import io.arclight.tensor.op.Uniques;

/** Order: sorting, selecting by rank, searching, and finding what is different. */
interface OrderMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** In ascending order along the last dimension. */
  default ValuesIndices sort() {
    return sort(-1, Order.ASCENDING);
  }

  /** In order along {@code dim}, and where the elements were; equal ones keep their order. */
  default ValuesIndices sort(int dim, Order order) {
    Tensor[] out = Tensor.applyAll(new SortOp(dim, order), self());
    return new ValuesIndices(out[0], out[1]);
  }

  /** int64: the positions that put the last dimension in ascending order. */
  default Tensor argsort() {
    return argsort(-1, Order.ASCENDING);
  }

  default Tensor argsort(int dim, Order order) {
    return sort(dim, order).indices();
  }

  /** In ascending order along the first dimension. */
  default Tensor msort() {
    return sort(0, Order.ASCENDING).values();
  }

  /** The {@code k} greatest along the last dimension, in descending order. */
  default ValuesIndices topk(long k) {
    return topk(k, -1, Order.DESCENDING);
  }

  /** The first {@code k} in {@code order} along {@code dim}; of equal ones, the earlier. */
  default ValuesIndices topk(long k, int dim, Order order) {
    Tensor[] out = Tensor.applyAll(new TopKOp(k, dim, order), self());
    return new ValuesIndices(out[0], out[1]);
  }

  private ValuesIndices rank(SelectRankOp.Kind kind, long k, int dim, Dim.Keep keep) {
    Tensor[] out = Tensor.applyAll(new SelectRankOp(kind, k, dim, keep), self());
    return new ValuesIndices(out[0], out[1]);
  }

  /** The {@code k}-th smallest, counted from 1, along the last dimension. */
  default ValuesIndices kthvalue(long k) {
    return kthvalue(k, -1, DROP);
  }

  default ValuesIndices kthvalue(long k, int dim, Dim.Keep keep) {
    return rank(SelectRankOp.Kind.KTHVALUE, k, dim, keep);
  }

  /** The lower median along {@code dim}, or NaN if there is any, and where it is. */
  default ValuesIndices median(int dim) {
    return median(dim, DROP);
  }

  default ValuesIndices median(int dim, Dim.Keep keep) {
    return rank(SelectRankOp.Kind.MEDIAN, 0, dim, keep);
  }

  /** The lower median of what is not NaN along {@code dim}, and where it is. */
  default ValuesIndices nanmedian(int dim) {
    return nanmedian(dim, DROP);
  }

  default ValuesIndices nanmedian(int dim, Dim.Keep keep) {
    return rank(SelectRankOp.Kind.NANMEDIAN, 0, dim, keep);
  }

  /** The most frequent along the last dimension, the least of several, and where its last is. */
  default ValuesIndices mode() {
    return mode(-1, DROP);
  }

  default ValuesIndices mode(int dim, Dim.Keep keep) {
    return rank(SelectRankOp.Kind.MODE, 0, dim, keep);
  }

  /** The quantile of all elements at {@code q}, in [0, 1], between two of them in proportion. */
  default Tensor quantile(double q) {
    return quantile(q, Dim.ALL, DROP, Interpolation.LINEAR);
  }

  /** The quantile along one dimension, or {@link Dim#ALL}. */
  default Tensor quantile(double q, Dim dim, Dim.Keep keep, Interpolation interpolation) {
    return Quantiles.quantile(
        Context.wide(self()), q, dim, keep, interpolation, Quantiles.Nan.PROPAGATE);
  }

  /** The quantiles at each of the vector {@code q}, which the first dimension runs over. */
  default Tensor quantile(Tensor q, Dim dim, Dim.Keep keep, Interpolation interpolation) {
    return Quantiles.quantile(
        Context.wide(self()), q, dim, keep, interpolation, Quantiles.Nan.PROPAGATE);
  }

  /** The quantile of what is not NaN. */
  default Tensor nanquantile(double q, Dim dim, Dim.Keep keep, Interpolation interpolation) {
    return Quantiles.quantile(
        Context.wide(self()), q, dim, keep, interpolation, Quantiles.Nan.IGNORE);
  }

  default Tensor nanquantile(Tensor q, Dim dim, Dim.Keep keep, Interpolation interpolation) {
    return Quantiles.quantile(
        Context.wide(self()), q, dim, keep, interpolation, Quantiles.Nan.IGNORE);
  }

  /**
   * int64: where in this sorted tensor's last dimension {@code values} would be inserted.
   *
   * @param values of any shape for a vector; else of this shape but for the last dimension
   */
  default Tensor searchsorted(Tensor values, Side side) {
    return Tensor.apply(new SearchSortedOp(side), SearchSortedOp.alike(self(), values));
  }

  /** As {@link #searchsorted(Tensor, Side)}, of a tensor that {@code sorter} puts in order. */
  default Tensor searchsorted(Tensor values, Side side, Tensor sorter) {
    Tensor[] two = SearchSortedOp.alike(self(), values);
    return Tensor.apply(new SearchSortedOp(side), two[0], two[1], sorter);
  }

  /** int64: for each element its bin between the sorted vector {@code boundaries}. */
  default Tensor bucketize(Tensor boundaries, Side side) {
    return boundaries.searchsorted(self(), side);
  }

  /**
   * The different elements in ascending order, their places, and how often they occur; the host
   * reads how many there are.
   */
  default Unique unique() {
    return Uniques.of(self());
  }

  /** The different slices along {@code dim}, in the order of their elements. */
  default Unique unique(int dim) {
    return Uniques.slices(self(), dim);
  }

  /** As {@link #unique()}, of runs of equal elements, in their order. */
  default Unique uniqueConsecutive() {
    return Uniques.consecutive(self());
  }

  default Unique uniqueConsecutive(int dim) {
    return Uniques.consecutiveSlices(self(), dim);
  }
}
