package io.arclight.spark;

import io.arclight.spark.sql.ExtractPredict;
import io.arclight.spark.sql.PredictFunctions;
import io.arclight.spark.sql.PredictStrategy;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.JavaConverters;

/** Arclight in a session. */
public final class Arclight {
  private Arclight() {}

  /**
   * Adds {@code predict}, {@code try_predict}, {@code predict_proba} and {@code predict_raw} to a
   * live session, such as a notebook's. Installing again changes nothing.
   */
  public static synchronized void install(SparkSession spark) {
    ExperimentalMethods methods = spark.experimental();
    List<Rule<LogicalPlan>> rules =
        new ArrayList<>(JavaConverters.seqAsJavaList(methods.extraOptimizations()));
    if (rules.stream().noneMatch(ExtractPredict.class::isInstance)) {
      rules.add(new ExtractPredict());
      methods.extraOptimizations_$eq(JavaConverters.asScalaBuffer(rules).toList());
    }
    List<SparkStrategy> strategies =
        new ArrayList<>(JavaConverters.seqAsJavaList(methods.extraStrategies()));
    if (strategies.stream().noneMatch(PredictStrategy.class::isInstance)) {
      strategies.add(new PredictStrategy());
      methods.extraStrategies_$eq(JavaConverters.asScalaBuffer(strategies).toList());
    }
    FunctionRegistry functions = spark.sessionState().functionRegistry();
    for (String name : PredictFunctions.names()) {
      FunctionIdentifier id = new FunctionIdentifier(name);
      if (!functions.functionExists(id)) {
        functions.registerFunction(
            id, PredictFunctions.info(name), ArclightExtensions.builder(name));
      }
    }
  }
}
