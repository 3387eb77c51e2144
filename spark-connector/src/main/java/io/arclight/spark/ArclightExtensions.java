package io.arclight.spark;

import io.arclight.spark.sql.ExtractPredict;
import io.arclight.spark.sql.PredictFunctions;
import io.arclight.spark.sql.PredictStrategy;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.Function1;
import scala.Tuple3;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * The functions {@code predict}, {@code try_predict}, {@code predict_proba} and {@code predict_raw}
 * from the start of a session: found through ServiceLoader when the jar is on the class path, or
 * named in {@code spark.sql.extensions}.
 */
public final class ArclightExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit>
    implements SparkSessionExtensionsProvider {

  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (String name : PredictFunctions.names()) {
      extensions.injectFunction(
          new Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, Expression>>(
              new FunctionIdentifier(name), PredictFunctions.info(name), builder(name)));
    }
    extensions.injectPreCBORule(Functions.of(session -> new ExtractPredict()));
    extensions.injectPlannerStrategy(Functions.of(session -> new PredictStrategy()));
    return BoxedUnit.UNIT;
  }

  static Function1<Seq<Expression>, Expression> builder(String name) {
    return Functions.of(
        arguments -> PredictFunctions.call(SparkContext.getOrCreate(), name, arguments));
  }
}
