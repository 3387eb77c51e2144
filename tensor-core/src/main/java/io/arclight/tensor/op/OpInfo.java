package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One line of the table of operations: what tests and documentation are generated from.
 *
 * @param name as in the documentation
 * @param dtypes of the main input
 * @param samples valid applications in a dtype
 * @param errors applications that must fail
 */
public record OpInfo(
    String name,
    Set<DType> dtypes,
    Function<SampleInputs, List<Sample>> samples,
    Function<SampleInputs, List<ErrorSample>> errors) {

  /** An operation without errors of its own. */
  static OpInfo of(String name, Set<DType> dtypes, Function<SampleInputs, List<Sample>> samples) {
    return new OpInfo(name, dtypes, samples, in -> List.of());
  }

  /** With no equal in PyTorch, for this reason. */
  OpInfo withoutPeer(String reason) {
    return new OpInfo(
        name,
        dtypes,
        in -> samples.apply(in).stream().map(s -> s.withoutPeer(reason)).toList(),
        errors);
  }
}
