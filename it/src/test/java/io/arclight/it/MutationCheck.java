package io.arclight.it;

import io.arclight.it.mutation.MutationRun;
import io.arclight.it.parity.ParityCheck;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Changes every operation in one place at a time (an operator, a constant, an order, a term of an
 * expression; a gradient of a rule; a check of inputs) and lists what the generated tests do not
 * notice. Ends with exit code 1 where a survivor has no reason in {@code mutation-survivors.txt},
 * where nothing of an operation could be changed, or where a reason explains nothing.
 */
public final class MutationCheck {
  private MutationCheck() {}

  /**
   * Arguments: a regular expression of operations (default all); {@code kernels} to change what is
   * inside the kernels of other than elementwise operations, too. Runs in the folder {@code it}.
   */
  public static void main(String[] args) throws IOException {
    String missing = ParityCheck.missing();
    if (missing != null) {
      System.out.println("MutationCheck needs libtorch, which does not load here: " + missing);
      System.exit(2);
    }
    MutationRun.Depth depth =
        args.length > 1 && args[1].equals("kernels")
            ? MutationRun.Depth.KERNELS
            : MutationRun.Depth.RULES;
    int unexplained =
        MutationRun.run(args.length > 0 ? args[0] : MutationRun.ALL, depth, Path.of(".."));
    System.exit(unexplained == 0 ? 0 : 1);
  }
}
