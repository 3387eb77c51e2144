package io.arclight.notebooks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A notebook in Databricks' Scala source format. */
record Notebook(List<Cell> cells) {
  private static final String HEADER = "// Databricks notebook source";
  private static final String SEPARATOR = "// COMMAND ----------";
  private static final String MAGIC = "// MAGIC ";

  /** The language of a cell. */
  enum Language {
    SCALA,
    SQL,
    MARKDOWN
  }

  record Cell(Language language, String text) {}

  static Notebook read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
      throw new IOException(file + " does not begin with '" + HEADER + "'");
    }
    List<Cell> cells = new ArrayList<>();
    List<String> cell = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      if (line.equals(SEPARATOR)) {
        cells.add(cell(cell));
        cell.clear();
      } else {
        cell.add(line);
      }
    }
    cells.add(cell(cell));
    return new Notebook(cells);
  }

  private static Cell cell(List<String> lines) throws IOException {
    List<String> code =
        lines.stream()
            .filter(l -> !l.startsWith("// DBTITLE "))
            .dropWhile(String::isBlank)
            .collect(Collectors.toList());
    if (code.isEmpty() || !code.get(0).startsWith(MAGIC)) {
      return new Cell(Language.SCALA, String.join("\n", code).strip());
    }
    String text =
        code.stream()
            .filter(l -> !l.isBlank())
            .map(l -> l.substring(Math.min(l.length(), MAGIC.length())))
            .collect(Collectors.joining("\n"));
    if (text.startsWith("%sql")) {
      return new Cell(Language.SQL, text.substring("%sql".length()).strip());
    }
    if (text.startsWith("%md")) {
      return new Cell(Language.MARKDOWN, text.substring("%md".length()).strip());
    }
    throw new IOException("a cell of an unknown language: " + text.lines().findFirst().orElse(""));
  }

  /** What a Scala REPL reads to run the cells one after the other. */
  String script() {
    StringBuilder script = new StringBuilder();
    for (Cell cell : cells) {
      switch (cell.language) {
        case SCALA ->
            script.append(":paste <| END-OF-CELL\n").append(cell.text).append("\nEND-OF-CELL\n");
        case SQL ->
            script
                .append("spark.sql(\"\"\"")
                .append(cell.text.replace('\n', ' '))
                .append("\"\"\").collect().mkString(\" \")\n");
        case MARKDOWN -> {}
      }
    }
    return script.toString();
  }
}
