package io.arclight.spark.sql;

import java.util.ArrayList;
import java.util.List;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Java's lists as Scala's and back. */
final class ScalaSeq {
  private ScalaSeq() {}

  static <T> Seq<T> of(List<? extends T> list) {
    return JavaConverters.<T>asScalaBuffer(new ArrayList<T>(list)).toList();
  }

  static <T> List<T> list(Seq<? extends T> seq) {
    return new ArrayList<>(JavaConverters.<T>seqAsJavaList(widen(seq)));
  }

  @SuppressWarnings("unchecked")
  private static <T> Seq<T> widen(Seq<? extends T> seq) {
    return (Seq<T>) seq;
  }
}
