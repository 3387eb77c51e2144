package io.arclight.export;

import java.util.List;

/**
 * The classes that a program's logits stand for.
 *
 * @param column the label's column in the training table
 * @param type of that column as in SQL, such as {@code string}
 * @param values by class index: texts, whole numbers, numbers or booleans
 */
public record Labels(String column, String type, List<Object> values) {
  public Labels {
    values = List.copyOf(values);
    for (Object value : values) {
      if (!(value instanceof String
          || value instanceof Boolean
          || value instanceof Long
          || value instanceof Integer
          || value instanceof Double)) {
        throw new IllegalArgumentException(
            "a class label must be a text, number or boolean, got a " + value.getClass().getName());
      }
    }
  }
}
