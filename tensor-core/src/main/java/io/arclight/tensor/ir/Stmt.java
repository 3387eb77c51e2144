package io.arclight.tensor.ir;

import java.util.List;

/** Level 2 of the kernel IR: what a kernel does for one row (see {@link Kernel}). */
public sealed interface Stmt {

  record Let(Expr.Var var, Expr value) implements Stmt {}

  /** Writes {@code buffer[index] = value}; index of type I64, in elements. */
  record Store(int buffer, Expr index, Expr value) implements Stmt {}

  /**
   * A loop of independent iterations, {@code index} from 0 to {@code extent}: may be vectorised.
   */
  record Vector(Expr.Var index, Expr extent, List<Stmt> body) implements Stmt {}

  /**
   * A sequential loop with carried values: each starts at {@code init}, becomes {@code next} after
   * each iteration's body (all at once), and is visible in the body and after the loop.
   */
  record Serial(Expr.Var index, Expr extent, List<Carried> carried, List<Stmt> body)
      implements Stmt {}

  /** One value carried round a {@link Serial} loop. */
  record Carried(Expr.Var var, Expr init, Expr next) {}

  /**
   * Folds {@code extent} tuples in a layout that does not depend on the machine: blocks of {@link
   * Kernel#BLOCK} elements; in a block element i goes to lane {@code i % LANES}, each lane starting
   * from {@code identity} and folded in order; lanes are combined as a tree (lane j with lane j+16,
   * then 8, 4, 2, 1); the first block's value is the total, later ones are combined onto it in
   * order. An empty range gives the identity.
   *
   * @param body per-element lets, evaluated before {@code values}
   * @param values the tuple of element {@code index}
   * @param results the variables that hold the folded tuple after the statement
   */
  record Reduce(
      Expr.Var index,
      Expr extent,
      List<Stmt.Let> body,
      List<Expr> values,
      List<Expr.Var> results,
      List<Expr> identity,
      Combine combine)
      implements Stmt {}

  /**
   * Gives each of {@code extent} places the fold of the tuples up to it, in a layout that does not
   * depend on the machine: in groups of {@code lanes} places, each of which is combined behind the
   * one that is 1 place before it in the group, if there is one, then 2, 4, ..., all at once; and
   * at last behind what the group before came to, at first {@code identity}.
   *
   * @param lanes a power of two, at most {@link Kernel#LANES}
   * @param body per-place lets, evaluated before {@code values}
   * @param values the tuple of place {@code index}
   * @param results the variables that hold the folded tuple of a place in {@code then}
   * @param then lets and stores for each place
   */
  record Scan(
      Expr.Var index,
      Expr extent,
      int lanes,
      List<Stmt.Let> body,
      List<Expr> values,
      List<Expr.Var> results,
      List<Expr> identity,
      Combine combine,
      List<Stmt> then)
      implements Stmt {}

  /**
   * {@code out} as a function of an accumulated tuple {@code left} and a later tuple {@code right};
   * {@code body} is evaluated before.
   */
  record Combine(List<Expr.Var> left, List<Expr.Var> right, List<Let> body, List<Expr> out) {
    public Combine(List<Expr.Var> left, List<Expr.Var> right, List<Expr> out) {
      this(left, right, List.of(), out);
    }
  }
}
