package io.arclight.jobs;

/** Names and texts in SQL. */
final class Sql {
  private Sql() {}

  static String name(String column) {
    return column.matches("[A-Za-z_][A-Za-z0-9_]*")
        ? column
        : "`" + column.replace("`", "``") + "`";
  }

  static String text(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
