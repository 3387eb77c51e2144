package io.arclight.spark.feed;

import java.util.List;
import java.util.Optional;

/**
 * A mapping that fits a DataFrame.
 *
 * @param columns columns to read
 * @param fields tensors of the batches
 * @param copiers how each of them is filled
 * @param labels classes of the label, when it has classes
 */
record ResolvedColumns(
    List<String> columns,
    List<Field> fields,
    List<FieldCopier> copiers,
    Optional<LabelTable> labels) {}
