package io.arclight.spark;

import java.util.function.Function;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Java's functions as Scala's. */
final class Functions {
  private Functions() {}

  static <A, B> Function1<A, B> of(Function<A, B> f) {
    return new AbstractFunction1<>() {
      @Override
      public B apply(A a) {
        return f.apply(a);
      }
    };
  }
}
